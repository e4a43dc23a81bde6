"""No log line, error or run's name holds anybody's data, whatever goes wrong."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.workflows.requested import patients_data_in, requests_stack


def test_ids_only() -> None:
    faults = {
        "whatsapp": [{"status": 500}, {"code": 131026, "call": 2}],
        "lambda": [
            {"workflow": "reservation-requests", "step": "HoldSlot", "dies": "after"},
            {"workflow": "request-decisions", "step": "SendNotice", "dies": "before_request"},
            {"workflow": "request-expiration", "step": "ExpireRequest", "dies": "after"},
        ],
    }
    with requests_stack(faults=faults) as office:
        office.ask("q-1")
        office.ask("q-2")
        office.ask("q-3", patientPhone="ninguno")
        office.at(NOW + timedelta(hours=1), lambda: office.decline("q-1"))
        office.at(NOW + timedelta(hours=2), lambda: office.ask("q-4"))
        office.at(NOW + timedelta(hours=30), lambda: office.approve("q-4"))
        office.at(NOW + timedelta(hours=31), lambda: office.clean_up("2026-11-24"))
        office.stack.advance(days=2)
        log = "\n".join(office.stack.log_lines)
        assert "request#q-1" in log
        assert patients_data_in(log) == []
        for run in office.stack.executions():
            assert patients_data_in(f"{run.name} {run.cause} {run.output}") == []

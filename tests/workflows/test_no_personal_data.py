"""Runs leave ids behind, and nothing of a person: every workflow, with everything going wrong."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.schedules import ANALYTICS, NIGHTLY
from clinic.contracts.workflows import WORKFLOW_HEALTH, WORKFLOWS
from local.simulators.payments import Charge
from tests.fakes.appointments.bookings import request_detail, slot
from tests.fakes.appointments.visits import completed_detail
from tests.fakes.examples import IN_NINE_DAYS, NOW, detail
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.fakes.stores.booking_rows import BookingRows
from tests.fakes.stores.directory_rows import put_clinic
from tests.workflows.clinic_stack import ClinicStack, clinic_stack
from tests.workflows.doctors import doctor, generate

NAME = 'José "Pepe" O\'Neil'
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WHO = {"patientName": NAME, "patientPhone": "+52 1 55 0000 0177"}
# The patient's name and number (also as in a wamid, in base64), what others call, write, prescribe and ask.
PRIVATE = (
    *("José", "Jos\\u00e9", "Pepe", "O'Neil", "5500000177", "55 0000 0177", "NTUwMDAwMDE3N", "wamid"),
    *("Dra. Ficticia", "5500000090", "Ayuno", "Dolor", "de viaje", "Durmi", "Pepetina", "512 mg", "Alergia"),
    *("Calle", "Hola", "BAJA", "412.75", "41275", "ch_1", "ninguno", "512.75", "51275"),
)
FAULTS: dict[str, Any] = {
    "whatsapp": [
        {"rate": 0.1, "status": 500},
        {"rate": 0.1, "timeout": "after"},
        {"call": 5, "code": 132015},
        {"call": 9, "code": 131026},
        {"intent": "request#q-3#v000001#request_doctor", "code": 190},
        {"call": 12, "later": 131026},
        {"rate": 0.2, "reads": "5m"},
    ],
    "webhooks": [{"rate": 0.1, "late": "20m"}, {"rate": 0.1, "forged": True}, {"rate": 0.2, "delivered": 2}],
    "payments": [{"status": 500, "times": 1}, {"code": "charge_disputed", "call": 2}],
    "lambda": [
        {"workflow": "appointment-cancellation", "step": "RefundPayment", "dies": "after"},
        {"workflow": "appointment-follow-up", "step": "SendFollowUp", "dies": "before_request"},
        {"workflow": "appointment-reminders", "step": "SendReminder", "dies": "before_request"},
        {"workflow": "medication-reminders", "step": "SendDose", "dies": "before_request"},
        {"workflow": "request-decisions", "step": "SendNotice", "dies": "before_request"},
        {"workflow": "request-expiration", "step": "ExpireRequest", "dies": "after"},
        {"workflow": "reservation-requests", "step": "HoldSlot", "dies": "after"},
    ]
    + [
        {"workflow": workflow.name, "dies": dies, "call": call}
        for workflow in WORKFLOWS
        for call, dies in enumerate(("before", "after", "before_request", "after_request"), start=2)
    ],
}
SLOTS = [slot(IN_NINE_DAYS + number * HOUR) for number in range(4)]


@pytest.fixture(name="clinic", scope="module")
def clinic_fixture() -> Iterator[ClinicStack]:
    """A stack on which every workflow has run, well and badly."""
    charges = [Charge("ch_1", 50000, "mxn"), Charge("ch_12", 50000, "mxn")]
    with clinic_stack(
        faults=FAULTS,
        charges=charges,
        status_webhooks=True,
        schedules=[*(it.name for it in NIGHTLY), ANALYTICS.name],
        keeps_run_ledger=True,
    ) as clinic:
        client, outputs = clinic.stack.client("dynamodb"), clinic.stack.outputs
        put_clinic(client, outputs["DirectoryTable"])
        doctor(clinic)
        rows = BookingRows(client, outputs["SlotsTable"], outputs["RequestsTable"])
        for place in SLOTS:
            rows.put_slot(place)
        _what_happens(clinic)
        clinic.stack.advance(days=18)
        _check_health(clinic)
        yield clinic


def _what_happens(clinic: ClinicStack) -> None:
    generate(clinic)
    for number, charge in ((1, "ch_1"), (2, "ch_12"), (3, None)):
        booked = detail(**WHO, reservationId=f"r-{number}", preparationInstructions="Ayuno", chargeId=charge)
        clinic.put("appointment/created", booked)
    refunded = {"cancellationReason": "Dolor de espalda", "refundAmount": "412.75", **WHO}
    clinic.at(NOW + HOUR, lambda: clinic.put("reservation/cancelled", {"reservationId": "r-1", **refunded}))
    clinic.at(NOW + HOUR, lambda: clinic.put("reservation/cancelled", {"reservationId": "r-2", **refunded}))
    unknown = {**refunded, "reservationId": "r-8", "refundAmount": "512.75"}
    clinic.at(NOW + HOUR, lambda: clinic.put("reservation/cancelled", unknown))
    moved = {"oldReservationId": "r-3", "newAppointmentTime": "2026-12-03T16:00:00Z", **WHO}
    clinic.at(NOW + 2 * HOUR, lambda: clinic.put("appointment/rescheduled", moved))
    for number, place in enumerate(SLOTS):
        asked = request_detail(f"q-{number}", place.slot_id, NOW + 5 * HOUR, **WHO)
        clinic.put("reservation/requested", asked)
    taken = request_detail("q-4", SLOTS[0].slot_id, NOW + 5 * HOUR, **WHO)  # q-0 holds it
    clinic.at(NOW + HOUR, lambda: clinic.put("reservation/requested", taken))
    clinic.at(NOW + 3 * HOUR, lambda: clinic.put("reservation/approved", {"requestId": "q-0"}))
    declined = {"requestId": "q-3", "declinedBy": NAME, "declineReason": "Estaré de viaje"}
    clinic.at(NOW + 3 * HOUR, lambda: clinic.put("reservation/declined", declined))
    too_late = {"requestId": "q-2", "approvedBy": NAME}
    clinic.at(NOW + 6 * HOUR, lambda: clinic.put("reservation/approved", too_late))
    visit = completed_detail(**WHO, reservationId="r-9", followUpQuestions=["¿Durmió bien?"])
    clinic.at(IN_NINE_DAYS + HOUR, lambda: clinic.put("appointment/completed", visit))
    prescribed = prescription_detail(
        **WHO, prescriptionId=None, medicationName="Pepetina", dosage="512 mg", instructions="En Ayuno"
    )
    clinic.put("prescription/created", prescribed)
    clinic.put("prescription/created", {**prescribed, "prescriptionId": "p-1"})
    stopped = {"prescriptionId": "p-1", "stopReason": "Alergia"}
    clinic.at(NOW + 20 * HOUR, lambda: clinic.put("prescription/stopped", stopped))
    clinic.at(NOW + 2 * HOUR, lambda: clinic.stack.receive("+5215500000177", "BAJA MEDICAMENTOS"))
    # What no workflow can take.
    for kind in {kind for workflow in WORKFLOWS for kind in workflow.detail_types}:
        clinic.put(kind, {**WHO, "patientPhone": "ninguno 55 0000 0177", "requestId": f"{NAME}", "dosage": 3})


def _check_health(clinic: ClinicStack) -> None:
    """Once: its schedule comes every five minutes."""
    client = clinic.stack.client("stepfunctions")
    machines = client.list_state_machines()["stateMachines"]
    (arn,) = (it["stateMachineArn"] for it in machines if it["name"].endswith(WORKFLOW_HEALTH.name))
    event = {"id": "e-health", "time": "2026-12-11T15:00:00Z", "detail-type": "Scheduled Event"}
    client.start_execution(stateMachineArn=arn, name="e-health", input=json.dumps({**event, "detail": {}}))
    clinic.stack.advance(minutes=1)


def private_in(text: str) -> list[str]:
    return [words for words in PRIVATE if words in text]


def test_every_workflow_has_run(clinic: ClinicStack) -> None:
    runs = clinic.stack.executions()
    assert {run.workflow for run in runs} == {workflow.name for workflow in WORKFLOWS}
    assert {run.output.get("outcome") for run in runs if isinstance(run.output, dict)} >= {
        *("planned", "cancelled", "already_rescheduled", "prescription_stopped"),
        *("held", "slot_not_available", "approved", "declined", "too_late", "expired"),
    }
    assert {run.error for run in runs} >= {
        *("InvalidEventError", "UnknownReservationError", "RefundRefusedError", "MessengerAccountError"),
    }


def test_log_lines_and_metrics_hold_ids_only(clinic: ClinicStack) -> None:
    log = clinic.stack.log_lines
    for kind in ("step_done", "step_failed", "call_taken", "call_refused", "template_stopped", "_aws"):
        assert any(kind in line for line in log), kind
    for name in ("r-1", "r-3", "r-8", "request#q-2", "request#q-3", "p-1", "follow_up"):
        assert any(name in line for line in log), name
    assert [line for line in log if private_in(line)] == []


def test_a_runs_name_output_error_and_cause_hold_ids_only(clinic: ClinicStack) -> None:
    for run in clinic.stack.executions():
        said = json.dumps([run.name, run.output, run.error, run.cause], ensure_ascii=False)
        assert private_in(said) == [], run.arn


def test_a_runs_history_holds_no_more_than_the_event_it_began_with(clinic: ClinicStack) -> None:
    for run in clinic.stack.executions():
        history = [json.dumps(event, default=str) for event in clinic.stack.history(run.arn)]
        read = next((n for n, event in enumerate(history) if '"TaskStateExited"' in event), len(history))
        assert [event for event in history[read:] if private_in(event)] == []


def test_the_run_ledger_holds_ids_only(clinic: ClinicStack) -> None:
    rows = clinic.stack.items("RunsTable")
    assert rows
    assert private_in(json.dumps(rows, default=str, ensure_ascii=False)) == []

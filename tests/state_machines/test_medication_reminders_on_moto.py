"""The definition of medication reminders on moto's interpreter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import MEDICATION_REMINDERS
from clinic.domain.instants import to_text
from tests.fakes.examples import NOW
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, Run, moto_machine
from tests.fakes.messages.whatsapp_stub import Answer, error
from tests.fakes.prescriptions.prescriptions import prescription_detail, prescription_envelope
from tests.fakes.requests.office_on_moto import Office, office_on_moto

TWO_DOSES = {"frequency": "2 veces al día", "duration": 1, "startDate": "2026-11-24"}


@dataclass
class Bench:
    """The machine, its surroundings, and which steps die."""

    machine: MotoMachine
    office: Office
    deaths: list[Callable[[str, int], bool]]

    def created(self, event_id: str = "e-1", at: datetime = NOW, **changes: Any) -> Run:
        """A run that a ``prescription/created`` starts."""
        detail = prescription_detail(**{**TWO_DOSES, **changes})
        return self.machine.run(prescription_envelope("prescription/created", detail, event_id, at))


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with office_on_moto(monkeypatch, MEDICATION_REMINDERS, MOTO_CONFIG) as office:
        machine = moto_machine(
            monkeypatch,
            MEDICATION_REMINDERS,
            office.function(MEDICATION_REMINDERS),
            office.clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, office, deaths)


def statuses(run: Run) -> list[str]:
    return [reminder["status"] for reminder in run.output["reminders"]]


def test_each_dose_is_sent_and_nothing_is_to_come(bench: Bench) -> None:
    run = bench.created()
    assert run.status == "SUCCEEDED", run
    assert run.output == {
        "prescriptionId": "p-17",
        "version": 1,
        "outcome": "planned",
        "planned": 2,
        "reminders": [
            {"kind": "dose_20261124T1400Z", "status": "sent"},
            {"kind": "dose_20261125T0200Z", "status": "sent"},
        ],
        "continuation": "none",
    }
    assert bench.office.templates() == ["medication_reminder"] * 2


def test_one_dose_is_a_list_too(bench: Bench) -> None:
    run = bench.created(frequency="1 vez al día")
    assert (run.status, statuses(run)) == ("SUCCEEDED", ["sent"])


def test_a_prescription_that_is_over_ends_truthfully(bench: Bench) -> None:
    run = bench.created(startDate="2026-11-01")
    assert (run.status, run.output["outcome"], run.output["planned"]) == ("SUCCEEDED", "nothing_ahead", 0)
    assert run.output["reminders"] == []
    assert run.calls == ["ApplyPrescription"]


def test_where_the_first_doses_lie_far_ahead_the_run_waits_and_hands_on(bench: Bench) -> None:
    run = bench.created(startDate="2027-08-01")
    assert (run.status, run.output["planned"], run.output["continuation"]) == ("SUCCEEDED", 0, "continued")
    (event,) = bench.office.bus.received()
    until = to_text(NOW + timedelta(days=180))
    assert event["detail"] == {"prescriptionId": "p-17", "version": 1, "after": until}


def test_a_stop_ends_what_was_planned(bench: Bench) -> None:
    detail = {"prescriptionId": "p-17"}
    run = bench.machine.run(prescription_envelope("prescription/stopped", detail, "e-0"))
    assert (run.status, run.output["outcome"]) == ("SUCCEEDED", "prescription_stopped")
    late = bench.created(at=NOW - timedelta(hours=1))
    assert (late.output["outcome"], late.output["planned"]) == ("prescription_stopped", 0)
    assert bench.office.templates() == []


def test_a_passing_fault_is_retried_once_and_waited_for_if_it_stays(bench: Bench) -> None:
    bench.office.whatsapp.script = [Answer(500, {}), Answer(), Answer(500, {}), Answer(500, {})]
    run = bench.created()
    assert (run.status, statuses(run)) == ("SUCCEEDED", ["sent", "sent"])
    assert run.calls.count("RecordDoseFailure") == 1


def test_a_deferral_is_waited_out_and_sent(bench: Bench) -> None:
    bench.office.whatsapp.script = [error(131057)]
    run = bench.created()
    assert (statuses(run), len(bench.office.whatsapp.received)) == (["sent", "sent"], 3)


def test_a_refused_account_fails_the_run(bench: Bench) -> None:
    bench.office.whatsapp.script = [error(190, 401)]
    run = bench.created()
    assert (run.status, run.error) == ("FAILED", "MessengerAccountError")


@pytest.mark.parametrize("step", ["ApplyPrescription", "SendDose"])
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.created()
    assert (run.status, len(bench.office.whatsapp.received)) == ("SUCCEEDED", 2)


def test_runs_of_what_is_over_that_cannot_be_stopped_keep_nothing_from_being_sent(bench: Bench) -> None:
    bench.created(duration=2, startDate="2026-11-23")
    bench.deaths.append(lambda name, call: name == "StopEarlierRuns")
    run = bench.created("e-2", NOW + timedelta(days=2), duration=4, startDate="2026-11-23")
    assert (run.status, run.output["outcome"], run.output["version"]) == ("SUCCEEDED", "changed", 2)
    assert set(statuses(run)) == {"sent"}

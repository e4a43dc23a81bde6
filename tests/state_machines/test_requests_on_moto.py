"""The state machines of requests on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import (
    EXPIRED_SLOTS_CLEANUP,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
    Workflow,
)
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, Run, moto_machine
from tests.fakes.messages.whatsapp_stub import Answer, error
from tests.fakes.requests.desk import SLOT, TIME_IS_UP
from tests.fakes.requests.office_on_moto import Office, envelope, office_on_moto, requested

QUESTION = "reservation_requested_doctor"
NOTICES = ["request_expired_patient", "request_expired_doctor"]


@dataclass
class Bench:
    """Machines, made when they are first run, and which steps die."""

    monkeypatch: pytest.MonkeyPatch
    office: Office
    deaths: list[Callable[[str, int], bool]] = field(default_factory=list)
    machines: dict[Workflow, MotoMachine] = field(default_factory=dict)

    def run(self, workflow: Workflow, event: Any) -> Run:
        """Run a workflow to its end."""
        return self.machine(workflow).run(event)

    def machine(self, workflow: Workflow) -> MotoMachine:
        if workflow not in self.machines:
            self.machines[workflow] = moto_machine(
                self.monkeypatch,
                workflow,
                self.office.function(workflow),
                self.office.clock,
                die=lambda step, call: any(death(step, call) for death in self.deaths),
            )
        return self.machines[workflow]

    def dies(self, step: str, *calls: int) -> None:
        """Have these calls of a step die."""
        self.deaths.append(lambda name, call: name == step and call in calls)

    def hold(self, request_id: str = "q-1", slot_id: str = SLOT.slot_id) -> None:
        """A pending request whose run is not here."""
        payload = requested(request_id, slot_id)
        held = self.office.step(RESERVATION_REQUESTS, "HoldSlot", payload, execution=_GONE)
        assert held["outcome"] == "held"

    def answer(self, kind: str, at: datetime = NOW, **detail: Any) -> Run:
        """The doctor answers."""
        return self.run(
            REQUEST_DECISIONS, envelope(f"reservation/{kind}", {"requestId": "q-1", **detail}, at)
        )


_GONE = "arn:aws:states:us-east-1:123456789012:execution:citas-test-reservation-requests:gone"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with ExitStack() as stack:
        office = stack.enter_context(office_on_moto(monkeypatch, RESERVATION_REQUESTS, MOTO_CONFIG))
        yield Bench(monkeypatch, office)


def test_silence_is_announced_when_the_time_is_up(bench: Bench) -> None:
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {
            "requestId": "q-1",
            "outcome": "held",
            "notices": [{"kind": "request_doctor", "status": "sent"}],
            "expiryAnnounced": True,
        },
    ), run
    assert bench.office.events() == [("reservation/request-expired", "q-1")]
    assert bench.office.templates() == [QUESTION]
    asked = bench.office.rows.request()
    assert asked is not None
    assert str(asked.run).startswith("arn:aws:states:")


def test_a_slot_that_is_not_there_ends_the_run_at_once(bench: Bench) -> None:
    run = bench.run(RESERVATION_REQUESTS, requested(slot_id="dr-1:s-1:20270101T1500Z"))
    assert (run.status, run.output["outcome"], run.output["expiryAnnounced"]) == (
        "SUCCEEDED",
        "slot_not_available",
        False,
    )
    assert run.calls == ["HoldSlot", "SendNotice"]


def test_a_refused_account_still_announces_the_expiry_and_fails_the_run_in_the_end(bench: Bench) -> None:
    bench.office.whatsapp.script = [error(190, 401)]
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert (run.status, run.error) == ("FAILED", "MessengerAccountError")
    assert run.calls == ["HoldSlot", "SendNotice", "AnnounceExpiry", "ReportUnfinished"]
    assert bench.office.events() == [("reservation/request-expired", "q-1")]


@pytest.mark.parametrize(
    ("script", "status"),
    [([Answer(500, {})] * 2, "sent"), ([Answer(500, {})] * 3, "sent"), ([error(131051)], "failed")],
    ids=["down twice", "down for longer than the retries", "refused"],
)
def test_a_question_is_tried_again_and_given_up(bench: Bench, script: list[Answer], status: str) -> None:
    bench.office.whatsapp.script = script
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert (run.status, run.output["notices"]) == (
        "SUCCEEDED",
        [{"kind": "request_doctor", "status": status}],
    )


def test_a_doctor_who_can_not_be_reached_fails_the_run_and_the_end_is_announced(bench: Bench) -> None:
    bench.office.whatsapp.script = [error(131026)]
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert (run.status, run.error) == ("FAILED", "DoctorNotToldError")
    assert run.calls == ["HoldSlot", "SendNotice", "AnnounceExpiry", "ReportUnfinished"]
    assert bench.office.events() == [("reservation/request-expired", "q-1")]


@pytest.mark.parametrize("step", ["HoldSlot", "SendNotice", "AnnounceExpiry"])
def test_a_step_of_a_request_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.dies(step, 1)
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert (run.status, run.output["outcome"], run.output["expiryAnnounced"]) == ("SUCCEEDED", "held", True)
    assert bench.office.templates() == [QUESTION]


def test_an_approval(bench: Bench) -> None:
    bench.hold()
    run = bench.answer("approved")
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {
            "requestId": "q-1",
            "outcome": "approved",
            "appointmentAnnounced": True,
            "waitingStopped": False,
            "notices": [],
        },
    ), run
    assert run.calls == ["ApplyDecision", "AnnounceAppointment", "StopWaiting"]
    assert bench.office.events() == [("appointment/created", "q-1")]


def test_a_refusal(bench: Bench) -> None:
    bench.hold()
    run = bench.answer("declined", declineReason='"Lo siento"')
    assert run.output["notices"] == [{"kind": "request_declined", "status": "sent"}]
    assert run.calls == ["ApplyDecision", "StopWaiting", "SendNotice"]


def test_a_late_approval_tells_the_doctor(bench: Bench) -> None:
    bench.hold()
    bench.answer("declined")
    run = bench.answer("approved", NOW + timedelta(seconds=1))
    assert (run.output["outcome"], run.output["notices"]) == (
        "too_late",
        [{"kind": "approval_too_late_doctor", "status": "sent"}],
    )


def test_an_answer_without_a_request_is_asked_for_a_day_and_fails(bench: Bench) -> None:
    run = bench.answer("approved")
    assert (run.status, run.error) == ("FAILED", "UnknownRequestError")
    assert set(run.calls) == {"ApplyDecision"}
    assert len(run.calls) > 24


def test_a_run_that_can_not_be_stopped_does_not_keep_the_patient_from_hearing(bench: Bench) -> None:
    bench.hold()
    bench.dies("StopWaiting", 1, 2, 3)
    run = bench.answer("declined")
    assert (run.status, run.output["waitingStopped"]) == ("SUCCEEDED", False)
    assert bench.office.templates() == ["reservation_declined_patient"]


def test_an_expiry(bench: Bench) -> None:
    bench.hold()
    bench.office.clock.move_to(TIME_IS_UP)
    run = bench.run(REQUEST_EXPIRATION, _expired())
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {
            "requestId": "q-1",
            "outcome": "expired",
            "slotReleased": True,
            "patientNotified": True,
            "doctorNotified": True,
            "expirationHandled": True,
        },
    ), run
    assert sorted(bench.office.templates()) == sorted(NOTICES)  # side by side


def test_an_expiry_too_early_waits_for_its_time(bench: Bench) -> None:
    bench.hold()
    run = bench.run(REQUEST_EXPIRATION, _expired())
    assert run.calls[:3] == ["ExpireRequest", "ExpireRequest", "RecordExpiration"]
    closed = bench.office.rows.request()
    assert closed is not None
    assert closed.updated_at == TIME_IS_UP


def test_an_expiry_of_what_nobody_ever_asked_for_fails(bench: Bench) -> None:
    long_ago = envelope("reservation/request-expired", {"requestId": "q-1"}, TIME_IS_UP - timedelta(days=9))
    run = bench.run(REQUEST_EXPIRATION, long_ago)
    assert (run.status, run.error, run.calls) == ("FAILED", "UnknownRequestError", ["ExpireRequest"])


def test_one_of_the_two_who_can_not_be_told_does_not_stop_the_other(bench: Bench) -> None:
    bench.hold()
    bench.office.clock.move_to(TIME_IS_UP)
    bench.office.whatsapp.scripts[NOTICES[0]] = [error(131026)]
    run = bench.run(REQUEST_EXPIRATION, _expired())
    assert (run.output["patientNotified"], run.output["doctorNotified"]) == (False, True)


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_cleanup_of_none_one_or_several(bench: Bench, left: int) -> None:
    _leave(bench, left)
    run = bench.run(EXPIRED_SLOTS_CLEANUP, _cleanup())
    whose = {"profileId": "dr-1", "cleanupDate": "2026-11-25"}
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {**whose, "slotsCleaned": left, "cleanupCompleted": True}
        if left
        else {**whose, "cleaned": 0, "reason": "No expired slots found"},
    ), run
    assert len(bench.office.events()) == left


def test_one_that_can_not_be_freed_does_not_stop_the_rest(bench: Bench) -> None:
    _leave(bench, 3)
    bench.dies("ExpireRequest", 1, 2)
    run = bench.run(EXPIRED_SLOTS_CLEANUP, _cleanup())
    assert (run.status, run.error) == ("FAILED", "SlotsLeftError")
    assert "1 of 3 slots of dr-1 could not be freed; 2 were" in str(run.cause)
    assert bench.office.statistics() == ["slot_cleanup#dr-1#2026-11-25"]


def test_a_doctor_who_was_not_told_is_asked_for_again_when_the_run_is_redriven(bench: Bench) -> None:
    bench.office.whatsapp.script = [error(190, 401)]
    bench.machine(RESERVATION_REQUESTS).redrives.append(1)
    run = bench.run(RESERVATION_REQUESTS, requested())
    assert run.status == "SUCCEEDED", run
    assert run.calls[run.calls.index("ReportUnfinished") + 1] == "HoldSlot"


def test_slots_that_were_left_are_freed_when_the_run_is_redriven_and_all_of_its_are_counted(
    bench: Bench,
) -> None:
    _leave(bench, 3)
    bench.office.clock.move_to(TIME_IS_UP + timedelta(minutes=1))
    bench.dies("ExpireRequest", 1, 2)
    bench.machine(EXPIRED_SLOTS_CLEANUP).redrives.append(1)
    run = bench.run(EXPIRED_SLOTS_CLEANUP, _cleanup())
    assert (run.status, run.output["slotsCleaned"]) == ("SUCCEEDED", 3), run
    assert run.calls[run.calls.index("ReportUnfinished") + 1] == "FindExpiredRequests"
    assert len(bench.office.events()) == 3


@pytest.mark.parametrize(
    ("redrives", "status"), [([1, 2], "SUCCEEDED"), ([1, 1], "FAILED")], ids=["twice", "once"]
)
def test_a_run_starts_over_once_for_each_time_it_is_redriven(
    bench: Bench, redrives: list[int], status: str
) -> None:
    _leave(bench, 3)
    bench.office.clock.move_to(TIME_IS_UP + timedelta(minutes=1))
    bench.dies("ExpireRequest", 1, 2, 5, 6)  # the first of three, and again as the one that is left
    bench.machine(EXPIRED_SLOTS_CLEANUP).redrives.extend(redrives)
    run = bench.run(EXPIRED_SLOTS_CLEANUP, _cleanup())
    assert (run.status, run.calls.count("ReportUnfinished")) == (status, 2), run
    assert run.error == (None if status == "SUCCEEDED" else "SlotsLeftError")
    assert run.calls.count("FindExpiredRequests") == len(set(redrives)) + 1


def _expired() -> dict[str, Any]:
    return envelope("reservation/request-expired", {"requestId": "q-1"}, TIME_IS_UP)


def _cleanup() -> dict[str, Any]:
    return envelope("slot/cleanup-expired", {"profileId": "dr-1", "cleanupDate": "2026-11-25"}, TIME_IS_UP)


def _leave(bench: Bench, count: int) -> None:
    """So many overdue requests whose runs were lost."""
    for number in range(count):
        each = slot(SLOT.start + timedelta(hours=number))
        bench.office.rows.put_slot(each)
        bench.hold(f"q-{number}", each.slot_id)
    bench.office.clock.move_to(TIME_IS_UP)

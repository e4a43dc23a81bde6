"""appointment-rescheduling on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.contracts.workflows import APPOINTMENT_RESCHEDULING
from clinic.domain.instants import to_text
from tests.fakes.appointments.moving import FIRST, SECOND, move_envelope, slot
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import NOW, event
from tests.fakes.machines.bus import Recorder, recorded_bus
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, Run, moto_machine
from tests.fakes.messages.whatsapp_stub import Answer, WhatsAppStub, error, whatsapp_stub
from tests.fakes.stores.aws import account
from tests.fakes.stores.booking_rows import BookingRows

CALM = {
    "oldReservationId": "r-17",
    "newReservationId": "r-18",
    "outcome": "rescheduled",
    "oldSlotReleased": True,
    "newSlotReserved": True,
    "patientNotified": True,
    "remindersUpdated": True,
}
NOTHING = {
    **CALM,
    "oldSlotReleased": False,
    "newSlotReserved": False,
    "patientNotified": False,
    "remindersUpdated": False,
}
STEPS = ["RescheduleAppointment", "StartReminders", "StopReminders", "RecordRescheduling", "SendNotice"]


@dataclass
class Bench:
    """The machine, what it calls, and which steps die."""

    machine: MotoMachine
    function: ModuleType
    whatsapp: WhatsAppStub
    bus: Recorder
    deaths: list[Callable[[str, int], bool]] = field(default_factory=list)

    def book(self, **changes: Any) -> None:
        place = {"appointmentTime": to_text(FIRST), "profileId": "dr-1", "slotId": slot(FIRST).slot_id}
        told = event(**{**place, **changes})
        self.function.handler.application().planning.plan(told, RUN, NOW)

    def run(self, **changes: Any) -> Run:
        return self.machine.run(move_envelope(**changes))

    def told(self) -> list[str]:
        return [request.body["template"]["name"] for request in self.whatsapp.received]

    def announced(self) -> list[str]:
        return [announced["detail"]["reservationId"] for announced in self.bus.received()]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with (
        whatsapp_stub() as whatsapp,
        account(monkeypatch, whatsapp.url, MOTO_CONFIG),
        time_machine.travel(NOW, tick=False) as clock,
        process("lambdas.appointment_rescheduling") as function,
    ):
        rows = BookingRows(boto3.client("dynamodb"))
        rows.put_slot(slot(FIRST))
        rows.put_slot(slot(SECOND))
        machine = moto_machine(
            monkeypatch,
            APPOINTMENT_RESCHEDULING,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, function, whatsapp, recorded_bus(), deaths)


def test_moved_announced_stopped_counted_and_told(bench: Bench) -> None:
    bench.book()
    run = bench.run()
    assert (run.status, run.output, run.calls) == ("SUCCEEDED", CALM, STEPS), run
    assert (bench.told(), bench.announced()) == (["appointment_rescheduled"], ["r-18"])


def test_a_slot_that_is_gone_is_counted_and_told(bench: Bench) -> None:
    bench.book()
    run = bench.run(newSlotId="dr-1:s-1:never")
    assert run.output == {**NOTHING, "outcome": "slot_not_available", "patientNotified": True}
    assert run.calls == ["RescheduleAppointment", "RecordRescheduling", "SendNotice"]
    assert (bench.told(), bench.announced()) == (["appointment_rescheduling_refused"], [])


def test_a_stale_event_does_nothing(bench: Bench) -> None:
    bench.book(at=NOW + timedelta(seconds=1))
    run = bench.run()
    assert run.output == {**NOTHING, "outcome": "stale_event"}
    assert (run.calls, bench.announced()) == (["RescheduleAppointment"], [])


def test_one_that_comes_before_its_booking_waits_for_it(bench: Bench) -> None:
    def booked_meanwhile(step: str, call: int) -> bool:
        if (step, call) == ("RescheduleAppointment", 3):
            bench.book()
        return False

    bench.deaths.append(booked_meanwhile)
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM), run
    assert run.calls == ["RescheduleAppointment"] * 2 + STEPS


def test_one_whose_booking_never_comes_fails_after_a_day(bench: Bench) -> None:
    run = bench.run()
    assert (run.status, run.error) == ("FAILED", "UnknownReservationError")
    assert "r-17" in str(run.cause)
    assert bench.told() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.book()
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM), run
    assert (bench.told(), bench.announced()) == (["appointment_rescheduled"], ["r-18"])


def test_old_runs_that_cannot_be_stopped_stop_nothing(bench: Bench) -> None:
    bench.book()
    bench.deaths.append(lambda name, _: name == "StopReminders")
    run = bench.run()
    assert (run.status, run.output, run.calls.count("StopReminders")) == ("SUCCEEDED", CALM, 3), run


@pytest.mark.parametrize("step", ["RescheduleAppointment", "StartReminders", "RecordRescheduling"])
def test_a_step_that_always_dies_fails_the_run(bench: Bench, step: str) -> None:
    bench.book()
    bench.deaths.append(lambda name, _: name == step)
    run = bench.run()
    assert (run.status, run.error, run.calls.count(step)) == ("FAILED", "Runtime.ExitError", 3)


def test_a_message_that_cannot_be_sent_is_said_to_be_so(bench: Bench) -> None:
    bench.book()
    bench.whatsapp.script = [error(131026)]
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", {**CALM, "patientNotified": False})


def test_a_fault_that_outlasts_the_retries_is_waited_for(bench: Bench) -> None:
    bench.book()
    bench.whatsapp.script = [Answer(500, {})] * 3
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM)
    assert "RecordNoticeFailure" in run.calls


def test_a_refused_account_fails_the_run_after_the_reminders_are_seen_to(bench: Bench) -> None:
    bench.book()
    bench.whatsapp.script = [error(190, 401)]
    run = bench.run()
    assert (run.status, run.error) == ("FAILED", "MessengerAccountError")
    assert bench.announced() == ["r-18"]

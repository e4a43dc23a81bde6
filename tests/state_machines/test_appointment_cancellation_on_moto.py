"""appointment-cancellation on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.contracts.tables import DIRECTORY
from clinic.contracts.workflows import APPOINTMENT_CANCELLATION
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, cancellation_envelope
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, Run, moto_machine
from tests.fakes.messages.whatsapp_stub import Answer, WhatsAppStub, whatsapp_stub
from tests.fakes.messages.whatsapp_stub import error as whatsapp_error
from tests.fakes.payments import REFUND, StripeStub, answer, error, stripe_stub
from tests.fakes.stores.aws import account
from tests.fakes.stores.directory_rows import put_profile

TOLD = ["appointment_cancelled", "appointment_cancelled_doctor"]
CALM = {
    "reservationId": "r-17",
    "outcome": "cancelled",
    "slotReleased": False,
    "patientNotified": True,
    "doctorNotified": True,
    "refundProcessed": False,
    "remindersCancelled": True,
}


@dataclass
class Bench:
    """The machine, what it calls, and which steps die."""

    machine: MotoMachine
    function: ModuleType
    whatsapp: WhatsAppStub
    stripe: StripeStub
    deaths: list[Callable[[str, int], bool]] = field(default_factory=list)

    def book(self, **changes: Any) -> None:
        details = {"profileId": "dr-1", "chargeId": "ch_1", **changes}
        self.function.handler.application().planning.plan(event(**details), RUN, NOW)

    def run(self, **changes: Any) -> Run:
        return self.machine.run(cancellation_envelope(**changes))

    def told(self) -> list[str]:
        """By name: both are told at once."""
        return sorted(request.body["template"]["name"] for request in self.whatsapp.received)

    def refund_read_by_the_patient(self) -> str:
        for request in self.whatsapp.received:
            for parameter in request.body["template"]["components"][0]["parameters"]:
                if parameter["parameter_name"] == "refund_amount":
                    return str(parameter["text"])
        raise AssertionError("the patient was told nothing of a refund")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with (
        whatsapp_stub() as whatsapp,
        stripe_stub() as stripe,
        account(monkeypatch, whatsapp.url, MOTO_CONFIG, PAYMENTS_API_URL=stripe.url.removesuffix("/v1")),
        time_machine.travel(AN_HOUR_LATER, tick=False) as clock,
        process("lambdas.appointment_cancellation") as function,
    ):
        put_profile(boto3.client("dynamodb"), DIRECTORY.name)
        machine = moto_machine(
            monkeypatch,
            APPOINTMENT_CANCELLATION,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, function, whatsapp, stripe, deaths)


def test_without_a_refund_both_are_told(bench: Bench) -> None:
    bench.book()
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM), run
    assert run.calls == [
        "CancelReservation",
        "SendNotice",
        "SendNotice",
        "StopReminders",
        "RecordCancellation",
    ]
    assert bench.told() == TOLD


def test_the_patient_is_told_after_the_refund(bench: Bench) -> None:
    bench.book()
    run = bench.run(refundAmount=500)
    assert (run.status, run.output) == ("SUCCEEDED", {**CALM, "refundProcessed": True}), run
    assert run.calls[:2] == ["CancelReservation", "RefundPayment"]
    assert bench.refund_read_by_the_patient() == "$500.00"


def test_the_same_event_again_tells_nobody_and_refunds_nothing(bench: Bench) -> None:
    bench.book()
    bench.run(refundAmount=500)
    again = bench.run(refundAmount=500)
    assert again.output == {**CALM, "outcome": "already_cancelled", "refundProcessed": True}
    assert (bench.told(), len(bench.stripe.received)) == (TOLD, 1)


def test_a_refund_that_is_refused_fails_the_run_when_all_else_is_done(bench: Bench) -> None:
    bench.book()
    bench.stripe.script = [error(400, code="charge_already_refunded")]
    run = bench.run(refundAmount=500)
    assert (run.status, run.error) == ("FAILED", "RefundRefusedError")
    assert "reservation r-17 is cancelled, but its refund is refused" in str(run.cause)
    assert run.calls[-2:] == ["RecordCancellation", "ReportUnfinished"]
    assert bench.told() == TOLD
    assert bench.refund_read_by_the_patient() == "El consultorio se comunicará con usted al respecto"


@pytest.mark.parametrize(("status", "requests"), [(500, 3), (401, 1)], ids=["unavailable", "account"])
def test_a_refund_that_is_not_known_to_be_made_fails_it_too_and_a_retry_settles_it(
    bench: Bench, status: int, requests: int
) -> None:
    bench.book()
    bench.stripe.script = [error(status)] * requests
    run = bench.run(refundAmount=500)
    assert (run.status, run.error) == ("FAILED", "RefundNotMadeError")
    assert "reservation r-17 is cancelled, but its refund is unsettled" in str(run.cause)
    assert len(bench.stripe.received) == requests
    bench.stripe.script = [answer(200, {"data": [], "has_more": False}), answer(200, REFUND)]
    again = bench.run(refundAmount=500)
    assert (again.status, again.output["refundProcessed"]) == ("SUCCEEDED", True), again
    assert bench.told() == [*TOLD, "refund_made"]


def test_a_rate_limit_of_stripes_is_waited_out(bench: Bench) -> None:
    bench.book()
    bench.stripe.script = [error(429)] * 4
    run = bench.run(refundAmount=500)
    assert (run.status, len(bench.stripe.received)) == ("SUCCEEDED", 5)


def test_a_booking_that_comes_later_is_waited_for(bench: Bench) -> None:
    def book_late(step: str, call: int) -> bool:
        if (step, call) == ("CancelReservation", 4):
            bench.book()
        return False

    bench.deaths.append(book_late)
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM), run
    assert run.calls.count("CancelReservation") == 4


def test_after_the_visit_nothing_is_done(bench: Bench) -> None:
    bench.book()
    run = bench.run(at=IN_NINE_DAYS + timedelta(minutes=1), refundAmount=500)
    assert (run.status, run.error) == ("FAILED", "AppointmentInThePastError")
    assert (bench.told(), bench.stripe.received) == ([], [])


def test_whom_whatsapp_cannot_reach_does_not_keep_the_other_from_being_told(bench: Bench) -> None:
    bench.book()
    bench.whatsapp.scripts[TOLD[0]] = [whatsapp_error(131026)]
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", {**CALM, "patientNotified": False})


def test_a_whatsapp_that_is_down_for_longer_than_the_retries_is_waited_for(bench: Bench) -> None:
    bench.book()
    bench.whatsapp.scripts[TOLD[0]] = [Answer(500, {})] * 3
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM)
    assert "RecordNoticeFailure" in run.calls


@pytest.mark.parametrize("step", ["CancelReservation", "RefundPayment"])
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.book()
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.run(refundAmount=500)
    assert (run.status, run.output) == ("SUCCEEDED", {**CALM, "refundProcessed": True}), run
    assert (bench.told(), len(bench.stripe.received)) == (TOLD, 1)


def test_runs_that_cannot_be_stopped_do_not_stop_the_cancellation(bench: Bench) -> None:
    bench.book()
    bench.deaths.append(lambda name, call: name == "StopReminders")
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", CALM), run


def test_a_doctor_who_could_not_be_told_is_told_when_the_run_is_redriven_and_the_patient_not_again(
    bench: Bench,
) -> None:
    bench.book()
    directory = boto3.client("dynamodb")
    put_profile(directory, DIRECTORY.name, phone=None)

    def mended_before_it_starts_over(step: str, call: int) -> bool:
        if (step, call) == ("CancelReservation", 2):
            assert bench.told() == TOLD[:1]
            put_profile(directory, DIRECTORY.name)
        return False

    bench.deaths.append(mended_before_it_starts_over)
    bench.machine.redrives.append(1)
    run = bench.run()
    assert (run.status, run.output) == ("SUCCEEDED", {**CALM, "outcome": "already_cancelled"}), run
    assert run.calls[run.calls.index("ReportUnfinished") + 1] == "CancelReservation"
    assert bench.told() == TOLD


def test_a_doctor_who_can_not_be_told_fails_the_run_each_time_it_is_redriven(bench: Bench) -> None:
    bench.book()
    put_profile(boto3.client("dynamodb"), DIRECTORY.name, phone=None)
    bench.machine.redrives.extend([1, 2, 2])
    run = bench.run()
    assert (run.status, run.error) == ("FAILED", "DoctorNotToldError"), run
    assert (run.calls.count("ReportUnfinished"), run.calls.count("CancelReservation")) == (3, 3)
    assert bench.told() == TOLD[:1]

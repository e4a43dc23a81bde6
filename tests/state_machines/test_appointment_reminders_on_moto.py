"""The definition on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine

from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from clinic.domain.instants import to_text
from tests.fakes.examples import NOW, envelope
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, moto_machine
from tests.fakes.messages.whatsapp_stub import Answer, WhatsAppStub, error, whatsapp_stub
from tests.fakes.stores.aws import account


@dataclass
class Bench:
    """The machine, WhatsApp, and which steps die."""

    machine: MotoMachine
    whatsapp: WhatsAppStub
    deaths: list[Callable[[str, int], bool]]

    def templates(self) -> list[str]:
        return [request.body["template"]["name"] for request in self.whatsapp.received]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with (
        whatsapp_stub() as stub,
        account(monkeypatch, stub.url, MOTO_CONFIG),
        time_machine.travel(NOW, tick=False) as clock,
        process("lambdas.appointment_reminders") as function,
    ):
        machine = moto_machine(
            monkeypatch,
            APPOINTMENT_REMINDERS,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, stub, deaths)


def test_booked_nine_days_ahead_sends_three_messages(bench: Bench) -> None:
    run = bench.machine.run(envelope())
    assert run.status == "SUCCEEDED", run
    assert run.output == {
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "confirmation": "sent",
        "reminders": [
            {"kind": "reminder_24h", "status": "sent"},
            {"kind": "reminder_2h", "status": "sent"},
        ],
    }
    assert bench.templates() == [
        "appointment_confirmed",
        "appointment_reminder_24h",
        "appointment_reminder_2h",
    ]


@pytest.mark.parametrize(
    ("hours", "reminders"),
    [(10, [{"kind": "reminder_2h", "status": "sent"}]), (1, [])],
)
def test_one_reminder_or_none_is_a_list_too(
    bench: Bench, hours: int, reminders: list[dict[str, str]]
) -> None:
    run = bench.machine.run(envelope(appointmentTime=to_text(NOW + timedelta(hours=hours))))
    assert (run.status, run.output["reminders"]) == ("SUCCEEDED", reminders)


def test_a_quote_in_a_name_passes_through(bench: Bench) -> None:
    name = """José "Pepe" O'Neil Ñandú 😀"""
    run = bench.machine.run(envelope(patientName=name, appointmentTime=to_text(NOW + timedelta(hours=1))))
    assert run.status == "SUCCEEDED", run
    parameters = bench.whatsapp.received[0].body["template"]["components"][0]["parameters"]
    assert parameters[0]["text"] == name


def test_a_passing_fault_is_retried_and_sends_one_message(bench: Bench) -> None:
    bench.whatsapp.script = [Answer(500, {}), Answer(500, {})]
    run = bench.machine.run(envelope(appointmentTime=to_text(NOW + timedelta(hours=1))))
    assert (run.status, run.output["confirmation"], len(bench.whatsapp.received)) == ("SUCCEEDED", "sent", 3)


def test_a_fault_that_outlasts_the_retries_is_waited_for(bench: Bench) -> None:
    bench.whatsapp.script = [Answer(500, {})] * 4
    run = bench.machine.run(envelope())
    assert (run.status, run.output["confirmation"]) == ("SUCCEEDED", "sent")
    assert "RecordConfirmationFailure" in run.calls
    assert [reminder["status"] for reminder in run.output["reminders"]] == ["sent", "sent"]


def test_a_deferral_is_waited_out_and_sent(bench: Bench) -> None:
    bench.whatsapp.script = [error(131057), Answer(), error(131057)]
    run = bench.machine.run(envelope())
    assert (run.status, run.output["confirmation"]) == ("SUCCEEDED", "sent")
    assert [reminder["status"] for reminder in run.output["reminders"]] == ["sent", "sent"]
    assert len(bench.whatsapp.received) == 5


def test_a_refused_account_fails_the_run(bench: Bench) -> None:
    bench.whatsapp.script = [error(190, 401)]
    run = bench.machine.run(envelope())
    assert (run.status, run.error) == ("FAILED", "MessengerAccountError")
    assert run.calls == ["PlanReminders", "SendConfirmation"]


@pytest.mark.parametrize("step", ["PlanReminders", "SendConfirmation", "SendReminder"])
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.machine.run(envelope())
    assert (run.status, len(bench.whatsapp.received)) == ("SUCCEEDED", 3)


def test_a_step_that_dies_at_every_retry_is_called_again_later(bench: Bench) -> None:
    bench.deaths.append(lambda name, call: name == "SendReminder" and call <= 4)
    run = bench.machine.run(envelope())
    assert run.status == "SUCCEEDED", run
    assert run.output["reminders"] == [
        {"kind": "reminder_24h", "status": "sent"},
        {"kind": "reminder_2h", "status": "sent"},
    ]
    assert "RecordReminderFailure" in run.calls

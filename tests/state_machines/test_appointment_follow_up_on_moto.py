"""The definition of follow-ups on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from clinic.contracts.workflows import APPOINTMENT_FOLLOW_UP
from clinic.domain.instants import to_text
from tests.fakes.appointments.visits import AFTERWARDS, completed_detail, no_show_detail, visit_envelope
from tests.fakes.examples import IN_NINE_DAYS
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
        time_machine.travel(AFTERWARDS, tick=False) as clock,
        process("lambdas.appointment_follow_up") as function,
    ):
        machine = moto_machine(
            monkeypatch,
            APPOINTMENT_FOLLOW_UP,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, stub, deaths)


def completed(**changes: Any) -> dict[str, Any]:
    return visit_envelope("appointment/completed", completed_detail(**changes))


def test_all_three_follow_ups_are_sent_one_after_the_other(bench: Bench) -> None:
    run = bench.machine.run(completed(followUpType=["48h", "1week"]))
    assert run.status == "SUCCEEDED", run
    assert run.output == {
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "followUps": [
            {"kind": "follow_up_24h", "status": "sent"},
            {"kind": "follow_up_48h", "status": "sent"},
            {"kind": "follow_up_1week", "status": "sent"},
        ],
        "skipped": [],
    }
    assert bench.templates() == ["follow_up_24h", "follow_up_48h", "follow_up_1week"]


def test_one_follow_up_is_a_list_too_and_so_is_one_that_is_skipped(bench: Bench) -> None:
    run = bench.machine.run(completed(appointmentDate=to_text(IN_NINE_DAYS - timedelta(days=2))))
    assert run.output["followUps"] == [{"kind": "follow_up_1week", "status": "sent"}]
    assert run.output["skipped"] == [{"kind": "follow_up_24h", "reason": "known_after_due"}]


def test_a_no_show_ends_at_once(bench: Bench) -> None:
    run = bench.machine.run(visit_envelope("appointment/no-show", no_show_detail()))
    assert (run.status, run.calls) == ("SUCCEEDED", ["PlanFollowUps"])
    assert (run.output["outcome"], run.output["followUps"], run.output["skipped"]) == ("no_show", [], [])


def test_a_passing_fault_is_retried_and_sends_one_message(bench: Bench) -> None:
    bench.whatsapp.script = [Answer(500, {}), Answer(500, {})]
    run = bench.machine.run(completed(followUpType="24h"))
    assert run.output["followUps"] == [{"kind": "follow_up_24h", "status": "sent"}]
    assert len(bench.whatsapp.received) == 3


def test_a_fault_that_outlasts_the_retries_is_waited_for(bench: Bench) -> None:
    bench.whatsapp.script = [Answer(500, {})] * 3
    run = bench.machine.run(completed())
    assert run.output["followUps"] == [
        {"kind": "follow_up_24h", "status": "sent"},
        {"kind": "follow_up_1week", "status": "sent"},
    ]
    assert "RecordFollowUpFailure" in run.calls


def test_a_deferral_is_waited_out_and_sent(bench: Bench) -> None:
    bench.whatsapp.script = [error(131057)]
    run = bench.machine.run(completed(followUpType="24h"))
    assert run.output["followUps"] == [{"kind": "follow_up_24h", "status": "sent"}]
    assert len(bench.whatsapp.received) == 2


@pytest.mark.parametrize("step", ["PlanFollowUps", "SendFollowUp"])
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.machine.run(completed())
    assert (run.status, len(bench.whatsapp.received)) == ("SUCCEEDED", 2)


def test_a_refused_account_fails_the_run(bench: Bench) -> None:
    bench.whatsapp.script = [error(190, 401)]
    run = bench.machine.run(completed())
    assert (run.status, run.error) == ("FAILED", "MessengerAccountError")

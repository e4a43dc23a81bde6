"""What is new on a stack: each thing once, in the order of time, with what a program needs of it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.news import News, NewsReader, for_people
from console.stack import StackRequest
from tests.console.conftest import event
from tests.console.fake_stack import FakeCall, FakeStack, FakeUndelivered

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
INTENT = "reservation#r-1#v000001#confirmation"


@dataclass(frozen=True)
class Told:
    status: str
    code: int | None = None
    message_id: str = "wamid.0"
    intent: str | None = INTENT
    at: datetime = START


@dataclass(frozen=True)
class Posted:
    told: list[Told]
    forged: bool = False
    status: int = 200
    attempt: int = 1
    received: list[Any] = field(default_factory=list)
    at: datetime = START + timedelta(seconds=4)


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack(StackRequest(start=START))


def book(stack: FakeStack) -> None:
    stack.publish("appointment/created", json.dumps(json.loads(event())["detail"]), "citas.publisher")
    stack.run_until(START)


def whats(news: list[News]) -> list[str]:
    return [it.what for it in news]


def test_each_thing_is_told_once(stack: FakeStack) -> None:
    reader = NewsReader(stack, runs=True)
    book(stack)

    assert whats(reader.read()) == ["event", "run_started", "message"]
    assert reader.read() == []
    stack.run_until_idle()
    assert whats(reader.read()) == ["message", "message", "run_ended"]
    assert reader.read() == []


def test_without_runs_there_are_events_messages_and_slots_alone(stack: FakeStack) -> None:
    reader = NewsReader(stack, runs=False)
    book(stack)
    stack.run_until_idle()

    assert set(whats(reader.read())) == {"event", "message"}


def test_the_nights_routine_is_for_programs_alone(stack: FakeStack) -> None:
    reader = NewsReader(stack, runs=True)
    stack.publish("slot/generate-daily", json.dumps({"profileId": "dra-rios"}), "citas")

    news = reader.read()

    assert whats(news) == ["event", "run_started", "run_ended"]
    assert list(for_people(news)) == []


def test_what_whatsapp_tells_of_a_message_is_told_on_unless_it_is_forged(stack: FakeStack) -> None:
    stack.simulator.webhooks = [
        Posted([Told("delivered")]),
        Posted([Told("read")], forged=True),
        Posted([Told("failed", 131026)]),
    ]

    news = NewsReader(stack, runs=True).read()

    assert [it.entry.title for it in news] == [
        "r-1 confirmation delivered",
        "r-1 confirmation failed, code 131026",
    ]
    assert news[0].fields == {
        "message_id": "wamid.0",
        "intent_id": INTENT,
        "status": "delivered",
        "code": None,
    }


def test_an_event_that_reached_no_run_says_whether_it_is_kept(stack: FakeStack) -> None:
    stack.undelivered = [
        FakeUndelivered("e-1", "appointment/created", "NO_PERMISSIONS", kept=kept) for kept in (True, False)
    ]

    news = NewsReader(stack, runs=True).read()

    assert [it.entry.title for it in news] == [
        "appointment/created goes to the dead-letter queue: NO_PERMISSIONS",
        "appointment/created is lost: NO_PERMISSIONS",
    ]
    assert [it.fields["kept"] for it in news] == [True, False]


def test_a_refusal_says_what_whatsapp_answered(stack: FakeStack) -> None:
    stack.simulator.calls = [FakeCall(START, 400, 131026, INTENT), FakeCall(START, None, None, None)]

    news = NewsReader(stack, runs=True).read()

    assert [it.entry.title for it in news] == [
        "r-1 confirmation: WhatsApp answers 400, code 131026",
        "a message: WhatsApp answers nothing",
    ]

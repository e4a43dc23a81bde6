"""A stack's activity: each thing once, in the order of time, with what a program needs of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from console.run.stack import StackRequest
from console.show.activity import Activity, ActivityReader, for_people
from local.simulators.webhook_bodies import Status
from local.simulators.webhooks import Webhook
from local.simulators.whatsapp import Call
from tests.console.conftest import event
from tests.console.fake_stack import FakeStack, inbound, undelivered

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
INTENT = "reservation#r-1#v000001#confirmation"


def posted(status: str, *, code: int | None = None, forged: bool = False) -> Webhook:
    told = Status("wamid.0", status, START, "525500000101", INTENT, "utility", code)
    return Webhook(START + timedelta(seconds=4), 200, (told,), (), attempt=1, forged=forged)


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack(StackRequest(start=START))


def book(stack: FakeStack) -> None:
    stack.publish("appointment/created", json.dumps(json.loads(event())["detail"]), "citas.publisher")
    stack.run_until(START)


def whats(activities: list[Activity]) -> list[str]:
    return [it.what for it in activities]


def test_each_thing_is_told_once(stack: FakeStack) -> None:
    reader = ActivityReader(stack, runs=True)
    book(stack)

    assert whats(reader.read()) == ["event", "run_started", "message"]
    assert reader.read() == []
    stack.run_until_idle()
    assert whats(reader.read()) == ["message", "message", "run_ended"]
    assert reader.read() == []


def test_without_runs_there_are_events_messages_and_slots_alone(stack: FakeStack) -> None:
    reader = ActivityReader(stack, runs=False)
    book(stack)
    stack.run_until_idle()

    assert set(whats(reader.read())) == {"event", "message"}


def test_the_nights_routine_is_for_programs_alone(stack: FakeStack) -> None:
    reader = ActivityReader(stack, runs=True)
    stack.publish("slot/generate-daily", json.dumps({"profileId": "dra-rios"}), "citas")

    activities = reader.read()

    assert whats(activities) == ["event", "run_started", "run_ended"]
    assert list(for_people(activities)) == []


def test_what_whatsapp_tells_of_a_message_is_told_on_unless_it_is_forged(stack: FakeStack) -> None:
    stack.simulator.webhooks = [
        posted("delivered"),
        posted("read", forged=True),
        posted("failed", code=131026),
    ]

    activities = ActivityReader(stack, runs=True).read()

    assert [it.entry.title for it in activities] == [
        "r-1 confirmation delivered",
        "r-1 confirmation failed, code 131026",
    ]
    assert activities[0].fields == {
        "message_id": "wamid.0",
        "intent_id": INTENT,
        "status": "delivered",
        "code": None,
    }


def test_an_event_that_reached_no_run_says_whether_it_is_kept(stack: FakeStack) -> None:
    stack.undelivered = [
        undelivered("e-1", "appointment/created", "not allowed", kept=kept) for kept in (True, False)
    ]

    activities = ActivityReader(stack, runs=True).read()

    assert [it.entry.title for it in activities] == [
        "NOT TAKEN: 'appointment/created' goes to the dead letters: NO_PERMISSIONS: not allowed (event e-1)",
        "NOT TAKEN: 'appointment/created' is lost: NO_PERMISSIONS: not allowed (event e-1)",
    ]
    assert [(it.fields["kept"], it.fields["error"]) for it in activities] == [
        (True, "NO_PERMISSIONS"),
        (False, "NO_PERMISSIONS"),
    ]


def test_an_event_that_no_rule_wants_is_quoted_so_that_a_space_too_many_is_seen(stack: FakeStack) -> None:
    stack.undelivered = [
        undelivered("e-1", "appointment/created ", "no rule wants it", code="NO_RULE"),
        undelivered(None, None, "no rule wants it", code="NO_RULE"),
    ]

    assert [it.entry.title for it in ActivityReader(stack, runs=True).read()] == [
        "NOT TAKEN: 'appointment/created ' goes to the dead letters: NO_RULE: no rule wants it (event e-1)",
        "NOT TAKEN: an event goes to the dead letters: NO_RULE: no rule wants it",
    ]


def test_a_failed_run_is_marked_with_its_error_and_its_events_id(stack: FakeStack) -> None:
    stack.publish("appointment/created", json.dumps({"reservationId": "r-2"}), "citas.publisher")

    ended = next(it for it in ActivityReader(stack, runs=True).read() if it.what == "run_ended")

    assert ended.entry.title == (
        "FAILED: appointment-reminders for r-2 failed: InvalidEventError: appointmentTime: is missing "
        "(event event-1)"
    )
    assert (ended.fields["error"], ended.fields["event_id"]) == ("InvalidEventError", "event-1")


def test_a_run_that_was_stopped_has_not_failed(stack: FakeStack) -> None:
    book(stack)
    stack.change_run(stack.runs[0].name, status="ABORTED", stopped_at=START, cause="superseded")

    ended = next(it for it in ActivityReader(stack, runs=True).read() if it.what == "run_ended")

    assert ended.entry.title == "appointment-reminders for r-1 is stopped: superseded"


def test_a_run_that_is_retried_and_fails_again_is_told_again(stack: FakeStack) -> None:
    reader = ActivityReader(stack, runs=True)
    stack.publish("appointment/created", json.dumps({"reservationId": "r-2"}), "citas.publisher")
    assert "run_ended" in whats(reader.read())
    run = stack.runs[0].name
    stack.change_run(run, status="RUNNING", stopped_at=None)
    assert reader.read() == []

    stack.change_run(run, status="FAILED", stopped_at=START + timedelta(hours=1))

    assert whats(reader.read()) == ["run_ended"]


def test_what_people_write_is_told_once_however_often_it_is_posted(stack: FakeStack) -> None:
    stack.inbound = [
        inbound("wamid.1", "BAJA", status=500),
        inbound("wamid.1", "BAJA"),
        inbound("wamid.1", "BAJA"),
        inbound("wamid.2", "ALTA"),
    ]
    reader = ActivityReader(stack, runs=True)

    refused, *taken = reader.read()

    assert (refused.what, refused.entry.title) == (
        "inbound_refused",
        "NOT TAKEN: what somebody writes: the webhook answers 500",
    )
    assert [(it.what, it.entry.title, it.entry.text) for it in taken] == [
        ("inbound", "+525500000101 writes", "BAJA"),
        ("inbound", "+525500000101 writes", "ALTA"),
    ]
    assert taken[0].fields == {"message_id": "wamid.1", "from": "+525500000101", "text": "BAJA"}
    assert reader.read() == []


def test_of_a_body_that_the_webhook_refuses_nothing_is_believed(stack: FakeStack) -> None:
    stack.inbound = [inbound("wamid.1", "BAJA", status=401)]

    [activities] = ActivityReader(stack, runs=True).read()

    assert "BAJA" not in repr(activities)
    assert "525500000101" not in repr(activities)


def test_a_refusal_says_what_whatsapp_answered(stack: FakeStack) -> None:
    stack.simulator.calls = [Call(START, 400, 131026, INTENT), Call(START, None, None, None)]

    activities = ActivityReader(stack, runs=True).read()

    assert [it.entry.title for it in activities] == [
        "r-1 confirmation: WhatsApp answers 400, code 131026",
        "a message: WhatsApp answers nothing",
    ]

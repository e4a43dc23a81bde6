"""WhatsApp's errors lead to another try, an end with a reason, or a run that fails and can be mended."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.workflows.clinic_stack import ClinicStack
from tests.workflows.prescribing import EIGHT_HOURLY
from tests.workflows.requested import TIME_IS_UP
from tests.workflows.stories.table import STORIES

HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Lost:
    """A story's message that can't be delivered: its intent, and what is otherwise for want of it.

    Attributes:
        intent: the id.
        changes: of the end.
        output: of what the run says.
        tried: for how long at least, where WhatsApp stays down.
    """

    intent: str
    changes: dict[str, Any]
    output: dict[str, Any] = field(default_factory=dict)
    tried: timedelta = timedelta(0)


def _notices(kind: str) -> dict[str, Any]:
    return {"notices": [{"kind": kind, "status": "failed"}]}


ONE_FAILED = {"notices": {"sent", "failed"}}
LOST = {
    "reminders": Lost(
        "reservation#r-17#v000001#reminder_24h",
        {"intents": {"v1 confirmation": "sent", "v1 reminder_24h": "failed", "v1 reminder_2h": "sent"}},
        {
            "reminders": [
                {"kind": "reminder_24h", "status": "failed"},
                {"kind": "reminder_2h", "status": "sent"},
            ]
        },
        timedelta(hours=20),
    ),
    "cancellation": Lost(
        "reservation#r-17#v000001#cancellation",
        {
            "notices": {"v1 cancellation": "failed", "v1 cancellation_doctor": "sent"},
            "told": ["appointment_cancelled_doctor"],
        },
        {"patientNotified": False},
    ),
    "rescheduling": Lost(
        "reservation#r-18#v000001#rescheduling", {"new": {"sent", "failed"}}, {"patientNotified": False}
    ),
    "follow-up": Lost(
        "reservation#r-17#v000001#follow_up_24h",
        {"intents": {"v1 follow_up_24h": "failed", "v1 follow_up_1week": "sent"}},
        {
            "followUps": [
                {"kind": "follow_up_24h", "status": "failed"},
                {"kind": "follow_up_1week", "status": "sent"},
            ]
        },
        timedelta(hours=22),
    ),
    "medication": Lost(
        "prescription#p-17#v000001#dose_20261123T2200Z",
        {"doses": ["failed", *["sent"] * 7], "later": EIGHT_HOURLY[2:]},
        {
            "reminders": [
                {"kind": "dose_20261123T2200Z", "status": "failed"},
                *STORIES["medication"].output["reminders"][1:],
            ]
        },
    ),
    "request": Lost("request#q-1#v000001#request_doctor", ONE_FAILED, _notices("request_doctor")),
    "expiration": Lost("request#q-1#v000001#request_expired", ONE_FAILED, {"patientNotified": False}),
    "refusal": Lost("request#q-1#v000001#request_declined", ONE_FAILED, _notices("request_declined")),
    "late approval": Lost(
        "request#q-1#v000001#approval_too_late_doctor", ONE_FAILED, _notices("approval_too_late_doctor")
    ),
}


def fails(name: str, **fault: Any) -> dict[str, Any]:
    return {"intent": LOST[name].intent, **fault}


def undelivered(name: str, stack: ClinicStack) -> tuple[dict[str, Any], dict[str, Any]]:
    """The end of the story, and the one it must have without its message."""
    story, lost = STORIES[name], LOST[name]
    messages = list(story.expected.get("messages", []))
    if messages:
        messages.remove(story.template)
    return {"messages": [], **story.end(stack)}, {**story.expected, "messages": messages, **lost.changes}


def only_output(name: str, stack: ClinicStack) -> Any:
    """What the story's only run says."""
    (run,) = STORIES[name].runs(stack)
    return run.output


def reason(name: str, stack: ClinicStack) -> str:
    """Why the story's message was not delivered, by the ledger."""
    subject, version, kind = LOST[name].intent.rsplit("#", 2)
    (row,) = [
        row
        for row in stack.stack.items("MessagesTable")
        if (row["subject"]["S"], row["intent"]["S"]) == (subject, f"{version}#{kind}")
    ]
    return str(row["reason"]["S"])


def tried(name: str, stack: ClinicStack) -> list[timedelta]:
    """When WhatsApp was asked to take the story's message, reckoned from when it was due."""
    calls = [call.at for call in stack.stack.simulator.calls if call.intent_id == LOST[name].intent]
    return [at - STORIES[name].due for at in calls]


@pytest.mark.parametrize("name", LOST)
def test_a_wait_whatsapp_asks_for_is_kept_and_after_two_faults_one_message_leaves(name: str) -> None:
    story = STORIES[name]
    faults = [fails(name, code=131057, times=1), fails(name, status=500, call=2, times=2)]
    with story.stack(faults={"whatsapp": faults}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert only_output(name, stack) == story.output
        first, waited, _, sent = tried(name, stack)
        assert (first, waited) == (timedelta(0), timedelta(minutes=1))
        assert story.due + sent in [at for template, at in stack.sent() if template == story.template]
        assert sent < timedelta(minutes=3)


# Of a doctor who can't be asked the run says so: `reservation_requests/test_question_fails.py`.
@pytest.mark.parametrize("name", [name for name in LOST if name != "request"])
def test_an_unreachable_recipient_is_recorded_and_the_others_hear(name: str) -> None:
    story = STORIES[name]
    with story.stack(faults={"whatsapp": [fails(name, code=131026)]}) as stack:
        story.play(stack)
        end, expected = undelivered(name, stack)
        assert end == expected
        assert only_output(name, stack) == {**story.output, **LOST[name].output}
        assert reason(name, stack) == "whatsapp:131026"
        assert tried(name, stack) == [timedelta(0)]


@pytest.mark.parametrize("name", LOST)
def test_a_fault_that_outlasts_its_use_is_recorded_and_the_others_hear(name: str) -> None:
    story = STORIES[name]
    with story.stack(faults={"whatsapp": [fails(name, status=500)]}) as stack:
        story.play(stack)
        end, expected = undelivered(name, stack)
        assert end == expected
        assert only_output(name, stack) == {**story.output, **LOST[name].output}
        assert reason(name, stack) == "retries_exhausted:MessengerUnavailableError"
        assert tried(name, stack)[-1] > LOST[name].tried
        assert name != "request" or stack.sent()[-1][1] - TIME_IS_UP <= timedelta(minutes=5)


@pytest.mark.parametrize("name", LOST)
def test_a_refused_account_fails_the_run_at_once_and_the_event_again_gets_to_the_end(name: str) -> None:
    story = STORIES[name]
    between: list[dict[str, Any]] = []
    with story.stack(faults={"whatsapp": [fails(name, code=190, times=1)]}) as stack:
        story.begin(stack)
        stack.at(story.due + HALF_AN_HOUR / 2, lambda: between.append(story.end(stack)))
        stack.at(story.due + HALF_AN_HOUR, lambda: story.say(stack))
        stack.stack.run_until_idle()
        failed, again = story.runs(stack)
        assert (failed.status, failed.error) == ("FAILED", "MessengerAccountError")
        assert failed.stopped_at == story.due
        assert again.status == "SUCCEEDED"
        assert tried(name, stack) == [timedelta(0), HALF_AN_HOUR]
        assert {**story.end(stack), "expired": None} == {**story.expected, "expired": None}
        # All but the message was done, and stays so; a request waits until its time is up.
        for what in ("status", "places", "holders"):
            assert name == "request" or between[0].get(what) == story.expected.get(what)


@pytest.mark.parametrize("name", ["reminders", "medication"])
def test_a_message_held_back_for_a_day_is_not_sent_after_its_use(name: str) -> None:
    story = STORIES[name]
    with story.stack(faults={"whatsapp": [fails(name, code=131049, times=1)]}) as stack:
        story.play(stack)
        end, expected = undelivered(name, stack)
        assert end == expected
        assert reason(name, stack) == "whatsapp:131049"


def test_a_limit_for_one_person_is_waited_for_in_seconds() -> None:
    story = STORIES["reminders"]
    with story.stack(faults={"whatsapp": [fails("reminders", code=131056, times=1)]}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert tried("reminders", stack) == [timedelta(0), timedelta(seconds=4)]


def test_rate_limits_are_waited_for_longer_than_faults() -> None:
    story = STORIES["reminders"]
    with story.stack(faults={"whatsapp": [fails("reminders", code=130429, times=6)]}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected


def test_while_whatsapp_is_down_for_hours_its_messages_wait_and_none_is_lost() -> None:
    # Each of the two meets the outage at its first thirty requests.
    story = STORIES["reminders"]
    confirmation = {"intent": "reservation#r-17#v000001#confirmation", "status": 503, "times": 30}
    down = [confirmation, fails("reminders", status=503, times=30)]
    with story.stack(faults={"whatsapp": down}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert timedelta(minutes=30) < tried("reminders", stack)[-1] < timedelta(hours=4)

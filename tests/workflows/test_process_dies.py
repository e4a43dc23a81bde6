"""A step's process dies: nothing is done twice, nothing is lost, and the end is as if none had died.

Where a death leads to no other path, one run meets several: a step dies before its effects at one call, and
after them at another. What is not survived alone isn't survived among others, either.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.messages.intent import CLAIM_LEASE, UNKNOWN_OUTCOME_WAIT
from local.records import Execution
from tests.workflows.clinic_stack import ClinicStack
from tests.workflows.requested import QUESTION, TIME_IS_UP
from tests.workflows.stories.story import Story
from tests.workflows.stories.table import STORIES

SENDERS = [name for name, story in STORIES.items() if story.sends]
FIRST_STEPS = {
    "reminders": "PlanReminders",
    "cancellation": "CancelReservation",
    "rescheduling": "RescheduleAppointment",
    "follow-up": "PlanFollowUps",
    "medication": "ApplyPrescription",
    "request": "HoldSlot",
    "expiration": "ExpireRequest",
    "approval": "ApplyDecision",
    "refusal": "ApplyDecision",
    "late approval": "ApplyDecision",
}


@dataclass(frozen=True)
class Deaths:
    """Deaths that one run meets: of each step the moments, and which of its calls they meet.

    ``changes`` is what the run says otherwise where a step's repeat found done what it is for.
    """

    story: str
    steps: dict[str, tuple[tuple[str, int], ...]]
    changes: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.story}: {', '.join(self.steps)}"

    @property
    def faults(self) -> dict[str, Any]:
        workflow = STORIES[self.story].workflow.name
        return {
            "lambda": [
                {"workflow": workflow, "step": step, "dies": when, "call": call}
                for step, deaths in self.steps.items()
                for when, call in deaths
            ]
        }


def each(*steps: str) -> dict[str, tuple[tuple[str, int], ...]]:
    """Each dies before its effects at its first call, and after them at its second."""
    return dict.fromkeys(steps, (("before", 1), ("after", 2)))


def dies(story: Story[Any], step: str, when: str, **more: Any) -> dict[str, Any]:
    return {"workflow": story.workflow.name, "step": step, "dies": when, **more}


def late(story: Story[Any], stack: ClinicStack) -> timedelta:
    """How long after it was due the story's message left."""
    return next(at for template, at in stack.sent() if template == story.template) - story.due


def only_run(story: Story[Any], stack: ClinicStack) -> Execution:
    (run,) = story.runs(stack)
    return run


DEATHS = [
    Deaths(
        "reminders", each("PlanReminders", "SendConfirmation", "SendReminder"), {"outcome": "already_planned"}
    ),
    Deaths("cancellation", each("CancelReservation"), {"outcome": "already_cancelled"}),
    Deaths("cancellation", each("RefundPayment", "SendNotice", "StopReminders", "RecordCancellation")),
    Deaths("cancellation", {"RefundPayment": (("before_request", 1), ("after_request", 2))}),
    Deaths("rescheduling", each("RescheduleAppointment"), {"outcome": "already_rescheduled"}),
    Deaths("rescheduling", each("StartReminders", "StopReminders", "RecordRescheduling", "SendNotice")),
    Deaths("follow-up", each("PlanFollowUps", "SendFollowUp"), {"outcome": "already_planned"}),
    # Retried once: no call of these may meet two.
    Deaths("medication", {"ApplyPrescription": (("before", 1),), "SendDose": (("before", 1), ("after", 3))}),
    Deaths("medication", {"ApplyPrescription": (("after", 1),)}, {"outcome": "already_planned"}),
    Deaths("request", each("HoldSlot", "SendNotice", "AnnounceExpiry"), {"expiryAnnounced": False}),
    Deaths("expiration", each("ExpireRequest", "RecordExpiration", "SendNotice")),
    Deaths(
        "approval", each("ApplyDecision", "AnnounceAppointment", "StopWaiting"), {"waitingStopped": False}
    ),
    Deaths("refusal", each("ApplyDecision", "StopWaiting", "SendNotice"), {"waitingStopped": False}),
    Deaths("late approval", each("ApplyDecision", "SendNotice")),
]
ASKED: dict[str, Any] = {
    "messages": [QUESTION],
    "notices": {"sent"},
    "status": "pending",
    "places": {"q-1": "pending"},
    "statistics": 0,
    "planned": 0,
    "expired": 0,
}
# What stands, and the other workflows whose runs go on, where a story's event has led to nothing.
UNTOUCHED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "reminders": ({"messages": [], "later": [], "intents": {}}, set()),
    "cancellation": (
        {
            "status": "confirmed",
            "refund": None,
            "holders": {"r-17"},
            "notices": {},
            "open": ["v1 reminder_24h", "v1 reminder_2h"],
            "told": [],
            "refunds": [],
            "statistics": [],
        },
        {"appointment-reminders"},
    ),
    "rescheduling": (
        {
            "messages": ["appointment_confirmed"],
            "old": {"v1 confirmation": "sent", "v1 reminder_24h": "planned", "v1 reminder_2h": "planned"},
            "new": set(),
            "holders": [{"r-17"}, set(), set()],
            "statistics": [],
        },
        {"appointment-reminders"},
    ),
    "follow-up": (
        {"messages": [], "later": [], "intents": {}, "status": "confirmed", "holders": {"r-17"}},
        set(),
    ),
    "medication": ({"messages": [], "doses": [], "later": [], "prescriptions": []}, set()),
    "request": ({**ASKED, "messages": [], "notices": set(), "status": None, "places": {}}, set()),
    "expiration": (ASKED, set()),
    "approval": (ASKED, {"reservation-requests"}),
    "refusal": (ASKED, {"reservation-requests"}),
    "late approval": (STORIES["expiration"].expected, set()),
}


@pytest.mark.parametrize("deaths", DEATHS, ids=str)
def test_around_its_effect_the_step_is_repeated_and_nothing_happens_twice(deaths: Deaths) -> None:
    story = STORIES[deaths.story]
    with story.stack(faults=deaths.faults) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert only_run(story, stack).output == {**story.output, **deaths.changes}
        assert {it.status for it in stack.stack.executions()} <= {"SUCCEEDED", "ABORTED"}
        assert stack.stack.unused_faults() == []


@pytest.mark.parametrize("name", SENDERS)
def test_a_message_that_never_left_goes_out_when_no_word_on_it_has_come(name: str) -> None:
    story = STORIES[name]
    with story.stack(faults={"lambda": [dies(story, story.sends, "before_request")]}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert only_run(story, stack).output == story.output
        assert UNKNOWN_OUTCOME_WAIT <= late(story, stack) <= UNKNOWN_OUTCOME_WAIT + 2 * CLAIM_LEASE
        assert name != "request" or stack.sent()[-1][1] == TIME_IS_UP


@pytest.mark.parametrize("name", SENDERS)
def test_a_message_whose_step_dies_at_each_retry_leaves_a_moment_later(name: str) -> None:
    story = STORIES[name]
    deaths = dies(story, story.sends, "before", times=story.workflow.retries + 1)
    with story.stack(faults={"lambda": [deaths]}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert only_run(story, stack).output == story.output
        at_least = timedelta(seconds=15 if name == "medication" else 0)
        assert at_least <= late(story, stack) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["reminders", "medication"])
def test_given_up_while_it_was_leaving_it_waits_for_whatsapps_word_and_is_sent_again(name: str) -> None:
    # The claim outlives what is retried, so the failure is recorded while it is still believed.
    story = STORIES[name]
    leaving = dies(story, story.sends, "before_request")
    with story.stack(
        faults={"lambda": [leaving, dies(story, story.sends, "before", times=story.workflow.retries)]}
    ) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert UNKNOWN_OUTCOME_WAIT <= late(story, stack) <= UNKNOWN_OUTCOME_WAIT + 2 * CLAIM_LEASE
        failures = {"reminders": "RecordReminderFailure", "medication": "RecordDoseFailure"}
        assert failures[name] in {call.step for call in stack.stack.lambda_invocations}


@pytest.mark.parametrize(
    ("name", "kind", "times"),
    # Until the 2h reminder is due, and until the day after: the next finds a process that lives.
    [("reminders", "v1 reminder_24h", 132), ("follow-up", "v1 follow_up_24h", 110)],
)
def test_a_message_whose_step_dies_while_it_is_of_use_is_given_up_and_the_next_goes_out(
    name: str, kind: str, times: int
) -> None:
    story = STORIES[name]
    with story.stack(faults={"lambda": [dies(story, story.sends, "before", times=times)]}) as stack:
        story.play(stack)
        left = [template for template in story.expected["messages"] if template != story.template]
        intents = {**story.expected["intents"], kind: "failed"}
        expected = {**story.expected, "messages": left, "intents": intents}
        assert story.end(stack) | {"later": None} == expected | {"later": None}
        assert stack.reasons()[kind] == "retries_exhausted:Runtime.ExitError"
        assert only_run(story, stack).status == "SUCCEEDED"


def test_a_message_of_unknown_fate_is_settled_and_the_next_has_its_turn() -> None:
    story = STORIES["follow-up"]
    with story.stack(faults={"lambda": [dies(story, story.sends, "after_request")]}) as stack:
        story.play(stack)
        assert story.end(stack)["intents"] == story.expected["intents"]
        assert only_run(story, stack).output == story.output


@pytest.mark.parametrize("name", STORIES)
def test_a_first_step_that_dies_at_every_try_fails_the_run_and_its_event_again_gets_to_the_end(
    name: str,
) -> None:
    story = STORIES[name]
    deaths = dies(story, FIRST_STEPS[name], "before", times=story.workflow.retries + 1)
    with story.stack(faults={"lambda": [deaths]}) as stack:
        story.begin(stack)
        stack.stack.run_until(story.at)
        stack.stack.advance(minutes=3)
        run = only_run(story, stack)
        assert (run.status, run.error) == ("FAILED", "Runtime.ExitError")
        going_on = {it.workflow for it in stack.stack.executions() if it.status == "RUNNING"}
        assert (story.end(stack), going_on) == UNTOUCHED[name]
        stack.put(story.event[0], run.input["detail"])
        stack.stack.run_until_idle()
        assert story.end(stack) == story.expected
        assert story.runs(stack)[-1].output == story.output


@pytest.mark.parametrize(
    "steps",
    [["CancelReservation"], ["RefundPayment", "SendNotice", "StopReminders"], ["RecordCancellation"]],
    ids=" ".join,
)
def test_steps_that_die_after_their_effects_at_every_try_leave_the_rest_to_the_event_again(
    steps: list[str],
) -> None:
    story = STORIES["cancellation"]
    faults = [dies(story, step, "after", times=story.workflow.retries + 1) for step in steps]
    with story.stack(faults={"lambda": faults}) as stack:
        story.begin(stack)
        stack.at(story.at + timedelta(hours=1), lambda: story.say(stack))
        stack.stack.run_until_idle()
        # Counted as it was known when it was first recorded.
        assert {**story.end(stack), "statistics": None} == {**story.expected, "statistics": None}


@pytest.mark.parametrize(
    ("name", "step", "changes"),
    [
        ("cancellation", "StopReminders", {}),
        ("rescheduling", "StopReminders", {}),
        ("refusal", "StopWaiting", {"waitingStopped": False}),
    ],
)
def test_runs_that_can_not_be_stopped_find_nothing_to_do(
    name: str, step: str, changes: dict[str, Any]
) -> None:
    story = STORIES[name]
    with story.stack(faults={"lambda": [dies(story, step, "before", times=3)]}) as stack:
        story.play(stack)
        assert story.end(stack) == story.expected
        assert only_run(story, stack).output == {**story.output, **changes}
        others = [run for run in stack.stack.executions() if run.workflow != story.workflow.name]
        assert {run.status for run in others} == {"SUCCEEDED"}
        assert not any((run.output or {}).get("expiryAnnounced") for run in others)

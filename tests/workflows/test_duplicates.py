"""However often an event is said, delivered or repeated, and at once: what it is for happens once."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from clinic.contracts.workflows import WORKFLOWS
from tests.workflows.stories.table import STORIES

DELIVERED = 3
FAULTS = {"events": [{"line": 1, "delivered": DELIVERED}]}


@dataclass(frozen=True)
class Repeat:
    """What the runs of a story's event say where it is heard again.

    Attributes:
        outcome: of a run that finds done what it is for.
        after: when the event is said a last time, reckoned from the first.
        changes: what that one's run says otherwise.
        is_of_the_event: whether each delivery of the event that did it says that it did.
    """

    outcome: str
    after: timedelta
    changes: dict[str, Any] = field(default_factory=dict)
    is_of_the_event: bool = False


NONE_LEFT = {"waitingStopped": False}
REPEATS = {
    "reminders": Repeat(
        "already_planned",
        timedelta(days=8, hours=23),  # after all was sent
        {"confirmation": "not_planned", "reminders": []},
    ),
    "cancellation": Repeat("already_cancelled", timedelta(minutes=30)),
    "rescheduling": Repeat("already_rescheduled", timedelta(hours=5), {"patientNotified": False}),
    "follow-up": Repeat("already_planned", timedelta(days=10), {"followUps": []}),
    "medication": Repeat("already_planned", timedelta(days=5), {"planned": 0, "reminders": []}),
    "request": Repeat("already_received", timedelta(hours=30), {"notices": [], "expiryAnnounced": False}),
    "expiration": Repeat(
        "already_expired",
        timedelta(hours=1),
        {"slotReleased": False, "patientNotified": False, "doctorNotified": False},
    ),
    "approval": Repeat("already_approved", timedelta(hours=2), NONE_LEFT, is_of_the_event=True),
    "refusal": Repeat(
        "already_closed", timedelta(hours=2), {**NONE_LEFT, "notices": []}, is_of_the_event=True
    ),
    "late approval": Repeat("too_late", timedelta(hours=1), {"notices": []}),
}


def test_each_workflow_that_others_start_for_somebody_has_a_story() -> None:
    started = {workflow.name for workflow in WORKFLOWS if workflow.detail_types}
    told = {story.workflow.name for story in STORIES.values()}
    assert started - told == {"daily-slot-generation", "expired-slots-cleanup"}  # the night's


@pytest.mark.parametrize("concurrent", [False, True], ids=["one step at a time", "steps side by side"])
@pytest.mark.parametrize("name", STORIES)
def test_delivered_three_times_said_twice_at_once_and_again_later(name: str, concurrent: bool) -> None:
    story, repeat = STORIES[name], REPEATS[name]
    with story.stack(faults=FAULTS, concurrent=concurrent) as stack:
        story.before(stack)
        for line in (1, None):
            stack.at(story.at, partial(story.say, stack, line))
        stack.at(story.at + repeat.after, lambda: story.say(stack))
        stack.stack.run_until_idle()
        assert story.end(stack) == story.expected
        first = {at for template, at in stack.sent() if template == story.template}
        assert not story.sends or min(first) == story.due
        runs = story.runs(stack)
        assert [run.error for run in runs] == [None] * len(runs)
        assert len(runs) == (DELIVERED + 3 if story.is_from_citas else DELIVERED + 2)
        once = story.output["outcome"]
        did_it = [run.input["id"] for run in runs if run.output["outcome"] == once != repeat.outcome]
        assert len(set(did_it)) == (once != repeat.outcome)
        deliveries = [run for run in runs if run.input["id"] in did_it]
        assert len(did_it) == (len(deliveries) if repeat.is_of_the_event else len(set(did_it)))
        assert {run.output["outcome"] for run in runs} == {once, repeat.outcome}
        assert concurrent or story.output in [run.output for run in runs]
        assert runs[-1].output == {**story.output, "outcome": repeat.outcome, **repeat.changes}

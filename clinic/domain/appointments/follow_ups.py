"""Plans the follow-ups that a visit calls for, and when each is due. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.appointments.reminders import Touchpoint
from clinic.domain.messages.kinds import FOLLOW_UP
from clinic.domain.messages.quiet_hours import QuietHours

MOST_QUESTIONS = 10
# With the names and the words around them it stays within a text's 1,024, unless names are very long.
LONGEST_QUESTIONS = 600


class FollowUp(StrEnum):
    """A follow-up, by how long after the visit's beginning it is due; the name is ``followUpType``'s."""

    AFTER_24_HOURS = "24h"
    AFTER_48_HOURS = "48h"
    AFTER_1_WEEK = "1week"

    @property
    def kind(self) -> str:
        """The kind of intent it leads to, and its template: ``follow_up_24h``."""
        return FOLLOW_UP.kind(self.value)

    @property
    def after(self) -> timedelta:
        """How long after the visit's beginning, in elapsed time."""
        return _AFTER[self]


_AFTER = {
    FollowUp.AFTER_24_HOURS: timedelta(hours=24),
    FollowUp.AFTER_48_HOURS: timedelta(hours=48),
    FollowUp.AFTER_1_WEEK: timedelta(days=7),
}


def follow_ups_for(wanted: Iterable[FollowUp]) -> tuple[FollowUp, ...]:
    """What is wanted, and the one after 24 hours in any case, in the order they are due."""
    asked = {FollowUp.AFTER_24_HOURS, *wanted}
    return tuple(follow_up for follow_up in FollowUp if follow_up in asked)


def plan_follow_ups(
    began: datetime,
    now: datetime,
    follow_ups: Iterable[FollowUp],
    quiet_hours: QuietHours,
    time_zone: str,
) -> tuple[Touchpoint, ...]:
    """One touchpoint for each follow-up, in the order they are due.

    One that falls into quiet hours is due at the first minute after them. Each is of use for a day, at most
    until the next one is due; one that was due before the visit was known to be over is ``missed``.

    Args:
        began: when the visit began (UTC).
        now: when the plan is made.
        follow_ups: which ones, in any order.
        quiet_hours: when nobody gets one.
        time_zone: the recipient's.
    """
    ordered = sorted(set(follow_ups), key=lambda follow_up: follow_up.after)
    due = [quiet_hours.next_allowed(began + follow_up.after, time_zone) for follow_up in ordered]
    ends = [min([FOLLOW_UP.of_use_until(at), *due[n + 1 : n + 2]]) for n, at in enumerate(due)]
    return tuple(
        Touchpoint(follow_up.kind, at, end, missed=at <= now)
        for follow_up, at, end in zip(ordered, due, ends, strict=True)
    )


def questions_line(questions: Sequence[str]) -> str:
    """Questions as one line, which is what a message's parameter may hold: ``1) … 2) …``; one as it is."""
    if len(questions) == 1:
        return questions[0]
    return " ".join(f"{number}) {question}" for number, question in enumerate(questions, start=1))

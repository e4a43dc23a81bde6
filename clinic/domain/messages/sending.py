"""Decides whether an intent may be sent now; nothing else does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.messages.intent import UNKNOWN_OUTCOME_WAIT, End, Intent, IntentStatus, Reason
from clinic.domain.messages.kinds import Follows


class Followed(Protocol):
    """The record that an intent follows, as it stands now: it says what its own state means to a message."""

    def end_of(self, intent: Intent) -> End | None:
        """How the intent ends, whatever the time, if the record no longer stands as it was planned for."""

    def holds_back(self, intent: Intent, now: datetime) -> datetime | None:
        """When to look again where it is too early to say; None: it is not."""

    def wants(self, intent: Intent) -> bool:
        """Whether it still calls for such a message."""


@dataclass(frozen=True)
class Send:
    """Claim it and send it, with what the record it follows says now."""


@dataclass(frozen=True)
class Wait:
    """Not yet: ask again at ``until`` (UTC)."""

    until: datetime


@dataclass(frozen=True)
class Done:
    """There is nothing left to do about it."""


Decision = Send | End | Wait | Done


def decide(intent: Intent, followed: Followed | None, now: datetime) -> Decision:
    """Decide from the ledger's and the followed record's present state, never from what a run remembers."""
    match intent.status:
        case IntentStatus.PLANNED:
            return _decide_planned(intent, followed, now)
        case IntentStatus.SENDING:
            if intent.claimed_until is not None and now < intent.claimed_until:
                return Wait(intent.claimed_until)
            return End(IntentStatus.UNKNOWN, Reason.INTERRUPTED)
        case IntentStatus.UNKNOWN:
            return _decide_unknown(intent, followed, now)
        case _:
            return Done()


def unknown_until(intent: Intent) -> datetime:
    """Until when a word on an ``unknown`` intent is waited for: never longer than it is of use."""
    return min(intent.updated_at + UNKNOWN_OUTCOME_WAIT, max(intent.useful_until, intent.updated_at))


def _decide_unknown(intent: Intent, followed: Followed | None, now: datetime) -> Decision:
    """Without a word from the channel for long enough it counts as not accepted, and may be sent again."""
    until = unknown_until(intent)
    if now < until:
        return Wait(until)
    again = _decide_planned(intent, followed, now)
    # Whether it arrived nobody knows, so it ends as failed and not as never sent.
    return End(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN) if isinstance(again, End) else again


def _decide_planned(intent: Intent, followed: Followed | None, now: datetime) -> Decision:
    if ended := _ended(intent, followed):
        return ended
    if by_time := _decide_by_time(intent, now):
        return by_time
    if followed is None:
        return Send()
    if until := followed.holds_back(intent, now):
        return Wait(until)
    if not followed.wants(intent):
        return End(IntentStatus.SKIPPED, Reason.NO_LONGER_WANTED)
    return Send()


_MISSING = {
    Follows.APPOINTMENT: Reason.RESERVATION_MISSING,
    Follows.VISIT: Reason.RESERVATION_MISSING,
    Follows.PRESCRIPTION: Reason.PRESCRIPTION_MISSING,
}


def _ended(intent: Intent, followed: Followed | None) -> End | None:
    """How it ends whatever the time, if what it follows no longer stands as it was planned for."""
    if followed is not None:
        return followed.end_of(intent)
    missing = _MISSING.get(intent.id.follows)  # a notice follows nothing
    return End(IntentStatus.SKIPPED, missing) if missing is not None else None


def _decide_by_time(intent: Intent, now: datetime) -> Decision | None:
    begin = intent.due_at if intent.retry_at is None else max(intent.due_at, intent.retry_at)
    if now < begin:
        return Wait(begin)
    if now >= intent.useful_until and intent.failed_messages:
        # It did leave, and the channel has said what became of it.
        return End(IntentStatus.FAILED, intent.reason or Reason.NO_LONGER_USEFUL)
    if now >= intent.useful_until:
        return End(IntentStatus.SKIPPED, Reason.NO_LONGER_USEFUL)
    return None

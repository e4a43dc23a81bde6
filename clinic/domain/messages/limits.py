"""How fast messages may leave: token buckets, who goes first, and when to ask again.

A bucket is kept as one number, the generic cell rate algorithm's theoretical arrival time: when it would
be full again. Times here are whole microseconds since 1970, so that a store can compare and add them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from zlib import crc32

from clinic.domain.appointments.reminders import REMINDER_PREFIX, ReminderOffset
from clinic.domain.messages.intent import Follows, IntentId

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Priority(IntEnum):
    """Who goes first when not all can leave at once: the thirds of a bucket that a message may empty."""

    LOW = 1  # a follow-up: an hour later is as good
    NORMAL = 2  # a confirmation, a notice, a reminder of the day before
    URGENT = 3  # a reminder close to the visit, a dose


_URGENT_BELOW = ReminderOffset(12 * 60)


def priority_of(intent_id: IntentId) -> Priority:
    """The priority of a message."""
    match intent_id.follows:
        case Follows.VISIT:
            return Priority.LOW
        case Follows.PRESCRIPTION:
            return Priority.URGENT
        case _ if intent_id.is_reminder:
            offset = ReminderOffset.parse(intent_id.kind.removeprefix(REMINDER_PREFIX))
            return Priority.URGENT if offset < _URGENT_BELOW else Priority.NORMAL
        case _:
            return Priority.NORMAL


@dataclass(frozen=True)
class Limit:
    """So many at once after a rest, and then one each ``interval`` (microseconds)."""

    interval: int
    burst: int

    @classmethod
    def per_second(cls, rate: int) -> "Limit":
        """One second's worth at once, and never more than ``rate`` a second in the long run."""
        return cls(interval=-(-1_000_000 // rate), burst=rate)

    def tolerance(self, priority: Priority = Priority.URGENT) -> int:
        """How far ahead of the clock the bucket may be for one of this priority to take a token."""
        share = max(1, self.burst * priority // Priority.URGENT)
        return (share - 1) * self.interval


# WhatsApp's limit for messages to one person: one in six seconds, up to 45 at once.
PERSON_LIMIT = Limit(interval=6_000_000, burst=45)


def microseconds(instant: datetime) -> int:
    """An instant as a bucket's number."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(number: int) -> datetime:
    """A bucket's number as an instant (UTC)."""
    return _EPOCH + number * _MICROSECOND


def after_taking(full_at: int | None, now: int, interval: int, tolerance: int) -> int | None:
    """What a bucket's number becomes if a token is taken now; None: there is none to take.

    Args:
        full_at: the bucket's number; None of one that nobody has taken from yet.
        now, interval, tolerance: in microseconds.
    """
    if full_at is None or full_at <= now:
        return now + interval
    return full_at + interval if full_at <= now + tolerance else None


def spread(name: str, now: datetime, seconds: int) -> timedelta:
    """Whole seconds from 0 to ``seconds``, by name and time: what waits for one thing returns bit by bit."""
    return timedelta(seconds=crc32(f"{name} {now.isoformat()}".encode()) % (seconds + 1))


_SHORTEST_SECONDS = 2
_LONGEST_SECONDS = 300


def ask_again(intent_id: IntentId, due_at: datetime, ready_at: datetime, now: datetime) -> datetime:
    """When to ask again for a message for which there was no token.

    From when there may be one, spread over as long as it has waited already: nobody knows how many wait, and
    so each asks a few times only. The less urgent stay away longer.

    Args:
        ready_at: when there is a token, if nobody else takes it.
    """
    waited = int((now - due_at).total_seconds())
    window = min(max(waited, _SHORTEST_SECONDS), _LONGEST_SECONDS)
    window *= 1 + Priority.URGENT - priority_of(intent_id)
    return ready_at + spread(str(intent_id), now, window)

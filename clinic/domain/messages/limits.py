"""How fast messages may leave: token buckets, who goes first, and when to ask again.

A bucket is kept as one number, the generic cell rate algorithm's theoretical arrival time: when it would
be full again. Times here are whole microseconds since 1970, so that a store can compare and add them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from clinic.domain.messages.intent import IntentId
from clinic.domain.messages.kinds import Priority

_MICROSECOND = timedelta(microseconds=1)
_LARGEST_BATCH, _BATCH_SHARE = 4, 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Limit:
    """So many at once after a rest, and then one each ``interval`` (microseconds)."""

    interval: int
    burst: int

    @classmethod
    def per_second(cls, rate: int) -> "Limit":
        """One second's worth at once, and never more than ``rate`` a second in the long run."""
        return cls(interval=-(-1_000_000 // rate), burst=rate)

    @property
    def batch(self) -> int:
        """How many tokens may be taken at once, and used later: a few of the burst."""
        return max(1, min(_LARGEST_BATCH, self.burst // _BATCH_SHARE))

    def tolerance(self, priority: Priority = Priority.URGENT) -> int:
        """How far ahead of the clock the bucket may be for one of this priority to take a token."""
        share = max(1, self.burst * priority // Priority.URGENT)
        return (share - 1) * self.interval


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


def ready_at(full_at: int | None, now: int, tolerance: int) -> int | None:
    """When a bucket has a token, if it has none now; None: it has one. Arguments as of `after_taking`."""
    return None if full_at is None or full_at <= now + tolerance else full_at - tolerance


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
    window *= 1 + Priority.URGENT - intent_id.priority
    return ready_at + spread(str(intent_id), now, window)

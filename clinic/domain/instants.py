"""Instants as text: ISO 8601 in UTC with ``Z``, the one form AWS Step Functions accepts everywhere."""

from datetime import UTC, datetime, timedelta


def to_text(instant: datetime) -> str:
    """Write an aware instant as ``2026-11-30T16:00:00Z``; fractions of a second only where there are any."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_sortable_text(instant: datetime) -> str:
    """The same always to the microsecond, ``2026-11-30T16:00:00.000000Z``: compared as text it sorts by time.

    In `to_text` a whole second would come after its own fractions: ``Z`` sorts after the point.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read an ISO 8601 instant with an offset or ``Z``.

    Raises:
        ValueError: the text is no instant, or has no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset or Z")
    return instant.astimezone(UTC)


def ceil_to_second(instant: datetime) -> datetime:
    """The first whole second that is not before the instant; a Wait state reads no finer ones everywhere."""
    whole = instant.replace(microsecond=0)
    return whole if whole == instant else whole + timedelta(seconds=1)


def believable(said: datetime, now: datetime) -> datetime:
    """The instant that somebody else's clock gives, or ours where that is more than a day ahead of it.

    Of two words the later counts: one of the year 5138 would outweigh all that are to come.
    """
    return now if said > now + timedelta(days=1) else said

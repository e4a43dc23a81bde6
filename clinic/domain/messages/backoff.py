"""When to try again what may come right by itself: an event under way, a service that is down."""

from datetime import datetime, timedelta

# EventBridge tries for this long to hand an event over: what has not come by then will not come.
LONGEST_DELIVERY = timedelta(hours=24)

_SHORTEST = timedelta(seconds=15)
_LONGEST = timedelta(hours=1)


def next_check(event_time: datetime, now: datetime) -> datetime | None:
    """The next instant at which to look again, or None once there is no use in it, a day later.

    The longer it has been missing, the longer the wait: as long again as it has been so far, between 15
    seconds and an hour.

    Args:
        event_time: since when it has been missing: when the event was put on the bus that speaks of it, or
            when a message was due.
        now: when it was missing again.
    """
    last = event_time + LONGEST_DELIVERY
    if now >= last:
        return None
    wait = min(max(now - event_time, _SHORTEST), _LONGEST)
    return min(now + wait, last)


def check_while_pending(since: datetime, now: datetime) -> datetime:
    """The next instant at which to look whether something that is known to be pending has been decided.

    As `next_check`, but without an end; after the first day each wait is a twenty-fourth of what has gone by:
    a run that waits a year looks some two hundred times.
    """
    waited = now - since
    return now + max(min(max(waited, _SHORTEST), _LONGEST), waited / 24)

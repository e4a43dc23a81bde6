"""Finds the intents that nobody looks after any more: the run that kept time for them is lost."""

from datetime import datetime, timedelta

from clinic.channels.failures import is_of_channel
from clinic.domain.errors import ConfigurationError, MessengerAccountError
from clinic.domain.messages.intent import UNKNOWN_OUTCOME_WAIT, Intent, IntentStatus
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.messages.resending import may_be_sent_again

# Longer than a step is tried again for a passing fault or the channel's rate limit.
GRACE = timedelta(minutes=30)
# The channel may ask not to be tried again for a day; the run waits for that.
_DEFERRED_FOR = timedelta(hours=25)
# As delivery notes them where the intent stays planned and the step fails.
_HELD_UP = frozenset(error.__name__ for error in (MessengerAccountError, ConfigurationError))


def looked_after_until(intent: Intent) -> datetime:
    """Until when a run may still be about to do something about an open intent."""
    if intent.status is IntentStatus.UNKNOWN:
        return intent.updated_at + UNKNOWN_OUTCOME_WAIT + GRACE
    if intent.retry_at is not None:
        return max(intent.retry_at, intent.updated_at) + GRACE
    if is_of_channel(intent.reason):
        return intent.updated_at + _DEFERRED_FOR
    return max(intent.due_at, intent.updated_at, intent.claimed_until or intent.due_at) + GRACE


def is_overdue(intent: Intent, now: datetime, quiet_hours: QuietHours) -> bool:
    """Whether an intent is open and due, and nobody has done anything about it for too long.

    One that keeps quiet hours may wait for their end, whenever it was due.
    """
    if _is_quiet(intent, quiet_hours, now, now - GRACE):
        return False
    return intent.status.is_open and now >= looked_after_until(intent)


def is_to_be_sent_again(intent: Intent, now: datetime, quiet_hours: QuietHours) -> bool:
    """Whether the channel failed it for a passing reason and it may leave again: its run has gone on."""
    return may_be_sent_again(intent, now) and not _is_quiet(intent, quiet_hours, now)


def is_held_up(intent: Intent) -> bool:
    """Whether it was not accepted for a reason that somebody has to mend, and is to be sent again then."""
    return intent.status is IntentStatus.PLANNED and intent.reason in _HELD_UP


def _is_quiet(intent: Intent, quiet_hours: QuietHours, *instants: datetime) -> bool:
    zone = intent.time_zone
    return zone is not None and any(quiet_hours.contain(at, zone) for at in instants)

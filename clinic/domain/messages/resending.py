"""Messages that were accepted and failed in passing are sent again, later each time, while of use."""

from dataclasses import replace
from datetime import datetime, timedelta

from clinic.channels.channel import Meaning
from clinic.channels.failures import meaning_in
from clinic.domain.messages.intent import Intent, IntentStatus

HELD_BACK_FOR = timedelta(hours=24)
# So often the channel may fail a message that it had accepted; then it has failed.
MOST_FAILURES = 6
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)


def has_failed(intent: Intent, message_id: str) -> bool:
    """Whether it is known that this one of the intent's messages failed."""
    return message_id in intent.failed_messages


def send_again_at(reason: str, failures: int, failed_at: datetime) -> datetime:
    """When to send again what has failed so often, the last time at ``failed_at`` for this reason."""
    if meaning_in(reason) is Meaning.HELD_BACK:
        return failed_at + HELD_BACK_FOR
    wait: timedelta = min(_FIRST_WAIT * 2 ** min(failures - 1, 8), _LONGEST_WAIT)
    return failed_at + wait


def to_be_sent_again(intent: Intent, message_id: str, reason: str, failed_at: datetime) -> Intent | None:
    """The intent after the channel failed one of its messages for a passing reason; None: it has failed.

    If it stands on that message it is planned again. If another of its messages is on its way, or it is
    planned already, the failure is noted and nothing else.
    """
    noted = replace(intent, failed_messages=(*intent.failed_messages, message_id))
    if intent.status is IntentStatus.PLANNED or (
        intent.status is IntentStatus.SENT and intent.message_id != message_id
    ):
        return noted
    failures = len(noted.failed_messages)
    retry_at = send_again_at(reason, failures, failed_at)
    if intent.status is not IntentStatus.SENT or failures > MOST_FAILURES or retry_at >= intent.useful_until:
        return None
    return replace(noted, status=IntentStatus.PLANNED, reason=reason, retry_at=retry_at, claimed_until=None)


def may_be_sent_again(intent: Intent, now: datetime) -> bool:
    """Whether it waits for nothing but somebody who sends it again."""
    return intent.status is IntentStatus.PLANNED and intent.retry_at is not None and now >= intent.retry_at

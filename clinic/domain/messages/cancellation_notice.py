"""The patient's notice of a cancellation, as the text of a refund that came later is held against it."""

from dataclasses import dataclass, replace
from datetime import datetime

from clinic.domain.messages.backoff import check_while_pending
from clinic.domain.messages.intent import End, Intent, IntentId, IntentStatus, Reason
from clinic.domain.messages.kinds import Follows, NoticeKind

REFUND_AMOUNT = "refund_amount"


def cancellation_of(refund_made: IntentId) -> IntentId:
    """The notice that a refund's own text is held against."""
    return replace(refund_made, kind=NoticeKind.CANCELLATION.value)


@dataclass(frozen=True)
class CancellationNotice:
    """What the notice leaves to be said; it names the amount itself if it leaves once the refund is made.

    Attributes:
        notice: the patient's notice of the cancellation.
    """

    notice: Intent

    def end_of(self, intent: Intent) -> End | None:
        """The refund's own text is not needed where an accepted notice names the amount."""
        if self.notice.status.is_accepted and _amount(self.notice) == _amount(intent):
            return End(IntentStatus.SKIPPED, Reason.TOLD_WITH_CANCELLATION)
        return None

    def holds_back(self, intent: Intent, now: datetime) -> datetime | None:
        """While the notice may still leave, nobody knows what it will say."""
        notice = self.notice
        if notice.status.is_open and now < max(notice.useful_until, notice.claimed_until or now):
            return check_while_pending(intent.created_at, now)
        return None

    def wants(self, intent: Intent) -> bool:
        """Money that was given back is told in any case."""
        return intent.id.follows is Follows.CANCELLATION


def _amount(intent: Intent) -> str | None:
    return intent.parameters.get(REFUND_AMOUNT)

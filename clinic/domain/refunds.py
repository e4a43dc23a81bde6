"""What becomes of a refund."""

from enum import StrEnum


class RefundStatus(StrEnum):
    """How far a refund has come; the names are Stripe's."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def stands(self) -> bool:
        """Whether the money is on its way back or has arrived; if not, it is still with the clinic."""
        return self not in {RefundStatus.FAILED, RefundStatus.CANCELED}

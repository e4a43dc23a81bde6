"""A cancelled reservation: by whom and why, and what is given back."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from clinic.domain.money import Money


class RefundProgress(StrEnum):
    """How far a refund has come."""

    DUE = "due"
    MADE = "made"
    REFUSED = "refused"
    UNSETTLED = "unsettled"  # the retries are used up, or an operator must act: nobody knows yet


@dataclass(frozen=True)
class Refund:
    """Money that goes back to the patient.

    Attributes:
        charge_id: the payment provider's id of what was paid; None: nobody has said.
        refund_id: the provider's id of the refund, once made.
        reason: why it was not made: the provider's code, or an error's name.
    """

    money: Money
    charge_id: str | None
    progress: RefundProgress = RefundProgress.DUE
    refund_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Cancellation:
    """That a reservation was cancelled.

    Attributes:
        at: when it was (UTC): the event's time.
        reason: what the patient reads; None: the default.
        refund: None if there is nothing to give back.
    """

    at: datetime
    reason: str | None = None
    cancelled_by: str | None = None
    refund: Refund | None = None

    def with_refund(
        self, progress: RefundProgress, *, refund_id: str | None = None, reason: str | None = None
    ) -> Self:
        """The same with its refund come further; unchanged where there is none."""
        if self.refund is None:
            return self
        refund = replace(self.refund, progress=progress, refund_id=refund_id, reason=reason)
        return replace(self, refund=refund)

"""What refunds need from the outside. A module of its own: messages start sooner without it."""

from dataclasses import dataclass
from typing import Protocol

from clinic.domain.money import Money
from clinic.domain.refunds import RefundStatus


@dataclass(frozen=True)
class RefundRequest:
    """Money that is to go back to who paid it.

    Attributes:
        charge_id: Stripe's id of the charge (``ch_…``, ``py_…``) or of the payment intent (``pi_…``).
        money: in the charge's own currency: Stripe refunds in no other.
        idempotency_key: derived from what the refund is for, so that every try has the same; at most 255
            characters of ASCII.
    """

    reservation_id: str
    charge_id: str
    money: Money
    idempotency_key: str


@dataclass(frozen=True)
class RefundReceipt:
    """A refund that was accepted.

    Attributes:
        money: what is refunded, by the payment provider's account of it.
    """

    refund_id: str
    status: RefundStatus
    money: Money


class Payments(Protocol):
    """Gives money back. All methods may raise the errors named at the first."""

    def refund(self, request: RefundRequest) -> RefundReceipt:
        """Refund a charge, or a part of it.

        The same request may be made again for 24 hours and refunds once at most. Then its key is forgotten,
        and a part of a charge would be refunded twice: after a day, or where a passing error stays (it may
        be kept with the key), ask `refund_of` what has come of it.

        Raises:
            PaymentsUnavailableError, PaymentsThrottledError: not known to be done; the same request may be
                made again.
            StoreUnavailableError: the key could not be read; may work in a moment.
            RefundRefusedError: not done, for good.
            PaymentsAccountError, ConfigurationError: not done; nothing will be until an operator acts.
        """

    def refund_of(self, request: RefundRequest) -> RefundReceipt | None:
        """The refund of this reservation's charge that stands, whoever asked for it and when."""

    def paid(self, request: RefundRequest) -> Money:
        """What was paid with the charge that a refund is of, whatever has been given back since."""

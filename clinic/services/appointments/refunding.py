"""Use case: give back what is due of a cancelled reservation, once, and then tell the patient."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress, RefundStatus
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import RefundRefusedError, UnknownReservationError
from clinic.domain.messages.intent import Intent, reservation_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.money import Money
from clinic.services.appointments.cancellation_notices import for_patient, of_refund, open_notices
from clinic.services.appointments.pending_requests import withdrawn_request
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict


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


OTHER_AMOUNT = "refunded_other_amount"
OTHER_CURRENCY = "charge_in_another_currency"
TOO_MUCH = "amount_too_large"  # Stripe's name for it

# The provider forgets a key a day after the first request with it; an hour is left for a slow one.
_KEY_IS_KNOWN = timedelta(hours=23)

_CERTAINTY = (RefundProgress.DUE, RefundProgress.UNSETTLED, RefundProgress.REFUSED, RefundProgress.MADE)


@dataclass(frozen=True)
class RefundStanding:
    """How far a refund has come, and the notices that are still to be sent."""

    refund: Refund
    open_notices: tuple[Intent, ...]


@dataclass(frozen=True)
class _Result:
    progress: RefundProgress
    refund_id: str | None = None
    reason: str | None = None
    explanation: str | None = None


@dataclass(frozen=True)
class Refunding:
    """Refunds cancelled reservations; every request for one has the same idempotency key.

    The charge is looked at first: the provider refunds in the charge's own currency, and 500 pesos of a
    charge of 500 dollars would be 500 dollars.

    Attributes:
        own_currency: the clinic's; the patient reads the code of an amount in another.
    """

    booking_store: BookingStore
    payments: Payments
    own_currency: str

    def refund(self, reservation_id: str, now: datetime) -> RefundStanding:
        """Refund what is due and record what became of it; one that is made or refused stays so.

        Raises:
            UnknownReservationError: no refund is due of such a reservation.
            PaymentsUnavailableError, PaymentsThrottledError: not known to be done; call again.
            PaymentsAccountError, ConfigurationError: not done; nothing will be until an operator acts.
            StoreUnavailableError, ConcurrentChangeError: call again; nothing will be refunded twice.
        """
        due = self._due(reservation_id)
        _, note, refund = due
        if not refund.is_open or refund.charge_id is None or refund.money is None:
            known = self.booking_store.intents(reservation_subject(reservation_id))
            return RefundStanding(refund, open_notices(known))
        request = RefundRequest(reservation_id, refund.charge_id, refund.money, _key(reservation_id, refund))
        may_be_forgotten = (
            refund.progress is RefundProgress.UNSETTLED
            or refund.attempt > 1
            or now - note.at >= _KEY_IS_KNOWN
        )
        return self._record(reservation_id, self._made(request, may_be_forgotten), now, due)

    def record_failure(self, reservation_id: str, error: str, now: datetime) -> RefundStanding:
        """Note that it was given up for now: whether the refund was made is not known.

        Args:
            reservation_id: whose refund.
            error: the error's name.
            now: the instant of the call.

        Raises:
            UnknownReservationError: no refund is due of such a reservation.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        return self._record(reservation_id, _Result(RefundProgress.UNSETTLED, reason=error), now)

    def _made(self, request: RefundRequest, may_be_forgotten: bool) -> _Result:
        try:
            receipt = self.payments.refund_of(request) if may_be_forgotten else None
            if receipt is None:
                _require_covered(self.payments.paid(request), request.money)
            return _read(receipt or self.payments.refund(request), request)
        except RefundRefusedError as error:
            return _Result(RefundProgress.REFUSED, reason=error.code, explanation=str(error))

    def _record(
        self, reservation_id: str, result: _Result, now: datetime, *already_read: "_Due"
    ) -> RefundStanding:
        reads = iter(already_read)

        def write() -> RefundStanding:
            return self._write(next(reads, None) or self._due(reservation_id), result, now)

        return retry_on_conflict(write, reservation_subject(reservation_id))

    def _write(self, due: "_Due", result: _Result, now: datetime) -> RefundStanding:
        seen, note, refund = due
        reservation_id = seen.reservation_id
        if not _overrides(result.progress, refund.progress):
            result = _Result(refund.progress, refund.refund_id, refund.reason, refund.explanation)
        settled = note.with_refund(
            result.progress,
            refund_id=result.refund_id,
            reason=result.reason,
            explanation=result.explanation,
        )
        known = self.booking_store.intents(reservation_subject(reservation_id))
        new = self._untold(seen, settled, known, now)
        if settled != note or new:
            self.booking_store.commit(
                Changes(reservations=((seen, seen.cancelled(settled, now)),), intents=new)
            )
        return RefundStanding(settled.refund or refund, open_notices([*known, *new]))

    def _untold(
        self, seen: Reservation, note: Cancellation, known: list[Intent], now: datetime
    ) -> tuple[Intent, ...]:
        """What the patient does not know yet: the cancellation, or a refund made since it was told."""
        if any(intent.kind == NoticeKind.CANCELLATION for intent in known):
            return of_refund(seen.details, note, seen.version, now, known, own_currency=self.own_currency)
        is_request = withdrawn_request(self.booking_store, seen) is not None
        own = self.own_currency
        return (for_patient(seen.details, note, seen.version, now, own_currency=own, is_request=is_request),)

    def _due(self, reservation_id: str) -> "_Due":
        seen = self.booking_store.reservation(reservation_id)
        note = seen.cancellation if seen else None
        if seen is None or note is None or note.refund is None or seen.is_placeholder:
            raise UnknownReservationError(f"no refund is due of reservation {reservation_id}")
        return seen, note, note.refund


_Due = tuple[Reservation, Cancellation, Refund]


def _key(reservation_id: str, refund: Refund) -> str:
    return f"refund#{reservation_id}" + (f"#{refund.attempt}" if refund.attempt > 1 else "")


def _require_covered(paid: Money, wanted: Money) -> None:
    if paid.currency != wanted.currency:
        raise RefundRefusedError(
            f"currency: the charge was paid in {paid.currency}, and {wanted.currency} are asked for",
            OTHER_CURRENCY,
        )
    if wanted.amount > paid.amount:
        raise RefundRefusedError("refundAmount: expected no more than was paid", TOO_MUCH)


def _read(receipt: RefundReceipt, request: RefundRequest) -> _Result:
    if not receipt.status.stands:
        explanation = f"the payment service took the refund and then said: {receipt.status.value}"
        return _Result(
            RefundProgress.REFUSED, receipt.refund_id, f"refund_{receipt.status.value}", explanation
        )
    if receipt.money != request.money:  # the charge's own currency counts there
        explanation = f"{receipt.money} were given back, and {request.money} are asked for"
        return _Result(RefundProgress.UNSETTLED, receipt.refund_id, OTHER_AMOUNT, explanation)
    return _Result(RefundProgress.MADE, receipt.refund_id)


def _overrides(new: RefundProgress, old: RefundProgress) -> bool:
    """Whether what one run found out counts more than what another has written."""
    return _CERTAINTY.index(new) >= _CERTAINTY.index(old)

"""A cancelled reservation: by whom and why, and what is given back."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from clinic.domain.money import DECIMALS, Money
from clinic.domain.text import plain

if TYPE_CHECKING:
    from clinic.domain.appointments.reservation import AppointmentDetails


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


# How long after a visit's beginning the clinic may still call it off: the doctor did not come.
CLINIC_MAY_CANCEL_FOR = timedelta(hours=24)
# A number as people write amounts: no exponent, no underscore, no sign, no digits of another script.
_WRITTEN_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
NO_CHARGE_KNOWN = "no_charge_known"
OTHER_CHARGE = "charge_of_another"
UNKNOWN_RESERVATION = "unknown_reservation"


class Canceller(StrEnum):
    """Who called a visit off."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    CLINIC = "clinic"
    SYSTEM = "system"
    OTHER = "other"


_BY_ROLE = {
    **dict.fromkeys(("", "patient", "paciente", "user", "usuario"), Canceller.PATIENT),
    **dict.fromkeys(("doctor", "doctora", "medico", "medica", "physician", "provider"), Canceller.DOCTOR),
    **dict.fromkeys(
        ("clinic", "clinica", "consultorio", "reception", "recepcion", "front desk", "staff", "admin"),
        Canceller.CLINIC,
    ),
    **dict.fromkeys(("system", "sistema"), Canceller.SYSTEM),
}


def canceller(details: "AppointmentDetails", cancelled_by: str | None) -> Canceller:
    """Who called a visit off, by what an event says of it.

    Args:
        details: the visit's.
        cancelled_by: a role, in English or Spanish, the patient's or doctor's name, or the profile's id;
            None or blank: the patient, as the specification has it.
    """
    by = plain(cancelled_by or "")
    names = {
        plain(details.patient_name): Canceller.PATIENT,
        plain(details.doctor_name): Canceller.DOCTOR,
        plain(details.profile_id or details.doctor_name): Canceller.DOCTOR,
    }
    return (names | _BY_ROLE).get(by.replace("_", " ").replace("-", " "), names.get(by, Canceller.OTHER))


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
        money: None: what the event asks for is no amount of money, and is refused.
        charge_id: the payment provider's id of what was paid; None: nobody has said.
        refund_id: the provider's id of the refund, once made.
        reason: why it was not made: the provider's code, one of ours, or an error's name.
        explanation: the same as a sentence that names the event's field and no value of it.
        attempt: rises where a newer event asks for another refund, once this one was refused.
    """

    money: Money | None
    charge_id: str | None
    progress: RefundProgress = RefundProgress.DUE
    refund_id: str | None = None
    reason: str | None = None
    explanation: str | None = None
    attempt: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it may still be made."""
        return self.progress in {RefundProgress.DUE, RefundProgress.UNSETTLED}

    @property
    def is_unasked(self) -> bool:
        """Whether nobody can have asked the payment provider for it."""
        is_early = self.progress is RefundProgress.UNSETTLED and self.reason == UNKNOWN_RESERVATION
        return self.progress is RefundProgress.DUE or is_early

    def of_charge(self, charge_id: str | None) -> Self:
        """The refund with its booking's charge; without any, or of another one, it can't be made.

        Another's charge would go back to whoever paid that, and be missing when they ask for theirs.
        """
        if charge_id is not None and self.charge_id not in {None, charge_id} and self.is_unasked:
            return replace(
                self,
                charge_id=None,  # a later event may name the right one, or none
                progress=RefundProgress.REFUSED,
                reason=OTHER_CHARGE,
                explanation="chargeId: expected what the booking says was paid, or nothing",
            )
        if self.charge_id is not None or (
            self.progress is RefundProgress.REFUSED and self.reason != NO_CHARGE_KNOWN
        ):
            return self
        if charge_id is None:
            return replace(
                self,
                progress=RefundProgress.REFUSED,
                reason=NO_CHARGE_KNOWN,
                explanation="chargeId: neither the event nor the booking says what was paid",
            )
        return replace(self, charge_id=charge_id, progress=RefundProgress.DUE, reason=None, explanation=None)

    def joined_with(self, asked: "Refund | None") -> "Refund | None":
        """What is due once another event asks for a refund of the same reservation.

        One that was refused gives way to another; one that is made, or may be, to none.

        Returns:
            None if the two can't both be right, and this one stands.
        """
        if asked is None:
            return self
        is_refused = self.progress is RefundProgress.REFUSED
        if is_refused and (self.charge_id is None or asked.progress is RefundProgress.REFUSED):
            return self if asked.progress is RefundProgress.REFUSED else asked
        if self.money == asked.money and None in {self.charge_id, asked.charge_id}:
            return self.of_charge(asked.charge_id) if self.charge_id is None and asked.charge_id else self
        if self.money == asked.money and self.charge_id == asked.charge_id:
            return self
        if not is_refused:
            return None
        return replace(asked, charge_id=asked.charge_id or self.charge_id, attempt=self.attempt + 1)


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

    def may_end(self, details: "AppointmentDetails") -> bool:
        """Whether it can call off the visit: before it begins, or by doctor or clinic for a day after."""
        begins = details.appointment_time
        if self.at < begins:
            return True
        by_clinic = canceller(details, self.cancelled_by) in {Canceller.DOCTOR, Canceller.CLINIC}
        return by_clinic and self.at < begins + CLINIC_MAY_CANCEL_FOR

    def with_refund(
        self,
        progress: RefundProgress,
        *,
        refund_id: str | None = None,
        reason: str | None = None,
        explanation: str | None = None,
    ) -> Self:
        """The same with its refund come further; unchanged where there is none."""
        if self.refund is None:
            return self
        refund = replace(
            self.refund, progress=progress, refund_id=refund_id, reason=reason, explanation=explanation
        )
        return replace(self, refund=refund)


def refund_asked_for(amount: object, currency: object, charge_id: str | None, default: str) -> Refund | None:
    """What an event asks to give back. One that can't be right is refused here, and the rest is done.

    A blank amount is refused: whether the patient gets their money back hangs on no empty cell of a table.

    Args:
        amount: as the event has it: a number, or its text.
        currency: as the event has it; None or blank: the default.
        charge_id: of what was paid; None: not said.
        default: ISO 4217.

    Returns:
        None if there is nothing to give back.
    """
    if amount is None:
        return None
    try:
        exact = _amount(amount)
        if not exact:
            return None
        return Refund(_money(exact, _currency(currency, default)), charge_id)
    except _OddRefundError as odd:
        return refused_refund(odd.reason, str(odd), charge_id)


def refused_refund(
    reason: str, explanation: str, charge_id: str | None = None, money: Money | None = None
) -> Refund:
    """A refund that nobody is asked for, since it can't be right."""
    return Refund(money, charge_id, RefundProgress.REFUSED, reason=reason, explanation=explanation)


class _OddRefundError(ValueError):
    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason


def _amount(value: object) -> Decimal:
    """The amount that was written; negative ones are told apart from what is none."""
    expected = "refundAmount: expected an amount of zero or more, such as 500 or 500.00"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = value.strip() if isinstance(value, str) else str(value) if is_number else ""
    is_written = is_number or _WRITTEN_AMOUNT.fullmatch(text.removeprefix("-"))
    try:
        amount = Decimal(text) if is_written else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise _OddRefundError("amount_not_a_number", expected)
    if amount < 0:
        raise _OddRefundError("amount_negative", expected)
    return amount


def _currency(value: object, default: str) -> str:
    code = value.strip().upper() if isinstance(value, str) else value
    if code is None or code == "":
        return default
    if not isinstance(code, str) or code not in DECIMALS:
        raise _OddRefundError("currency_unknown", "currency: expected a currency of ISO 4217, such as MXN")
    return code


def _money(amount: Decimal, currency: str) -> Money:
    try:
        return Money(amount, currency)
    except ValueError as error:
        raise _OddRefundError("amount_not_representable", f"refundAmount: {error}") from None

"""Charges of a clinic file and refunds of the payments simulator, in the currency itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.money import Money
from console.inputs.clinic_parts import ChargePart
from console.output.bookings import ChargeRow, RefundRow
from console.run.stack import Stack


def put_charges(stack: Stack, charges: Iterable[ChargePart]) -> None:
    """Make known to the stack's payments provider what has been paid."""
    # `requests` is loaded by now wherever a stack is; `citas --help` must not.
    from clinic.adapters.payments.stripe import stripe_amount

    for charge in charges:
        stack.pay(charge.id, stripe_amount(charge.money), charge.currency.lower(), charge.payment_intent)


def refund_rows(stack: Stack) -> list[RefundRow]:
    """Every refund that the simulator took, in order."""
    from clinic.adapters.payments.stripe import money_of

    rows = []
    for refund in stack.payments.refunds:
        money = money_of(refund.amount, refund.charge.currency)
        rows.append(
            RefundRow(
                refund_id=refund.refund_id,
                at=refund.at,
                charge_id=refund.charge.charge_id,
                amount=str(money.amount),
                currency=money.currency,
                status=refund.status,
                reservation_id=refund.metadata.get("reservation_id"),
                metadata=dict(refund.metadata),
            )
        )
    return rows


def charge_rows(charges: Iterable[ChargePart], refunds: Sequence[RefundRow]) -> list[ChargeRow]:
    """What was paid, and how much of it was given back."""
    given_back: dict[str, Decimal] = defaultdict(Decimal)
    for refund in refunds:
        if RefundStatus(refund.status).stands:
            given_back[refund.charge_id] += Decimal(refund.amount)
    return [
        ChargeRow(
            charge_id=charge.id,
            payment_intent=charge.payment_intent,
            amount=str(charge.money.amount),
            currency=charge.currency,
            refunded=str(Money(Decimal(), charge.currency).amount + given_back[charge.id]),
        )
        for charge in sorted(charges, key=lambda charge: charge.id)
    ]

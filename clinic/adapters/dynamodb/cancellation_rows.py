"""Between a reservation's cancellation and the map it lies in; most reservations have none."""

from decimal import Decimal
from typing import Any

from clinic.domain import instants
from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.money import Money


def cancellation_to_row(cancellation: Cancellation) -> dict[str, Any]:
    """The map of a cancellation."""
    row: dict[str, Any] = {
        "at": instants.to_text(cancellation.at),
        "reason": cancellation.reason,
        "cancelled_by": cancellation.cancelled_by,
    }
    if refund := cancellation.refund:
        row["refund"] = _known(
            amount=str(refund.money.amount) if refund.money else None,
            currency=refund.money.currency if refund.money else None,
            charge_id=refund.charge_id,
            status=refund.progress.value,
            refund_id=refund.refund_id,
            reason=refund.reason,
            explanation=refund.explanation,
            attempt=refund.attempt if refund.attempt > 1 else None,
        )
    return _known(**row)


def cancellation_from_row(row: dict[str, Any]) -> Cancellation:
    """The cancellation in such a map."""
    refund = row.get("refund")
    return Cancellation(
        at=instants.from_text(row["at"]),
        reason=row.get("reason"),
        cancelled_by=row.get("cancelled_by"),
        refund=refund
        and Refund(
            money=Money(Decimal(refund["amount"]), refund["currency"]) if "amount" in refund else None,
            charge_id=refund.get("charge_id"),
            progress=RefundProgress(refund["status"]),
            refund_id=refund.get("refund_id"),
            reason=refund.get("reason"),
            explanation=refund.get("explanation"),
            attempt=int(refund.get("attempt", 1)),
        ),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

"""A calm day's bookings as evidence, for the audit's tests to falsify.

One doctor: a booked slot, a group slot with two places taken, one kept for a request, a free one; one visit
was cancelled with a refund, one moved to another reservation.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.domain.slots.generation import slot_id
from console.audit.evidence import Evidence, Findings, Sheet
from console.output.bookings import ChargeRow, RefundRow, RequestRow, ReservationRow, SlotRow

NOW = datetime(2026, 11, 29, 15, tzinfo=UTC)
NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
HALF = timedelta(minutes=30)
BUFFER = timedelta(minutes=10)


def at(hours: float) -> datetime:
    """So long after nine o'clock."""
    return NINE + timedelta(hours=hours)


def slot(start: datetime = NINE, **changes: Any) -> SlotRow:
    name = slot_id("dr-1", "s-1", start)
    row: dict[str, Any] = {
        "profile_id": "dr-1",
        "slot_id": name,
        "service_id": "s-1",
        "start": start,
        "end": start + HALF,
        "buffer_until": start + HALF + BUFFER,
        "capacity": 1,
        "status": "available",
    }
    held = len(changes.get("booked", [])) + len(changes.get("pending", []))
    return SlotRow.model_validate(row | {"reserved_count": held} | changes)


def reservation(reservation_id: str, start: datetime | None = NINE, **changes: Any) -> ReservationRow:
    row: dict[str, Any] = {
        "reservation_id": reservation_id,
        "status": "confirmed",
        "version": 1,
        "appointment_time": start or NINE,
        "profile_id": "dr-1",
        "slot_id": slot_id("dr-1", "s-1", start) if start is not None else None,
    }
    return ReservationRow.model_validate(row | changes)


def request(request_id: str = "q-1", start: datetime = NINE, **changes: Any) -> RequestRow:
    row: dict[str, Any] = {
        "request_id": request_id,
        "status": "pending",
        "reservation_id": request_id,
        "profile_id": "dr-1",
        "slot_id": slot_id("dr-1", "s-1", start),
        "expires_at": NOW + timedelta(hours=2),
    }
    return RequestRow.model_validate(row | changes)


def refund(refund_id: str = "re_1", **changes: Any) -> RefundRow:
    row: dict[str, Any] = {
        "refund_id": refund_id,
        "at": NOW,
        "charge_id": "ch_1",
        "amount": "500.00",
        "currency": "MXN",
        "status": "succeeded",
        "reservation_id": "r-cancelled",
        "metadata": {"reservation_id": "r-cancelled"},
    }
    return RefundRow.model_validate(row | changes)


def cancelled(**changes: Any) -> ReservationRow:
    note = {"amount": "500.00", "currency": "MXN", "charge_id": "ch_1", "status": "made", "refund_id": "re_1"}
    cancellation = {"at": NOW, "refund": note | changes}
    return reservation("r-cancelled", at(6), status="cancelled", cancellation=cancellation)


def calm(**changes: Any) -> Evidence:
    slots = [
        slot(booked=["r-1"], status="booked"),
        slot(at(1), booked=["r-2", "r-3"], capacity=4),
        slot(at(2), pending=["q-1"], status="pending_approval"),
        slot(at(3)),
        slot(at(4), booked=["r-new"], status="booked"),
    ]
    base = Evidence(
        end=NOW,
        complete=False,
        slots=slots,
        sheets=[sheet(slots)],
        reservations=[
            reservation("r-1"),
            reservation("r-2", at(1)),
            reservation("r-3", at(1)),
            reservation("r-without-slot", None),
            reservation("r-elsewhere", at(9)),
            cancelled(),
            reservation("r-old", at(5), status="rescheduled", rescheduled_to="r-new"),
            reservation("r-new", at(4), opening="rescheduling"),
        ],
        requests=[request("q-1", at(2)), request("q-0", status="expired", expires_at=NOW)],
        charges=[ChargeRow(charge_id="ch_1", amount="500.00", currency="MXN", refunded="500.00")],
        refunds=[refund()],
    )
    return replace(base, **changes)


def sheet(slots: list[SlotRow]) -> Sheet:
    """The day's sheet as these slots call for it."""
    taken = {row.slot_id: (row.start, row.buffer_until) for row in slots if row.holders}
    return Sheet("dr-1", NINE.date(), taken)


def with_slots(*rows: SlotRow, **changes: Any) -> Evidence:
    """The calm day with these slots in place of those of the same id, or beside them."""
    by_id = {row.slot_id: row for row in calm().slots} | {row.slot_id: row for row in rows}
    return calm(slots=list(by_id.values()), sheets=[sheet(list(by_id.values()))], **changes)


def with_reservations(*rows: ReservationRow, **changes: Any) -> Evidence:
    """The same for reservations."""
    by_id = {row.reservation_id: row for row in calm().reservations}
    by_id |= {row.reservation_id: row for row in rows}
    return calm(reservations=list(by_id.values()), **changes)


def breaches(check: Callable[[Evidence], Findings], evidence: Evidence) -> list[tuple[list[str], str]]:
    """What a check finds, in order."""
    found = check(evidence).violations
    return sorted((violation.ids, violation.detail) for violation in found)

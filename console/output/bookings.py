"""Rows of OUT.json about how things stand at the end: slots, reservations, requests, money, statistics."""

from typing import Annotated

from pydantic import Field

from console.output.rows import Instant, Row

Amount = Annotated[str, Field(description="in the currency itself, with all its decimals: 500.00")]


class SlotRow(Row):
    """A slot of a doctor's day."""

    profile_id: str
    slot_id: str
    service_id: str
    start: Instant
    end: Instant
    buffer_until: Instant = Field(description="until when the doctor is taken up by it")
    capacity: int
    reserved_count: int
    status: str = Field(
        description="available, pending_approval, booked or blocked: by hand, or since the time is taken"
    )
    is_blocked: bool = False
    pending: list[str] = Field(
        default_factory=list, description="the reservations that hold a place and wait for approval, by id"
    )
    booked: list[str] = Field(default_factory=list, description="the reservations that hold a place for good")

    @property
    def holders(self) -> list[str]:
        """Whoever holds a place."""
        return [*self.pending, *self.booked]


class RefundNote(Row):
    """What a reservation says of the money that goes back."""

    amount: Amount | None = Field(default=None, description="null if no amount of money was asked for")
    currency: str | None = None
    charge_id: str | None = None
    status: str = Field(description="due, made, refused or unsettled")
    refund_id: str | None = None
    reason: str | None = Field(default=None, description="why it was not made: a code")
    explanation: str | None = Field(default=None, description="the same as a sentence")
    attempt: int = Field(default=1, description="rises where another one is asked for")


class CancellationNote(Row):
    """What a reservation says of its cancellation."""

    at: Instant
    reason: str | None = None
    cancelled_by: str | None = None
    refund: RefundNote | None = Field(default=None, description="null if there is nothing to give back")


class ConflictNote(Row):
    """What a reservation says of whom it meets at its time."""

    at: Instant = Field(description="when that was found")
    slot_ids: list[str] = Field(default_factory=list, description="the slots whose time it meets")
    reservation_ids: list[str] = Field(
        default_factory=list, description="who had a place in these, and the visits without a slot it meets"
    )
    told_at: Instant | None = Field(default=None, description="when booking/conflict was published")


class ReservationRow(Row):
    """A reservation."""

    reservation_id: str
    status: str = Field(description="pending, confirmed, cancelled, completed, no_show or rescheduled")
    version: int
    appointment_time: Instant | None
    time_zone: str | None = None
    patient_name: str | None = None
    patient_phone: str | None = None
    service_name: str | None = None
    doctor_name: str | None = None
    clinic_name: str | None = None
    clinic_id: str | None = None
    profile_id: str | None = None
    service_id: str | None = None
    slot_id: str | None = Field(default=None, description="the slot it has a place in, if one is kept here")
    visit_minutes: int | None = Field(
        default=None, description="how long it lasts, if its event has said so; else as its slot or service"
    )
    takes_from: Instant | None = Field(
        default=None,
        description="from when it takes its doctor's time by itself, if it lasts longer than its slot",
    )
    takes_until: Instant | None = Field(
        default=None,
        description="until when it takes its doctor's time by itself: without a slot, or after it",
    )
    conflict: ConflictNote | None = Field(
        default=None, description="what else takes that time, where it was agreed elsewhere"
    )
    charge_id: str | None = Field(default=None, description="the payment it may be refunded from")
    opening: str = Field(
        default="confirmation", description="its first message's kind: confirmation or rescheduling"
    )
    runs: list[str] = Field(default_factory=list, description="the runs that keep time for its reminders")
    reminders_sent: dict[str, Instant] = Field(
        default_factory=dict, description='which reminders were sent, and when: {"24h": "…Z"}'
    )
    cancellation: CancellationNote | None = None
    rescheduled_to: str | None = Field(
        default=None, description="the reservation that has taken its place, by id"
    )
    parked_until: Instant | None = Field(
        default=None,
        description="from when on the nights look for it: its reminders are further ahead than runs wait",
    )
    is_unplaced: bool = Field(
        default=False,
        description="true if its doctor was not kept when it was booked: it has neither a place nor a time",
    )
    is_placeholder: bool = Field(
        default=False, description="true if its cancellation came, and its booking never did"
    )
    created_at: Instant | None = None
    updated_at: Instant | None = None


class RequestRow(Row):
    """A patient's request for a slot."""

    request_id: str
    status: str = Field(description="pending, approved, declined, expired or withdrawn")
    reservation_id: str = Field(description="the reservation it may become, and the slot's holder until then")
    profile_id: str | None = None
    service_id: str | None = None
    slot_id: str | None = None
    appointment_time: Instant | None = None
    time_zone: str | None = None
    expires_at: Instant = Field(description="until when the doctor may answer")
    charge_id: str | None = None
    run: str | None = Field(default=None, description="the run that waits for an answer")
    closed_because: str | None = None
    closed_by: str | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None


class ChargeRow(Row):
    """A payment as the payments simulator knows it."""

    charge_id: str
    payment_intent: str | None = None
    amount: Amount
    currency: str
    refunded: Amount


class RefundRow(Row):
    """A refund as the payments simulator made it."""

    refund_id: str
    at: Instant
    charge_id: str
    amount: Amount
    currency: str
    status: str
    reservation_id: str | None = Field(description="whom it says it is for")
    metadata: dict[str, str]


class StatisticRow(Row):
    """One thing that a workflow has done, for counting."""

    day: str = Field(description="the UTC day it belongs to")
    kind: str
    subject: str = Field(description="the ids that tell it from others of its kind")
    at: Instant
    values: dict[str, str | int]

"""The audit looks at this: the database and the runs, the events, and the simulators' own records."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from console.output.bookings import ChargeRow, RefundRow, RequestRow, ReservationRow, SlotRow
from console.output.people import ConsentRow, PrescriptionRow, WebhookRow
from console.output.result import Violation
from console.output.rows import ExecutionRow, FailedEventRow, MessageRow

ACTIVE = frozenset({"pending", "confirmed"})


@dataclass(frozen=True)
class Publication:
    """An event and what the bus said to it.

    Attributes:
        line: its line in the input file; None if Citas put it on the bus itself.
        event_id: the bus's id for it; None if it was refused.
        refusal: the bus's words when it refused it.
        expected_by: when it should have reached its workflow: ``at``, unless a fault makes it late.
    """

    line: int | None
    at: datetime
    detail_type: str
    detail: Any
    event_id: str | None
    refusal: str | None = None
    expected_by: datetime | None = None
    source: str = "citas.publisher"

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"line {self.line}" if self.line is not None else f"event {self.event_id}"


@dataclass(frozen=True)
class Delivery:
    """A message WhatsApp accepted, as its simulator recorded it."""

    at: datetime
    to: str
    template: str
    language: str
    text: str
    intent_id: str | None
    message_id: str


@dataclass(frozen=True)
class Sheet:
    """A day sheet: for each slot that somebody holds, the stretch of the doctor's time that it takes."""

    profile_id: str
    day: date
    taken: dict[str, tuple[datetime, datetime]]


@dataclass(frozen=True)
class Evidence:
    """Everything the audit may look at.

    Attributes:
        complete: nothing was left to happen at ``end``.
        profiles: the doctors whom the directory keeps.
    """

    end: datetime
    complete: bool
    publications: Sequence[Publication] = ()
    messages: Sequence[MessageRow] = ()
    deliveries: Sequence[Delivery] = ()
    executions: Sequence[ExecutionRow] = ()
    events_failed: Sequence[FailedEventRow] = ()
    reservations: Sequence[ReservationRow] = ()
    requests: Sequence[RequestRow] = ()
    prescriptions: Sequence[PrescriptionRow] = ()
    consents: Sequence[ConsentRow] = ()
    webhooks: Sequence[WebhookRow] = ()
    profiles: Collection[str] = ()
    slots: Sequence[SlotRow] = ()
    sheets: Sequence[Sheet] = ()
    charges: Sequence[ChargeRow] = ()
    refunds: Sequence[RefundRow] = ()

    @property
    def standing(self) -> dict[str, ReservationRow]:
        """The active reservations, by id."""
        return {row.reservation_id: row for row in self.reservations if row.status in ACTIVE}

    @property
    def waiting(self) -> dict[str, RequestRow]:
        """The requests that wait for an answer, by the reservation they may become."""
        return {row.reservation_id: row for row in self.requests if row.status == "pending"}

    def reservation_called(self, name: str) -> str:
        """The reservation that an event means: by its own id, or by that of the request that leads to it."""
        known = {row.reservation_id: row.is_placeholder for row in self.reservations}
        asked_for = {row.reservation_id for row in self.requests}
        if known.get(name, name not in asked_for) is False:
            return name
        return next((row.reservation_id for row in self.requests if row.request_id == name), name)


@dataclass
class Findings:
    """What one check found; checks of one invariant are added up."""

    checked: int = 0
    violations: list[Violation] = field(default_factory=list)
    note: str | None = None
    open: list[str] = field(default_factory=list)

    def violated(self, detail: str, *ids: str) -> None:
        """Note a breach and what it is about."""
        self.violations.append(Violation(ids=list(ids), detail=detail))

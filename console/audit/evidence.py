"""What the audit looks at: the ledger and the runs, the published events, and WhatsApp's own record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.output.result import ExecutionRow, FailedEventRow, MessageRow, ReservationRow, SlotRow, Violation


@dataclass(frozen=True)
class Publication:
    """An event of the input file and what the bus said to it.

    Attributes:
        event_id: the bus's id for it; None if it was refused.
        refusal: the bus's words when it refused it.
        expected_by: when it should have reached its workflow: ``at``, unless a fault makes it late.
    """

    line: int
    at: datetime
    detail_type: str
    detail: Any
    event_id: str | None
    refusal: str | None = None
    expected_by: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """A message WhatsApp accepted, as its simulator recorded it."""

    at: datetime
    to: str
    template: str
    text: str
    intent_id: str | None
    message_id: str


@dataclass(frozen=True)
class Evidence:
    """Everything the audit may look at. ``complete``: nothing was left to happen at ``end``."""

    end: datetime
    complete: bool
    publications: Sequence[Publication] = ()
    messages: Sequence[MessageRow] = ()
    deliveries: Sequence[Delivery] = ()
    executions: Sequence[ExecutionRow] = ()
    events_failed: Sequence[FailedEventRow] = ()
    reservations: Sequence[ReservationRow] = ()
    slots: Sequence[SlotRow] = ()


@dataclass
class Findings:
    """What one check found; checks of one invariant are added up."""

    checked: int = 0
    violations: list[Violation] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def violated(self, detail: str, *ids: str) -> None:
        """Note a breach and what it is about."""
        self.violations.append(Violation(ids=list(ids), detail=detail))

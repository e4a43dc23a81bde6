"""The models behind OUT.json, which a run leaves behind; `docs/run-format.md` documents them.

The models are the format. A field may be added within one ``format_version``; none is renamed, removed
or given another meaning. Instants are UTC and written with ``Z``; lists are sorted, so one input always
gives one file.
"""

from typing import Literal

from pydantic import Field

from console.output.bookings import ChargeRow, RefundRow, RequestRow, ReservationRow, SlotRow, StatisticRow
from console.output.kpis import KpiReport
from console.output.people import ConsentRow, PrescriptionRow, WebhookRow
from console.output.rows import (
    EventRow,
    ExecutionRow,
    FailedEventRow,
    Instant,
    InvocationRow,
    MessageRow,
    Row,
)

FORMAT_VERSION: Literal[2] = 2

AuditStatus = Literal["holds", "violated", "not_applicable"]


class Violation(Row):
    """One breach of an invariant."""

    ids: list[str] = Field(description="what it is about: slots, reservations, intents, executions, events")
    detail: str


class AuditRow(Row):
    """What the audit found for one invariant."""

    id: str = Field(pattern=r"^I[1-8]$")
    title: str
    status: AuditStatus
    checked: int = Field(description="how many things were looked at")
    violations: list[Violation]
    open: list[str] = Field(description="intents and events not settled at the end, and allowed not to be")
    note: str | None = Field(description="what else a reader should know")


class RunResult(Row):
    """Everything a run leaves behind."""

    format_version: Literal[2]
    start: Instant = Field(description="the virtual instant at which the run began")
    until: Instant = Field(description="the virtual instant at which it ended")
    complete: bool = Field(description="true if nothing was left to happen; false if --until cut it short")
    events_published: int = Field(description="how many events of EVENTS.jsonl were put on the bus")
    events: list[EventRow]
    messages: list[MessageRow]
    executions: list[ExecutionRow]
    reservations: list[ReservationRow]
    requests: list[RequestRow]
    prescriptions: list[PrescriptionRow] = Field(default_factory=list)
    consents: list[ConsentRow] = Field(default_factory=list)
    webhooks: list[WebhookRow] = Field(default_factory=list)
    slots: list[SlotRow]
    charges: list[ChargeRow]
    refunds: list[RefundRow]
    statistics: list[StatisticRow]
    events_failed: list[FailedEventRow]
    lambda_invocations: list[InvocationRow]
    audit: list[AuditRow]
    kpis: KpiReport | None = Field(default=None, description="how well it went, against the targets")

    @property
    def audit_holds(self) -> bool:
        """Whether no invariant is violated."""
        return all(row.status != "violated" for row in self.audit)

"""What a run leaves behind: the models behind OUT.json, documented in `docs/run-format.md`.

The models are the format. A field may be added within one ``format_version``; none is renamed, removed
or given another meaning. Instants are UTC and written with ``Z``; lists are sorted, so one input always
gives one file.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from clinic.domain.instants import to_text

FORMAT_VERSION: Literal[1] = 1

Instant = Annotated[
    datetime,
    PlainSerializer(to_text, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z$",
            "examples": ["2026-11-23T15:00:00Z"],
        }
    ),
]
Where = Literal["refused", "execution", "dlq", "dropped"]
AuditStatus = Literal["holds", "violated", "not_applicable"]


class _Row(BaseModel):
    # Unknown columns of a table are left out of the file: its format is this module's, not the database's.
    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_serialization_defaults_required=True,
        defer_build=True,  # nothing of this is needed before a run has ended
    )


class MessageRow(_Row):
    """One message intent: what should go out, and what became of it."""

    intent_id: str = Field(description="<subject>#v<version>#<kind>: the intent's key, given to WhatsApp too")
    subject: str = Field(description='whom or what it is about, like "reservation#r-17"')
    kind: str = Field(description='"confirmation" or "reminder_<offset>"')
    version: int = Field(description="rises by one each time the appointment moves")
    reservation_id: str | None
    to: str | None = Field(description="the recipient's number (E.164); null until it was about to be sent")
    template: str
    language: str
    parameters: dict[str, str] = Field(description="the template's parameters; empty until about to be sent")
    text: str | None = Field(description="as WhatsApp rendered it; null if it never accepted it")
    appointment_time: Instant | None
    due_at: Instant = Field(description="not to be sent before")
    useful_until: Instant | None = Field(description="not to be sent from then on")
    sent_at: Instant | None = Field(description="when WhatsApp accepted it")
    status: str = Field(
        description="planned, sending, sent, failed, unknown, skipped or superseded; more may come"
    )
    reason: str | None = Field(description="why the status is what it is")
    attempts: int = Field(description="how often a request was about to leave")
    message_id: str | None = Field(description="WhatsApp's id of the message")
    created_at: Instant | None
    updated_at: Instant | None


class ExecutionRow(_Row):
    """One run of a workflow's state machine."""

    workflow: str
    name: str = Field(description="the execution's name")
    event_id: str | None = Field(description="the event that started it")
    line: int | None = Field(description="that event's line in EVENTS.jsonl")
    status: str = Field(description="RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED")
    started_at: Instant
    stopped_at: Instant | None
    error: str | None = Field(description="the error's name, if it failed")
    cause: str | None = Field(description="the error's text, if it failed")
    transitions: int = Field(description="states entered")


class ReservationRow(_Row):
    """A reservation as the database has it at the end."""

    reservation_id: str
    status: str
    version: int
    appointment_time: Instant
    time_zone: str | None = None
    patient_name: str | None = None
    patient_phone: str | None = None
    service_name: str | None = None
    doctor_name: str | None = None
    clinic_name: str | None = None
    clinic_id: str | None = None
    profile_id: str | None = None
    slot_id: str | None = None
    reminders_sent: dict[str, Instant] = Field(
        default_factory=dict, description='which reminders were sent, and when: {"24h": "…Z"}'
    )
    created_at: Instant | None = None
    updated_at: Instant | None = None


class SlotRow(_Row):
    """A slot of a doctor's day as the database has it at the end."""

    profile_id: str
    slot_id: str
    service_id: str | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    status: str | None = None
    capacity: int | None = None
    reserved_count: int | None = None


class FailedEventRow(_Row):
    """An event that did not end in a run that succeeded."""

    line: int | None = Field(description="its line in EVENTS.jsonl; null if it is not from there")
    event_id: str | None = Field(description="null if the bus refused it")
    detail_type: str
    where: Where = Field(
        description="refused: the bus did not take it; execution: its run failed; dlq: no target took it "
        "and a dead-letter queue holds it; dropped: no target took it and nothing holds it"
    )
    reason: str


class InvocationRow(_Row):
    """One invocation of a Lambda function."""

    at: Instant
    function: str
    step: str | None
    execution: str | None
    status: str
    error: str | None
    cold: bool


class Violation(_Row):
    """One breach of an invariant."""

    ids: list[str] = Field(description="what it is about: intents, executions, events")
    detail: str


class AuditRow(_Row):
    """What the audit found for one invariant."""

    id: str = Field(pattern=r"^I[1-8]$")
    title: str
    status: AuditStatus
    checked: int = Field(description="how many things were looked at")
    violations: list[Violation]
    open: list[str] = Field(description="intents and events not settled at the end, and allowed not to be")
    note: str | None = Field(description="what else a reader should know")


class RunResult(_Row):
    """Everything a run leaves behind."""

    format_version: Literal[1]
    start: Instant = Field(description="the virtual instant at which the run began")
    until: Instant = Field(description="the virtual instant at which it ended")
    complete: bool = Field(description="true if nothing was left to happen; false if --until cut it short")
    events_published: int
    messages: list[MessageRow]
    executions: list[ExecutionRow]
    reservations: list[ReservationRow]
    slots: list[SlotRow]
    events_failed: list[FailedEventRow]
    lambda_invocations: list[InvocationRow]
    audit: list[AuditRow]

    @property
    def audit_holds(self) -> bool:
        """Whether no invariant is violated."""
        return all(row.status != "violated" for row in self.audit)

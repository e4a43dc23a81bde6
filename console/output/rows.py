"""Rows of OUT.json about what happened: events, runs, invocations and messages."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from clinic.domain.instants import to_text

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


class Row(BaseModel):
    """Base of all rows."""

    # Unknown columns of a table are left out of the file: its format is this module's, not the database's.
    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_serialization_defaults_required=True,
        defer_build=True,  # nothing of this is needed before a run has ended
    )


class EventRow(Row):
    """One event that the bus accepted: of EVENTS.jsonl, or put there by Citas itself."""

    event_id: str
    at: Instant
    source: str
    detail_type: str
    line: int | None = Field(description="its line in EVENTS.jsonl; null if Citas put it")
    reservation_id: str | None = Field(
        description="whom or what its detail names; of a rescheduling: the old one"
    )
    request_id: str | None
    profile_id: str | None
    prescription_id: str | None = None


class MessageRow(Row):
    """One message intent: what should go out, and what became of it."""

    intent_id: str = Field(description="<subject>#v<version>#<kind>: the intent's key, given to WhatsApp too")
    subject: str = Field(
        description="whom or what it is about: reservation#<id>, request#<id>, prescription#<id> or "
        "rescheduling#<id>"
    )
    kind: str = Field(
        description="confirmation, rescheduling, reminder_<offset>, follow_up_<offset>, dose_<instant>, or a "
        "notice's kind"
    )
    version: int = Field(description="rises by one each time the appointment moves")
    reservation_id: str | None = Field(description="of a dose: the prescription's id")
    to: str | None = Field(
        description="the recipient's number (E.164); null until it was about to be sent, except for a notice"
    )
    template: str
    language: str
    parameters: dict[str, str] = Field(description="the template's parameters; known when `to` is")
    text: str | None = Field(description="as WhatsApp rendered it; null if it never accepted it")
    appointment_time: Instant | None = Field(
        description="when the visit begins; of a dose: when it is to be taken"
    )
    due_at: Instant = Field(description="not to be sent before")
    useful_until: Instant | None = Field(description="not to be sent from then on")
    sent_at: Instant | None = Field(description="when WhatsApp accepted it")
    delivered_at: Instant | None = Field(
        default=None, description="when it was on the phone, as WhatsApp's webhook says"
    )
    read_at: Instant | None = Field(default=None, description="when it was read, likewise")
    retry_at: Instant | None = Field(
        default=None,
        description="not to be sent again before: WhatsApp took it and failed it for a reason that passes",
    )
    time_zone: str | None = Field(
        default=None, description="the recipient's, where the message keeps quiet hours"
    )
    status: str = Field(
        description="planned, sending, sent, delivered, read, failed, unknown, skipped or superseded; "
        "more may come"
    )
    reason: str | None = Field(description="why the status is what it is")
    attempts: int = Field(description="how often a request was about to leave")
    failed_tries: list[str] = Field(
        default_factory=list,
        description="the last five attempts that WhatsApp did not accept, the oldest first: the instant and "
        "the reason, 2026-11-30T15:00:00Z MessengerUnavailableError",
    )
    message_id: str | None = Field(description="WhatsApp's id of the message")
    times_accepted: int = Field(
        default=0,
        description="how often WhatsApp's simulator took it: once, and once more after each time that it "
        "failed for a reason that passes; more often is a duplicate",
    )
    created_at: Instant | None
    updated_at: Instant | None


class ExecutionRow(Row):
    """One run of a workflow's state machine."""

    workflow: str
    name: str = Field(description="the execution's name")
    event_id: str | None = Field(description="the event that started it")
    line: int | None = Field(description="that event's line in EVENTS.jsonl")
    detail_type: str | None = Field(
        default=None, description='that event\'s; "Scheduled Event" if a schedule started it'
    )
    reservation_id: str | None = Field(default=None, description="as in that event")
    request_id: str | None = None
    profile_id: str | None = None
    prescription_id: str | None = None
    status: str = Field(description="RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED")
    started_at: Instant
    stopped_at: Instant | None
    error: str | None = Field(description="the error's name, if it failed")
    cause: str | None = Field(description="the error's text, if it failed")
    transitions: int = Field(description="states entered")
    outcome: str | None = Field(default=None, description="what it came to, where its output says so")


class FailedEventRow(Row):
    """An event that did not end in a run that succeeded."""

    line: int | None = Field(description="its line in EVENTS.jsonl; null if it is not from there")
    event_id: str | None = Field(description="null if the bus refused it")
    detail_type: str
    where: Where = Field(
        description="refused: the bus did not take it; execution: its run failed; dlq: no target took it "
        "and a dead-letter queue holds it; dropped: no target took it and nothing holds it"
    )
    reason: str


class InvocationRow(Row):
    """One invocation of a Lambda function."""

    at: Instant
    function: str
    step: str | None
    execution: str | None
    status: str
    error: str | None
    cold: bool

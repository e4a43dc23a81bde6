"""Rows of OUT.json about prescriptions and about what people want."""

from pydantic import Field

from console.output.rows import Instant, Row


class PrescriptionRow(Row):
    """A prescription whose doses somebody is reminded of."""

    prescription_id: str
    status: str = Field(description="active or stopped")
    version: int = Field(description="rises by one each time its schedule changes")
    patient_name: str | None = None
    patient_phone: str | None = None
    medication_name: str | None = None
    dosage: str | None = None
    instructions: str | None = None
    frequency: str | None = Field(
        default=None, description="in one spelling, whatever the event's; null while only its end is known"
    )
    start: str | None = None
    duration: str | None = None
    profile_id: str | None = None
    clinic_id: str | None = None
    reservation_id: str | None = Field(default=None, description="the visit at which it was prescribed")
    counts_from: Instant | None = Field(
        default=None, description="the version's doses are those from then on"
    )
    planned_until: Instant | None = Field(
        default=None, description="those that are due until then have their messages"
    )
    stop_reason: str | None = None
    time_zone: str | None = None
    earlier_runs: list[str] = Field(
        default_factory=list, description="the runs that kept time for doses that will not be taken"
    )
    created_at: Instant | None = None
    updated_at: Instant | None = None


class ConsentRow(Row):
    """What a person has said of the messages they want; null: nothing, and they get all of them."""

    person: str = Field(description="the canonical form of the phone number: a key, not one to write to")
    appointments: bool | None = None
    appointments_at: Instant | None = None
    follow_ups: bool | None = None
    follow_ups_at: Instant | None = None
    medication: bool | None = None
    medication_at: Instant | None = None


class ToldRow(Row):
    """What a webhook says became of a message."""

    message_id: str
    intent_id: str | None
    status: str = Field(description="sent, delivered, read or failed")
    at: Instant = Field(description="since when it is so; the webhook may come later")
    code: int | None = Field(description="Meta's error code of a failure")


class ReceivedRow(Row):
    """A text that somebody wrote to the clinic's number."""

    sender: str = Field(description="the number's digits")
    text: str
    at: Instant


class WebhookRow(Row):
    """A body that WhatsApp's simulator posted to the webhook."""

    at: Instant
    answer: int = Field(description="the HTTP status it was answered with")
    attempt: int = Field(description="1 at first; more where the one before was not answered 200")
    forged: bool = Field(description="whether its signature was wrong")
    told: list[ToldRow]
    received: list[ReceivedRow]

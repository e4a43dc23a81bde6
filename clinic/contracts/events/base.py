"""The events Citas takes from the bus: camelCase payloads, as publishers have always sent them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from clinic.contracts.fields import (
    Flag,
    Identifier,
    Instant,
    Minutes,
    Name,
    Offset,
    OptionalName,
    OptionalText,
    PhoneNumber,
    SlotId,
    TimeZone,
)
from clinic.contracts.validation import parse_event
from clinic.domain.errors import InvalidEventError


class EventModel(BaseModel):
    """Base of all event models. Fields nobody knows are ignored: publishers may add theirs."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", defer_build=True)


class AppointmentCreated(EventModel):
    """The detail of ``appointment/created``. A text that may be left out may be blank as well.

    Attributes:
        appointment_time: when the visit begins.
        clinic_name, clinic_address, doctor_name: may be left out where the directory knows them
            (``clinic_id`` or ``profile_id``).
        preparation_instructions: default "Traiga su identificación y seguro médico".
        slot_id: where the slot is kept here, the reservation takes a place in it.
        duration_minutes: how long a visit without a slot takes its doctor's time; default the service's.
        charge_id: the payment provider's id of what the patient paid, for a refund.
        timezone: the zone in which the patient reads times; default the profile's, then the clinic's.
        reminder_offsets: narrows the configured offsets; an empty list means no reminders.
        is_import: the patient was told of it before Citas knew it: reminders, but no confirmation.
        is_announcement: Citas itself says it, of an appointment that it has booked: it changes nothing, since
            a publisher may have said something newer meanwhile.
    """

    reservation_id: Identifier
    patient_name: Name
    patient_phone: PhoneNumber
    appointment_time: Instant
    service_name: Name
    doctor_name: OptionalName = None
    clinic_name: OptionalName = None
    clinic_address: OptionalText = None
    preparation_instructions: OptionalText = None
    parking_info: OptionalText = None
    building_info: OptionalText = None
    office_number: OptionalName = None
    profile_id: Identifier | None = None
    clinic_id: Identifier | None = None
    service_id: Identifier | None = None
    slot_id: SlotId | None = None
    duration_minutes: Minutes | None = None
    charge_id: Identifier | None = None
    timezone: TimeZone | None = None
    reminder_offsets: tuple[Offset, ...] | None = None
    is_import: Flag = False
    is_announcement: Flag = False


class _Envelope(EventModel):
    """What EventBridge puts round a detail; the second spelling is that of runs of older definitions."""

    event_id: Identifier = Field(validation_alias=AliasChoices("id", "eventId"))
    event_time: Instant = Field(validation_alias=AliasChoices("time", "eventTime"))
    detail_type: str | None = Field(default=None, validation_alias=AliasChoices("detail-type", "detailType"))
    detail: dict[str, Any]


DetailT = TypeVar("DetailT", bound=EventModel)


@dataclass(frozen=True)
class Received(Generic[DetailT]):
    """An event with the id and time EventBridge gave it."""

    event_id: str
    event_time: datetime
    detail: DetailT


def receive(payload: Any, kinds: Mapping[str, type[DetailT]]) -> Received[DetailT]:
    """Read what a rule hands over: the event as EventBridge has it.

    Args:
        payload: the state machine's input, ``{"id", "time", "detail-type", "detail", …}``.
        kinds: the detail-types that are expected; one that isn't named counts as the only one expected.

    Raises:
        InvalidEventError: a field is missing or wrong; the message names it.
    """
    envelope = parse_event(_Envelope, payload, "the event's envelope")
    name = envelope.detail_type or next(iter(kinds))
    if name not in kinds:
        raise InvalidEventError(
            f"the event's envelope is not valid: detail-type: expected {' or '.join(kinds)}"
        )
    return Received(envelope.event_id, envelope.event_time, parse_event(kinds[name], envelope.detail, name))


class ReceivedAppointmentCreated(Received[AppointmentCreated]):
    """``appointment/created`` as it came."""

    @classmethod
    def parse(cls, payload: Any) -> Self:
        """Read what the rule hands over.

        Raises:
            InvalidEventError: a field is missing or wrong; the message names it.
        """
        received = receive(payload, {"appointment/created": AppointmentCreated})
        return cls(received.event_id, received.event_time, received.detail)

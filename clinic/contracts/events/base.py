"""Every event of the bus has this in common: its detail-type, its envelope, how it is read and built."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from clinic.contracts.fields import Identifier, Instant, OptionalName, PhoneNumber
from clinic.contracts.validation import parse_event
from clinic.domain.errors import InvalidEventError, NotInDirectoryError

OWN_SOURCE = "citas"
"""The source of what Citas itself puts on the bus, which takes it from nobody else."""


class EventModel(BaseModel):
    """Base of what is read from the bus: camelCase fields; those nobody knows are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", defer_build=True)


class BusEvent(EventModel):
    """Base of the details of events; each of them has a detail-type of its own.

    To build one that Citas announces use ``model_construct`` with the fields' own names: what is known has
    been validated once.
    """

    detail_type: ClassVar[str]

    @classmethod
    def refused(cls, because: str) -> InvalidEventError:
        """The error for what only its use shows to be wrong.

        Args:
            because: names the field and says what would be accepted.
        """
        return InvalidEventError(f"{cls.detail_type} is not valid: {because}")

    @classmethod
    def lacks(cls, because: str) -> NotInDirectoryError:
        """Likewise, for what the directory would have to hold."""
        return NotInDirectoryError(f"{cls.detail_type} is not valid: {because}")

    def to_detail(self) -> dict[str, Any]:
        """The detail to put on the bus: what was given, without what is None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_unset=True)


class KnownPatient(BusEvent):
    """What an event about something that is already known may say of its patient again.

    Attributes:
        patient_name, patient_phone: default what is known.
    """

    patient_name: OptionalName = None
    patient_phone: PhoneNumber | None = None


class _Envelope(EventModel):
    """What EventBridge puts round a detail; the second spelling is that of runs of older definitions."""

    event_id: Identifier = Field(validation_alias=AliasChoices("id", "eventId"))
    event_time: Instant = Field(validation_alias=AliasChoices("time", "eventTime"))
    detail_type: str | None = Field(default=None, validation_alias=AliasChoices("detail-type", "detailType"))
    detail: dict[str, Any]


DetailT = TypeVar("DetailT", bound=BusEvent)


@dataclass(frozen=True)
class Received(Generic[DetailT]):
    """An event with the id and time EventBridge gave it."""

    event_id: str
    event_time: datetime
    detail: DetailT


def receive(payload: Any, *expected: type[DetailT]) -> Received[DetailT]:
    """Read what a rule hands over: the event as EventBridge has it.

    Args:
        payload: the state machine's input, ``{"id", "time", "detail-type", "detail", …}``.
        expected: the models of the events that may come; one whose detail-type isn't named is the first.

    Raises:
        InvalidEventError: a field is missing or wrong; the message names it.
    """
    envelope = parse_event(_Envelope, payload, "the event's envelope")
    models = {model.detail_type: model for model in expected}
    name = envelope.detail_type or next(iter(models))
    if name not in models:
        raise InvalidEventError(
            f"the event's envelope is not valid: detail-type: expected {' or '.join(models)}"
        )
    return Received(envelope.event_id, envelope.event_time, parse_event(models[name], envelope.detail, name))

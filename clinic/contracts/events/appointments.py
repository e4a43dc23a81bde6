"""The event that books an appointment, and what a request for one says in the same fields."""

from typing import Any, ClassVar, Self

from clinic.contracts.events.base import BusEvent, Received, receive
from clinic.contracts.fields import (
    Flag,
    Identifier,
    Instant,
    Minutes,
    Name,
    Offset,
    OptionalLanguage,
    OptionalName,
    OptionalText,
    PhoneNumber,
    SlotId,
    TimeZone,
)


class AppointmentFields(BusEvent):
    """What a booking, and a request that may become one, say of an appointment.

    A text that may be left out may be blank as well.

    Attributes:
        clinic_name, clinic_address, doctor_name: may be left out where the directory knows them
            (``clinic_id`` or ``profile_id``).
        preparation_instructions: default the clinic's, then the language's own.
        charge_id: the payment provider's id of what the patient paid, for a refund.
        timezone: the zone in which the patient reads times; default the profile's, then the clinic's.
        language: what the patient reads; default what an earlier event said, then the clinic's.
        reminder_offsets: narrows the configured offsets; an empty list means no reminders.
    """

    patient_name: Name
    patient_phone: PhoneNumber
    service_name: Name
    doctor_name: OptionalName = None
    clinic_name: OptionalName = None
    clinic_address: OptionalText = None
    preparation_instructions: OptionalText = None
    parking_info: OptionalText = None
    building_info: OptionalText = None
    office_number: OptionalName = None
    clinic_id: Identifier | None = None
    service_id: Identifier | None = None
    charge_id: Identifier | None = None
    timezone: TimeZone | None = None
    language: OptionalLanguage = None
    reminder_offsets: tuple[Offset, ...] | None = None


class AppointmentCreated(AppointmentFields):
    """An appointment is booked.

    Attributes:
        appointment_time: when the visit begins.
        slot_id: where the slot is kept here, the reservation takes a place in it.
        duration_minutes: how long a visit without a slot takes its doctor's time; default the service's.
        is_import: the patient was told of it before Citas knew it: reminders, but no confirmation.
        is_announcement: Citas itself says it, of an appointment that it has booked: it changes nothing, since
            a publisher may have said something newer meanwhile.
    """

    detail_type: ClassVar[str] = "appointment/created"

    reservation_id: Identifier
    appointment_time: Instant
    profile_id: Identifier | None = None
    slot_id: SlotId | None = None
    duration_minutes: Minutes | None = None
    is_import: Flag = False
    is_announcement: Flag = False


class ReceivedAppointmentCreated(Received[AppointmentCreated]):
    """``appointment/created`` as it came."""

    @classmethod
    def parse(cls, payload: Any) -> Self:
        """Read what the rule hands over.

        Raises:
            InvalidEventError: a field is missing or wrong; the message names it.
        """
        received = receive(payload, AppointmentCreated)
        return cls(received.event_id, received.event_time, received.detail)

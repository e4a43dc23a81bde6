"""What an event says of an appointment, completed with what the directory knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events.base import AppointmentCreated
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.kinds import ReminderOffset
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.slots.doctors import Doctors
from clinic.templates.appointments import ASK_AT_RECEPTION, DEFAULT_PREPARATION, NOT_SAID

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.contracts.events.bookings import ReservationRequested
    from clinic.contracts.events.visits import VisitEvent

    WhereItIs = AppointmentCreated | ReservationRequested | VisitEvent


@dataclass(frozen=True)
class AppointmentReader:
    """Reads the particulars of an appointment.

    Attributes:
        offsets: when to remind unless the event narrows it.
        default_time_zone: for clinics the directory does not know.
        quiet_hours: what reminders keep free, if they do.
    """

    doctors: Doctors
    offsets: tuple[ReminderOffset, ...]
    default_time_zone: str
    quiet_hours: QuietHours | None = None

    def details(
        self, event: "AppointmentCreated | ReservationRequested", appointment_time: datetime, name: str
    ) -> AppointmentDetails:
        """The appointment at this time.

        Args:
            name: the event's detail-type, for errors.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either, or contradicts the
                configuration; or an id is not known to a directory that is kept.
        """
        if isinstance(event, AppointmentCreated) and event.is_announcement:  # of what was taken in once
            profile, clinic = self.doctors.known(event.profile_id, event.clinic_id)
        else:
            profile, clinic = self.doctors.named(name, event.profile_id, event.clinic_id)
            self.doctors.require_service(name, profile, event.service_id, event.slot_id)

        def require(field: str, given: str | None, known: str | None) -> str:
            return _required(name, field, given or known)

        return AppointmentDetails(
            reservation_id=event.reservation_id,
            appointment_time=appointment_time,
            patient_name=event.patient_name,
            patient_phone=event.patient_phone,
            service_name=event.service_name,
            doctor_name=require("doctorName", event.doctor_name, profile.name if profile else None),
            clinic_name=require("clinicName", event.clinic_name, clinic.name if clinic else None),
            clinic_address=require("clinicAddress", event.clinic_address, clinic.address if clinic else None),
            preparation_instructions=(
                event.preparation_instructions
                or (clinic.preparation_instructions if clinic else None)
                or DEFAULT_PREPARATION
            ),
            parking_info=event.parking_info or (clinic.parking_info if clinic else None) or NOT_SAID,
            building_info=(
                event.building_info or (clinic.building_info if clinic else None) or ASK_AT_RECEPTION
            ),
            office_number=event.office_number or (clinic.office_number if clinic else None) or NOT_SAID,
            time_zone=self._zone(event, profile, clinic),
            offsets=self._narrowed(event.reminder_offsets, name),
            profile_id=event.profile_id,
            clinic_id=clinic.clinic_id if clinic else event.clinic_id,
            service_id=event.service_id,
            slot_id=event.slot_id,
            visit_minutes=event.duration_minutes if isinstance(event, AppointmentCreated) else None,
            charge_id=event.charge_id,
            reminder_gap=clinic.reminder_gap if clinic else None,
            clinic_phone=clinic.phone if clinic and event.clinic_name in {None, clinic.name} else None,
        )

    def time_zone(self, event: "WhereItIs", name: str) -> str:
        """The zone in which a patient reads times: the event's, profile's, clinic's or stage's.

        Raises:
            InvalidEventError: an id is not known to a directory that is kept.
        """
        return self._zone(event, *self.doctors.named(name, event.profile_id, event.clinic_id))

    def clinic_phone(self, event: "WhereItIs") -> str | None:
        """Where the clinic is called, if the directory knows it."""
        _, clinic = self.doctors.known(event.profile_id, event.clinic_id)
        return clinic.phone if clinic else None

    def _zone(self, event: "WhereItIs", profile: Profile | None, clinic: Clinic | None) -> str:
        time_zone = event.timezone or (profile.time_zone if profile else None)
        return time_zone or (clinic.time_zone if clinic else self.default_time_zone)

    def _narrowed(self, wanted: tuple[ReminderOffset, ...] | None, name: str) -> tuple[ReminderOffset, ...]:
        if wanted is None:
            return self.offsets
        if not set(wanted) <= set(self.offsets):
            accepted = ", ".join(offset.label for offset in self.offsets)
            raise InvalidEventError(f"{name} is not valid: reminderOffsets: expected some of {accepted}")
        return tuple(sorted(set(wanted), reverse=True))


def _required(event: str, field: str, value: str | None) -> str:
    if value is None:
        raise InvalidEventError(
            f"{event} is not valid: {field}: is missing, and the directory does not know it"
        )
    return value

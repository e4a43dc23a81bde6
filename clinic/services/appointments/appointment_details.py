"""What an event says of an appointment, completed with what the directory knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events.base import AppointmentCreated
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.kinds import ReminderOffset
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.known_ids import doctor_and_clinic, doctor_and_clinic_if_known
from clinic.services.ports import Directory
from clinic.templates.appointments import ASK_AT_RECEPTION, DEFAULT_PREPARATION, NOT_SAID

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.contracts.events.bookings import ReservationRequested
    from clinic.contracts.events.visits import VisitEvent
    from clinic.services.slots.ports import DoctorSchedule, DoctorSchedules

    WhereItIs = AppointmentCreated | ReservationRequested | VisitEvent


@dataclass(frozen=True)
class AppointmentReader:
    """Reads the particulars of an appointment.

    Attributes:
        offsets: when to remind unless the event narrows it.
        default_time_zone: for clinics the directory does not know.
        quiet_hours: what reminders keep free, if they do.
        schedules: where doctors' services and hours are found, opened when first needed; None: nowhere.
    """

    directory: Directory
    offsets: tuple[ReminderOffset, ...]
    default_time_zone: str
    quiet_hours: QuietHours | None = None
    schedules: "Callable[[], DoctorSchedules] | None" = None

    def profile(self, profile_id: str | None) -> Profile | None:
        """The doctor's profile, if the directory knows it."""
        return self.directory.profile(profile_id) if profile_id else None

    def schedule(self, profile_id: str) -> "DoctorSchedule | None":
        """What the doctor offers and when; None: the doctor is not kept here."""
        return self.schedules().schedule(profile_id) if self.schedules else None

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
            profile, clinic = doctor_and_clinic_if_known(self.directory, event.profile_id, event.clinic_id)
        else:
            profile, clinic = doctor_and_clinic(self.directory, name, event.profile_id, event.clinic_id)
            self.require_service(name, profile, event.service_id, event.slot_id)

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
        return self._zone(event, *doctor_and_clinic(self.directory, name, event.profile_id, event.clinic_id))

    def clinic_phone(self, event: "WhereItIs") -> str | None:
        """Where the clinic is called, if the directory knows it."""
        _, clinic = doctor_and_clinic_if_known(self.directory, event.profile_id, event.clinic_id)
        return clinic.phone if clinic else None

    def require_service(
        self, name: str, profile: Profile | None, service_id: str | None, slot_id: str | None = None
    ) -> None:
        """That the doctor has the service, where the doctor's services are kept.

        Args:
            slot_id: the slot that may have named the service.

        Raises:
            InvalidEventError: it is none of the doctor's.
        """
        schedule = (
            self.schedule(profile.profile_id) if profile is not None and service_id is not None else None
        )
        known = {service.service_id for service in schedule.services} if schedule else set()
        if known and service_id not in known:
            field = "slotId" if slot_id is not None and f":{service_id}:" in slot_id else "serviceId"
            accepted = ", ".join(sorted(known))
            raise InvalidEventError(
                f"{name} is not valid: {field}: expected a service of the doctor's: {accepted}"
            )

    def takes_no_visits(self, profile_id: str | None, service_id: str | None) -> str | None:
        """Why nobody can be booked anew: the field, and what in it is not active; None: somebody can be."""
        profile = self.profile(profile_id)
        if profile is None:
            return None
        if not profile.is_active:
            return f"profileId: {profile_id} is not active"
        schedule = self.schedule(profile.profile_id) if service_id is not None else None
        services = schedule.services if schedule else ()
        if any(service.service_id == service_id and not service.is_active for service in services):
            return f"serviceId: {service_id} is not active"
        return None

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

"""The particulars of an appointment: what its event says, or its move, completed with the directory."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import BusEvent
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.directory import DIRECTIONS, Clinic, Profile
from clinic.domain.errors import (
    InvalidEventError,
    SlotNotAvailableError,
    UnknownProfileError,
)
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.messages.kinds import RESCHEDULING, ReminderOffset
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.slots.doctors import Doctors

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.contracts.events.appointment_changes import AppointmentRescheduled
    from clinic.contracts.events.requests import ReservationRequested
    from clinic.contracts.events.visits import VisitEvent

    WhereItIs = AppointmentCreated | ReservationRequested | VisitEvent


@dataclass(frozen=True)
class AppointmentReader:
    """Reads the particulars of an appointment.

    Attributes:
        offsets: when to remind unless the event narrows it.
        default_time_zone, default_language: for clinics the directory does not know.
        quiet_hours: what reminders keep free, if they do.
    """

    doctors: Doctors
    offsets: tuple[ReminderOffset, ...]
    default_time_zone: str
    quiet_hours: QuietHours | None = None
    default_language: str = DEFAULT_LANGUAGE

    def details(
        self, event: "AppointmentCreated | ReservationRequested", appointment_time: datetime
    ) -> AppointmentDetails:
        """The appointment at this time.

        Raises:
            InvalidEventError: a field is missing that the directory could not give, or contradicts the
                configuration.
            NotInDirectoryError: a directory that is kept does not know an id, or lacks what is left out.
        """
        name = event.detail_type
        if isinstance(event, AppointmentCreated) and event.is_announcement:  # of what was taken in once
            profile, clinic = self.doctors.known(event.profile_id, event.clinic_id)
        else:
            profile, clinic = self.doctors.named(name, event.profile_id, event.clinic_id)
            self.doctors.require_service(name, profile, event.service_id, event.slot_id, event.clinic_id)

        def require(field: str, given: str | None, known: str | None) -> str:
            # The directory always has a clinic to give, but a doctor only where one is named.
            is_named = field != "doctorName" or event.profile_id is not None
            return _required(event, field, given or known, is_named=is_named)

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
                event.preparation_instructions or (clinic.preparation_instructions if clinic else None) or ""
            ),
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
            language=event.language,
            clinic_language=self.language_at(clinic),
            **_directions(clinic, event),
        )

    def time_zone(self, event: "WhereItIs") -> str:
        """The zone in which a patient reads times: the event's, profile's, clinic's or stage's.

        Raises:
            InvalidEventError: an id is not known to a directory that is kept.
        """
        return self._zone(event, *self.doctors.named(event.detail_type, event.profile_id, event.clinic_id))

    def clinic_phone(self, event: "WhereItIs") -> str | None:
        """Where the clinic is called, if the directory knows it."""
        _, clinic = self.doctors.known(event.profile_id, event.clinic_id)
        return clinic.phone if clinic else None

    def clinic_language(self, event: "WhereItIs") -> str:
        """What is read at the clinic."""
        _, clinic = self.doctors.known(event.profile_id, event.clinic_id)
        return self.language_at(clinic)

    def language_at(self, clinic: Clinic | None) -> str:
        """What is read at this clinic; of one that says nothing, the deployment's."""
        return (clinic.language if clinic else None) or self.default_language

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


def _directions(clinic: Clinic | None, event: "AppointmentCreated | ReservationRequested") -> dict[str, Any]:
    known = clinic.directions() if clinic else {}
    return {name: getattr(event, name) or known.get(name) for name in DIRECTIONS}


def moved_details(
    appointments: AppointmentReader, old: AppointmentDetails, event: "AppointmentRescheduled"
) -> AppointmentDetails:
    """The old appointment's particulars with what the event changes: its time, its place, and what it names.

    Raises:
        InvalidEventError: a slot without a doctor, or an id that a directory which is kept does not know.
        UnknownProfileError: another doctor, of whom the directory knows nothing.
    """
    profile_id = event.profile_id or old.profile_id
    if event.new_slot_id is not None and profile_id is None:
        raise InvalidEventError(
            f"{event.detail_type} is not valid: profileId: is missing, and the reservation names none"
        )
    if event.service_id not in {None, old.service_id}:
        appointments.doctors.require_service(
            event.detail_type, appointments.doctors.profile(profile_id), event.service_id
        )
    moved = replace(
        old,
        reservation_id=event.new_reservation_id,
        appointment_time=event.new_appointment_time,
        slot_id=event.new_slot_id,
        visit_minutes=old.visit_minutes if event.service_id in {None, old.service_id} else None,
        takes_from=None,
        takes_until=None,
        profile_id=profile_id,
        service_id=event.service_id or old.service_id,
        service_name=event.service_name or old.service_name,
        patient_name=event.patient_name or old.patient_name,
        patient_phone=event.patient_phone or old.patient_phone,
        language=event.language or old.language,
        # An offset that is no longer configured would be refused when the appointment is announced.
        offsets=tuple(offset for offset in old.offsets if offset in appointments.offsets),
        opening=RESCHEDULING,
    )
    if profile_id is None or profile_id == old.profile_id:
        return moved
    return _with_doctor(
        appointments, moved, profile_id, event.detail_type, is_other=old.profile_id is not None
    )


def require_open(appointments: AppointmentReader, old: AppointmentDetails, new: AppointmentDetails) -> None:
    """That another doctor or service than before takes visits.

    Raises:
        SlotNotAvailableError: none any more.
    """
    if (new.profile_id, new.service_id) == (old.profile_id, old.service_id):
        return
    closed = appointments.doctors.takes_no_visits(new.profile_id, new.service_id)
    if closed is not None:
        raise SlotNotAvailableError(closed)


def _with_doctor(
    appointments: AppointmentReader, moved: AppointmentDetails, profile_id: str, event: str, *, is_other: bool
) -> AppointmentDetails:
    if is_other and appointments.doctors.profile(profile_id) is None:
        raise UnknownProfileError(f"profileId: the directory holds no profile {profile_id}")
    profile, clinic = appointments.doctors.named(event, profile_id, None)
    if profile is None:
        return moved
    moved = replace(moved, doctor_name=profile.name)
    if clinic is None or clinic.clinic_id == moved.clinic_id:
        return moved
    return replace(
        moved,
        clinic_id=clinic.clinic_id,
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        clinic_phone=clinic.phone,
        reminder_gap=clinic.reminder_gap,
        time_zone=profile.time_zone or clinic.time_zone,
        clinic_language=appointments.language_at(clinic),
        **clinic.directions(),
    )


def _required(event: BusEvent, field: str, value: str | None, *, is_named: bool) -> str:
    if value is None:
        because = f"{field}: is missing, and the directory does not know it"
        raise event.lacks(because) if is_named else event.refused(because)
    return value

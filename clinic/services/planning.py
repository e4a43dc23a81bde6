"""Use case: an ``appointment/created`` event becomes a reservation and its planned messages."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.contracts.events import AppointmentCreated, ReceivedAppointmentCreated
from clinic.domain.directory import Clinic
from clinic.domain.errors import AppointmentInThePastError, AppointmentTooFarAheadError, InvalidEventError
from clinic.domain.intents import Intent, IntentId, IntentStatus, Reason, reservation_subject
from clinic.domain.reminders import ReminderOffset, plan_touchpoints
from clinic.domain.reservations import AppointmentDetails, Arrival, EventOrder, Reservation, classify
from clinic.messages.appointments import ASK_AT_RECEPTION, DEFAULT_PREPARATION, template_for
from clinic.services.ports import Directory, Ledger

DEFAULT_CLINIC = "main"

# A run may live a year; what is left is room for retries.
LONGEST_AHEAD = timedelta(days=360)


@dataclass(frozen=True)
class ReminderPlan:
    """What a run has to do: send ``open_intents``, in the order they are due."""

    reservation: Reservation
    arrival: Arrival
    open_intents: tuple[Intent, ...]


@dataclass(frozen=True)
class ReminderPlanning:
    """Plans reminders.

    Attributes:
        offsets: when to remind unless the event narrows it.
        default_time_zone: for clinics the directory does not know.
    """

    ledger: Ledger
    directory: Directory
    offsets: tuple[ReminderOffset, ...]
    default_time_zone: str

    def plan(self, event: ReceivedAppointmentCreated, now: datetime) -> ReminderPlan:
        """Apply the event to the ledger and say which messages are still to be sent.

        The same event, or another one for the same time, adds nothing; one for another time supersedes
        what was planned, unless it is older than what is known.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either, or contradicts
                the configuration.
            AppointmentInThePastError, AppointmentTooFarAheadError: nothing can be planned.
            ConcurrentChangeError: another run changed the reservation; call again.
        """
        details = self._details(event.detail)
        order = EventOrder(event.event_time, event.event_id)
        seen = self.ledger.reservation(details.reservation_id)
        arrival = classify(seen, details.appointment_time, order)
        if seen is None:
            return self._first(Reservation.first(details, order, now), now)
        match arrival:
            case Arrival.SAME_TIME:
                return self._same_time(seen, details, order, now)
            case Arrival.MOVED:
                return self._moved(seen, details, order, now)
            case _:
                return ReminderPlan(seen, arrival, ())

    def _first(self, reservation: Reservation, now: datetime) -> ReminderPlan:
        intents = _new_intents(reservation, now)
        self.ledger.create(reservation, intents)
        return ReminderPlan(reservation, Arrival.NEW, _still_open(intents))

    def _same_time(
        self, seen: Reservation, details: AppointmentDetails, order: EventOrder, now: datetime
    ) -> ReminderPlan:
        is_newer = seen.is_older_than(order)
        current = seen.refreshed(details, order, now) if is_newer else seen
        known = self.ledger.intents(reservation_subject(seen.reservation_id))
        intents = [intent for intent in known if intent.id.version == seen.version]
        if not intents:  # written by whoever booked it, before its event came
            intents = _new_intents(current, now)
            self.ledger.amend(current, seen, intents)
            return ReminderPlan(current, Arrival.NEW, _still_open(intents))
        if is_newer:
            added = _missing_intents(current, intents, now)
            self.ledger.amend(current, seen, added)
            intents += added
        return ReminderPlan(current, Arrival.SAME_TIME, _still_open(intents))

    def _moved(
        self, seen: Reservation, details: AppointmentDetails, order: EventOrder, now: datetime
    ) -> ReminderPlan:
        reservation = seen.moved(details, order, now)
        intents = _new_intents(reservation, now)
        known = self.ledger.intents(reservation_subject(seen.reservation_id))
        superseded = [intent for intent in known if intent.status is IntentStatus.PLANNED]
        self.ledger.move(reservation, seen, intents, superseded)
        return ReminderPlan(reservation, Arrival.MOVED, _still_open(intents))

    def _details(self, event: AppointmentCreated) -> AppointmentDetails:
        profile = self.directory.profile(event.profile_id) if event.profile_id else None
        clinic_id = event.clinic_id or (profile.clinic_id if profile else DEFAULT_CLINIC)
        clinic = self.directory.clinic(clinic_id)
        time_zone = event.timezone or (profile.time_zone if profile else None)
        return AppointmentDetails(
            reservation_id=event.reservation_id,
            appointment_time=event.appointment_time,
            patient_name=event.patient_name,
            patient_phone=event.patient_phone,
            service_name=event.service_name,
            doctor_name=_required("doctorName", event.doctor_name, profile.name if profile else None),
            clinic_name=_required("clinicName", event.clinic_name, clinic.name if clinic else None),
            clinic_address=_required(
                "clinicAddress", event.clinic_address, clinic.address if clinic else None
            ),
            preparation_instructions=(
                event.preparation_instructions
                or (clinic.preparation_instructions if clinic else None)
                or DEFAULT_PREPARATION
            ),
            parking_info=event.parking_info or _known(clinic, "parking_info"),
            building_info=event.building_info or _known(clinic, "building_info"),
            office_number=event.office_number or _known(clinic, "office_number"),
            time_zone=time_zone or (clinic.time_zone if clinic else self.default_time_zone),
            offsets=self._narrowed(event.reminder_offsets),
            profile_id=event.profile_id,
            clinic_id=clinic.clinic_id if clinic else event.clinic_id,
            service_id=event.service_id,
            slot_id=event.slot_id,
        )

    def _narrowed(self, wanted: tuple[ReminderOffset, ...] | None) -> tuple[ReminderOffset, ...]:
        if wanted is None:
            return self.offsets
        if not set(wanted) <= set(self.offsets):
            accepted = ", ".join(offset.label for offset in self.offsets)
            raise InvalidEventError(
                f"appointment/created is not valid: reminderOffsets: expected some of {accepted}"
            )
        return tuple(sorted(set(wanted), reverse=True))


def _required(field: str, given: str | None, known: str | None) -> str:
    value = given or known
    if value is None:
        raise InvalidEventError(
            f"appointment/created is not valid: {field}: is missing, and the directory does not know it"
        )
    return value


def _known(clinic: Clinic | None, attribute: str) -> str:
    value: str | None = getattr(clinic, attribute) if clinic else None
    return value or ASK_AT_RECEPTION


def _new_intents(reservation: Reservation, now: datetime) -> list[Intent]:
    subject = reservation_subject(reservation.reservation_id)
    if reservation.appointment_time <= now:
        raise AppointmentInThePastError(f"{subject}: appointmentTime: expected an instant in the future")
    if reservation.appointment_time - now > LONGEST_AHEAD:
        raise AppointmentTooFarAheadError(
            f"{subject}: appointmentTime: expected at most {LONGEST_AHEAD.days} days ahead"
        )
    intents = []
    for touchpoint in plan_touchpoints(reservation.appointment_time, now, reservation.details.offsets):
        template = template_for(touchpoint.kind)
        planned = Intent(
            id=IntentId(subject, reservation.version, touchpoint.kind),
            reservation_id=reservation.reservation_id,
            template=template.name,
            language=template.language,
            appointment_time=reservation.appointment_time,
            due_at=touchpoint.due_at,
            useful_until=touchpoint.useful_until,
            status=IntentStatus.PLANNED,
            created_at=now,
            updated_at=now,
        )
        if touchpoint.missed:
            planned = replace(planned, status=IntentStatus.SKIPPED, reason=Reason.BOOKED_AFTER_DUE)
        intents.append(planned)
    return intents


def _missing_intents(reservation: Reservation, known: list[Intent], now: datetime) -> list[Intent]:
    """What a newer event asks for and no earlier one did; what it no longer asks for is not sent when due."""
    kinds = {intent.kind for intent in known}
    if reservation.appointment_time <= now or reservation.details.kinds <= kinds:
        return []
    return [intent for intent in _new_intents(reservation, now) if intent.kind not in kinds]


def _still_open(intents: list[Intent]) -> tuple[Intent, ...]:
    waiting = (intent for intent in intents if intent.status in {IntentStatus.PLANNED, IntentStatus.SENDING})
    return tuple(sorted(waiting, key=lambda intent: intent.due_at))

"""Use case: a visit is over. Its reservation closes, and what the patient is to be asked is planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events.base import Received
from clinic.contracts.events.visits import VisitEnd
from clinic.domain.appointments.follow_ups import plan_follow_ups
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.appointments.visits import VisitOutcome, classify_visit
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason, reservation_subject
from clinic.domain.messages.kinds import Follows
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.appointments.appointment_intents import endings, still_open
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.visit_particulars import Visit, order_of, placeholder, status_of, visit_of
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict
from clinic.templates.follow_ups import follow_up_parameters

if TYPE_CHECKING:
    from clinic.services.slots.slot_reservations import BookingChange

_MAY_HAVE_ARRIVED = frozenset({IntentStatus.SENDING, IntentStatus.UNKNOWN})


@dataclass(frozen=True)
class FollowUpPlan:
    """What a run has to do: send ``open_intents``, in the order they are due.

    Attributes:
        skipped: the follow-ups whose time had passed when the event became known.
    """

    reservation: Reservation
    outcome: VisitOutcome
    open_intents: tuple[Intent, ...] = ()
    skipped: tuple[Intent, ...] = ()


@dataclass(frozen=True)
class FollowUpPlanning:
    """Closes reservations whose visit is over, and plans their follow-ups.

    Attributes:
        quiet_hours: when nobody gets a follow-up.
    """

    booking_store: BookingStore
    appointments: AppointmentReader
    quiet_hours: QuietHours

    def plan(self, event: Received[VisitEnd], run: str, now: datetime) -> FollowUpPlan:
        """Close the reservation in one transaction: its status, its place, its reminders, its follow-ups.

        The same event again adds nothing and gives what is still open. A newer one that says otherwise takes
        its place; what the channel may have accepted is not asked again.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will keep time for the follow-ups.
            now: the instant of the call.

        Raises:
            InvalidEventError: neither event nor reservation says enough of it, or it can't be over yet.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        subject = reservation_subject(event.detail.reservation_id)
        return retry_on_conflict(lambda: self._apply(event, run, now), subject)

    def _apply(self, event: Received[VisitEnd], run: str, now: datetime) -> FollowUpPlan:
        seen, known = reservation_and_intents(self.booking_store, event.detail.reservation_id)
        outcome = classify_visit(seen, status_of(event), order_of(event))
        if seen is not None and outcome in {VisitOutcome.STALE, VisitOutcome.CLOSED}:
            return FollowUpPlan(seen, outcome)
        if seen is not None and outcome is VisitOutcome.ALREADY_PLANNED:
            return self._as_planned(seen, known, seen, run, now)
        visit = visit_of(event, seen, self.appointments)
        if outcome is VisitOutcome.NO_SHOW:
            return self._no_show(seen, known, visit, now)
        if seen is not None and outcome is VisitOutcome.CORRECTED:
            return self._corrected(seen, known, visit, run, now)
        return self._first(seen, known, visit, run, now)

    def _first(
        self, seen: Reservation | None, known: list[Intent], visit: Visit, run: str, now: datetime
    ) -> FollowUpPlan:
        current = _over(seen, visit, now).watched_by(run, now)
        planned = self._planned(current, visit, now)
        self.booking_store.commit(
            Changes(
                bookings=self._freed(seen),
                reservations=((seen, current),),
                intents=planned,
                endings=endings(known, IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED, now),
            )
        )
        return _plan(current, VisitOutcome.PLANNED, planned)

    def _corrected(
        self, seen: Reservation, known: list[Intent], visit: Visit, run: str, now: datetime
    ) -> FollowUpPlan:
        follow_ups = [intent for intent in known if intent.id.is_follow_up]
        # Nobody is asked the same again, whatever has been corrected.
        asked = {intent.kind for intent in follow_ups if _may_have_arrived(intent)}
        current = seen.corrected(visit.order, now).watched_by(run, now)
        planned = tuple(i for i in self._planned(current, visit, now) if i.kind not in asked)
        standing = (i for i in follow_ups if i.id.version == seen.version and i.kind not in asked)
        if seen.status is ReservationStatus.COMPLETED and _what_is_said(standing) == _what_is_said(planned):
            return self._as_planned(seen, known, seen.over(visit.status, visit.order, now), run, now)
        self.booking_store.commit(
            Changes(
                reservations=((seen, current),),
                intents=planned,
                endings=endings(
                    known, IntentStatus.SUPERSEDED, Reason.VISIT_CORRECTED, now, follows=Follows.VISIT
                ),
            )
        )
        return _plan(current, VisitOutcome.CORRECTED, planned)

    def _as_planned(
        self, seen: Reservation, known: list[Intent], current: Reservation, run: str, now: datetime
    ) -> FollowUpPlan:
        current = current.watched_by(run, now)
        if current != seen:
            self.booking_store.commit(Changes(reservations=((seen, current),)))
        standing = (i for i in known if i.id.is_follow_up and i.id.version == seen.version)
        return _plan(current, VisitOutcome.ALREADY_PLANNED, standing)

    def _no_show(
        self, seen: Reservation | None, known: list[Intent], visit: Visit, now: datetime
    ) -> FollowUpPlan:
        if (
            seen is not None
            and seen.status is ReservationStatus.NO_SHOW
            and not seen.is_older_than(visit.order)
        ):
            return FollowUpPlan(seen, VisitOutcome.NO_SHOW)
        current = _over(seen, visit, now)
        self.booking_store.commit(
            Changes(
                bookings=self._freed(seen),
                reservations=((seen, current),),
                endings=(
                    *endings(known, IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED, now),
                    *endings(known, IntentStatus.SKIPPED, Reason.NO_SHOW, now, follows=Follows.VISIT),
                ),
            )
        )
        return FollowUpPlan(current, VisitOutcome.NO_SHOW)

    def _freed(self, seen: Reservation | None) -> "tuple[BookingChange, ...]":
        if seen is None or not seen.details.has_place:
            return ()
        from clinic.services.slots.slot_reservations import (
            release,  # follow-ups of visits without a slot start sooner
        )

        return release(self.booking_store, seen.details)

    def _planned(self, reservation: Reservation, visit: Visit, now: datetime) -> tuple[Intent, ...]:
        language = visit.language or visit.clinic_language
        touchpoints = plan_follow_ups(visit.began, now, visit.follow_ups, self.quiet_hours, visit.time_zone)
        planned = []
        for touchpoint in touchpoints:
            kind = touchpoint.kind
            intent = Intent(
                id=IntentId(reservation_subject(visit.reservation_id), reservation.version, kind),
                record_id=visit.reservation_id,
                template=kind,
                language=language,
                happens_at=visit.began,
                due_at=touchpoint.due_at,
                useful_until=touchpoint.useful_until,
                status=IntentStatus.SKIPPED if touchpoint.missed else IntentStatus.PLANNED,
                reason=Reason.KNOWN_AFTER_DUE if touchpoint.missed else None,
                created_at=now,
                updated_at=now,
                time_zone=visit.time_zone,
                to=visit.patient_phone,
                parameters=follow_up_parameters(
                    kind,
                    language,
                    patient_name=visit.patient_name,
                    questions=visit.questions,
                    service_name=visit.service_name,
                    began=visit.began,
                    time_zone=visit.time_zone,
                    clinic_phone=visit.clinic_phone,
                ),
            )
            planned.append(intent)
        return tuple(planned)


def _over(seen: Reservation | None, visit: Visit, now: datetime) -> Reservation:
    return seen.over(visit.status, visit.order, now) if seen else placeholder(visit, now)


def _may_have_arrived(intent: Intent) -> bool:
    return intent.status.is_accepted or intent.status in _MAY_HAVE_ARRIVED


def _what_is_said(intents: Iterable[Intent]) -> list[tuple[object, ...]]:
    """To whom, when and what: what must be the same for a correction to correct nothing."""
    return sorted((i.kind, i.due_at, i.useful_until, i.to, sorted(i.parameters.items())) for i in intents)


def _plan(reservation: Reservation, outcome: VisitOutcome, intents: Iterable[Intent]) -> FollowUpPlan:
    known = tuple(intents)
    skipped = tuple(intent for intent in known if intent.reason == Reason.KNOWN_AFTER_DUE)
    return FollowUpPlan(reservation, outcome, still_open(known), skipped)

"""Use case: an event about a prescription becomes a record, and the doses that a run keeps time for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.events.base import Received
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.domain.appointments.reservation import EventOrder
from clinic.domain.errors import UnknownPrescriptionError
from clinic.domain.instants import ceil_to_second
from clinic.domain.messages.intent import Intent, prescription_subject
from clinic.domain.prescriptions.prescription import (
    LONGEST_AHEAD,
    Prescribed,
    Prescription,
    classify,
    derived_id,
    next_batch,
)
from clinic.domain.prescriptions.regimens import Regimen
from clinic.services.prescriptions.dose_intents import (
    MOST_ENDINGS,
    end_what_is_over,
    open_doses,
    over,
    plan_doses,
    reminded_at,
)
from clinic.services.prescriptions.ports import PrescriptionChanges, Prescriptions
from clinic.services.prescriptions.regimens import RegimenReader
from clinic.services.unit_of_work import retry_on_conflict


class PrescriptionOutcome(StrEnum):
    """What an event came to."""

    PLANNED = Prescribed.NEW.value
    NOTHING_AHEAD = "nothing_ahead"
    ALREADY_PLANNED = Prescribed.SAME.value
    CHANGED = Prescribed.CHANGED.value
    RESUMED = Prescribed.RESUMED.value
    STALE = Prescribed.STALE.value
    STOPPED = Prescribed.STOPPED.value
    ALREADY_STOPPED = "already_stopped"
    OTHER_VERSION = "prescription_changed"
    CONTINUED = "continued"
    ALREADY_CONTINUED = "already_continued"

    @property
    def is_continued(self) -> bool:
        """Whether a fresh run goes on."""
        return self is PrescriptionOutcome.CONTINUED


@dataclass(frozen=True)
class DosePlan:
    """What a run has to do: send ``open_doses`` in the order they are due, and go on if more are to come."""

    prescription: Prescription
    outcome: PrescriptionOutcome
    open_doses: tuple[Intent, ...] = ()
    is_more_to_come: bool = False


@dataclass(frozen=True)
class Prescribing:
    """Keeps prescriptions and plans their doses, a batch at a time."""

    prescriptions: Prescriptions
    regimens: RegimenReader

    def create(self, event: Received[PrescriptionCreated], run: str, now: datetime) -> DosePlan:
        """Take in a prescription, or another word on one that is known.

        The same schedule and particulars again add nothing; others supersede what was planned, unless they
        are older than what is known. Doses count from the event's own instant on.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will keep time for the doses.
            now: the instant of the call.

        Raises:
            InvalidEventError: the last date does not fit the start, or comes before any dose.
            ConcurrentChangeError: others keep changing the prescription; call again.
        """
        regimen = self.regimens.regimen(event.detail)
        prescription_id = event.detail.prescription_id or derived_id(regimen)
        order = EventOrder(event.event_time, event.event_id)
        return retry_on_conflict(
            lambda: self._create(prescription_id, regimen, order, run, now),
            prescription_subject(prescription_id),
        )

    def stop(self, event: Received[PrescriptionStopped], now: datetime) -> DosePlan:
        """End a prescription: none of its doses leaves any more.

        One that nobody has told of yet is noted as stopped, so that what was said before does not start it.

        Raises:
            ConcurrentChangeError: others keep changing the prescription; call again.
        """
        order = EventOrder(event.event_time, event.event_id)
        prescription_id, reason = event.detail.prescription_id, event.detail.stop_reason
        return retry_on_conflict(
            lambda: self._stop(prescription_id, reason, order, now), prescription_subject(prescription_id)
        )

    def go_on(self, event: Received[PrescriptionContinued], run: str, now: datetime) -> DosePlan:
        """Plan the next batch for a fresh run, unless another event has had it planned.

        Raises:
            UnknownPrescriptionError: there is no such prescription.
            ConcurrentChangeError: others keep changing the prescription; call again.
        """
        return retry_on_conflict(
            lambda: self._go_on(event, run, now), prescription_subject(event.detail.prescription_id)
        )

    def _create(
        self, prescription_id: str, regimen: Regimen, order: EventOrder, run: str, now: datetime
    ) -> DosePlan:
        seen = self.prescriptions.prescription(prescription_id)
        if seen is None:
            first = Prescription.first(prescription_id, regimen, order, now).watched_by(run, now)
            _require_doses(first)
            return self._plan(None, first, PrescriptionOutcome.PLANNED, now)
        regimen = regimen.in_language_of(seen.regimen)
        arrival = classify(seen, regimen, order)
        match arrival:
            case Prescribed.SAME:
                return self._same(seen, regimen, order, run, now)
            case Prescribed.NEW | Prescribed.RESUMED | Prescribed.CHANGED:
                newer = seen.changed(regimen, order, now).watched_by(run, now)
                _require_doses(newer)
                known = self.prescriptions.doses(prescription_id)
                plan = self._plan(seen, newer, PrescriptionOutcome(arrival.value), now, reminded_at(known))
                self._sweep(plan.prescription, now)
                return plan
            case _:
                return DosePlan(seen, PrescriptionOutcome(arrival.value))

    def _same(
        self, seen: Prescription, regimen: Regimen, order: EventOrder, run: str, now: datetime
    ) -> DosePlan:
        newer = seen.noted(regimen, order, now) if seen.is_older_than(order) else seen
        current = newer.watched_by(run, now)
        if current != seen:
            self.prescriptions.commit(PrescriptionChanges((seen, current)))
        self._sweep(current, now)
        return DosePlan(
            current,
            PrescriptionOutcome.ALREADY_PLANNED,
            open_doses(self.prescriptions.doses_of(current.prescription_id, current.version)),
            current.is_more_to_come,
        )

    def _stop(self, prescription_id: str, reason: str | None, order: EventOrder, now: datetime) -> DosePlan:
        seen = self.prescriptions.prescription(prescription_id)
        if seen is None:
            stopped = Prescription.placeholder(prescription_id, reason, order, now)
            self.prescriptions.commit(PrescriptionChanges((None, stopped)))
            return DosePlan(stopped, PrescriptionOutcome.STOPPED)
        if not seen.is_older_than(order):
            if seen.is_active:
                return DosePlan(seen, PrescriptionOutcome.STALE)
            self._sweep(seen, now)
            return DosePlan(seen, PrescriptionOutcome.ALREADY_STOPPED)
        stopped = seen.stopped(reason, order, now)
        endings = over(stopped, self.prescriptions.doses(prescription_id), now)
        self.prescriptions.commit(PrescriptionChanges((seen, stopped), endings=endings[:MOST_ENDINGS]))
        self._sweep(stopped, now)
        outcome = PrescriptionOutcome.STOPPED if seen.is_active else PrescriptionOutcome.ALREADY_STOPPED
        return DosePlan(stopped, outcome)

    def _go_on(self, event: Received[PrescriptionContinued], run: str, now: datetime) -> DosePlan:
        detail = event.detail
        seen = self.prescriptions.prescription(detail.prescription_id)
        if seen is None:
            raise UnknownPrescriptionError(f"there is no prescription {detail.prescription_id}")
        if not seen.is_active:
            return DosePlan(seen, PrescriptionOutcome.STOPPED)
        if seen.version != detail.version:
            return DosePlan(seen, PrescriptionOutcome.OTHER_VERSION)
        if seen.planned_until == detail.after:
            newer = seen.continued_by(run, event.event_id, now)
            return self._plan(seen, newer, PrescriptionOutcome.CONTINUED, now)
        if seen.continued_with != event.event_id:
            return DosePlan(seen, PrescriptionOutcome.ALREADY_CONTINUED)
        # This very step has run before, or its run failed and was started again: the batch is written.
        current = seen.watched_by(run, now)
        if current != seen:
            self.prescriptions.commit(PrescriptionChanges((seen, current)))
        known = self.prescriptions.doses_of(detail.prescription_id, detail.version)
        batch = open_doses(dose for dose in known if dose.due_at > detail.after)
        return DosePlan(current, PrescriptionOutcome.CONTINUED, batch, current.is_more_to_come)

    def _plan(
        self,
        seen: Prescription | None,
        current: Prescription,
        outcome: PrescriptionOutcome,
        now: datetime,
        reminded: Collection[datetime] = (),
    ) -> DosePlan:
        """Write the next batch of doses together with the prescription.

        Args:
            reminded: instants for which a reminder has left already, for an earlier version.
        """
        # To the second: the instant comes back by an event, and events know no finer ones.
        batch = next_batch(current.waiting(), ceil_to_second(now + LONGEST_AHEAD))
        planned = current.planned(batch.until, now)
        intents = plan_doses(planned, (dose for dose in batch.doses if dose.due_at not in reminded), now)
        self.prescriptions.commit(PrescriptionChanges((seen, planned), intents))
        is_more_to_come = planned.is_more_to_come
        if outcome is PrescriptionOutcome.PLANNED and not open_doses(intents) and not is_more_to_come:
            outcome = PrescriptionOutcome.NOTHING_AHEAD
        return DosePlan(planned, outcome, open_doses(intents), is_more_to_come)

    def _sweep(self, prescription: Prescription, now: datetime) -> None:
        end_what_is_over(self.prescriptions, prescription, now)


def _require_doses(prescription: Prescription) -> None:
    if not prescription.has_doses:
        raise PrescriptionCreated.refused(
            "duration: no dose is due between the start and the last "
            "date; expected a later last date, or a number of days (1), which counts from the first dose"
        )

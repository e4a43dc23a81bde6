"""A prescription whose doses a patient is reminded of. FHIR: MedicationRequest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import chain, dropwhile, pairwise
from typing import Self

from clinic.domain.appointments.reservation import EventOrder, applied, is_newer
from clinic.domain.messages.intent import End, Intent, IntentStatus, Reason
from clinic.domain.people.phone import person_of
from clinic.domain.prescriptions.doses import ahead
from clinic.domain.prescriptions.dosing_text import frequency_text, start_text
from clinic.domain.prescriptions.regimens import Regimen, tapered
from clinic.domain.text import plain

# One transaction takes a hundred actions: a batch's doses and the prescription's own row.
MOST_IN_A_BATCH = 90
# A run may live a year; a batch's last dose lies well within it.
LONGEST_AHEAD = timedelta(days=180)
LONGEST_USE = timedelta(hours=1)
_A_SECOND = timedelta(seconds=1)
_DERIVED_ID = "rx-"
_DIGITS = 32


class PrescriptionStatus(StrEnum):
    """Where a prescription stands."""

    ACTIVE = "active"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Prescription:
    """A medicine that a patient takes, and until when.

    Attributes:
        version: rises by one each time its regimen changes or is taken up again; doses belong to one version.
            0 of one that was stopped before it was known.
        regimen: None while only its end is known.
        order: the newest event that was applied.
        applied_with: the ids of all events of that very second that were applied.
        counts_from: the version's doses are those due at this instant (UTC) or later.
        prescribed_at: when its start was first published: the course of doses depends on it, see
            `clinic.domain.prescriptions.doses`. A newer version with the same start keeps it.
        planned_until: all of them that are due until then have been planned; None: none yet.
        runs: the ARNs of the runs that keep time for its doses.
        earlier_runs: those of runs that kept time for what is over.
        continued_with: the id of the ``prescription/continued`` that had the newest batch planned.
        stop_reason: as the publisher gave it.
    """

    prescription_id: str
    status: PrescriptionStatus
    version: int
    regimen: Regimen | None
    order: EventOrder
    counts_from: datetime
    prescribed_at: datetime
    created_at: datetime
    updated_at: datetime
    planned_until: datetime | None = None
    applied_with: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    earlier_runs: frozenset[str] = frozenset()
    continued_with: str | None = None
    stop_reason: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether its doses are still to be taken."""
        return self.status is PrescriptionStatus.ACTIVE

    @classmethod
    def first(cls, prescription_id: str, regimen: Regimen, order: EventOrder, now: datetime) -> Self:
        """A prescription that becomes known by its event."""
        applied_with = frozenset({order.event_id})
        return cls(
            prescription_id,
            PrescriptionStatus.ACTIVE,
            1,
            regimen,
            order,
            counts_from=order.time,
            prescribed_at=order.time,
            created_at=now,
            updated_at=now,
            applied_with=applied_with,
        )

    @classmethod
    def placeholder(cls, prescription_id: str, reason: str | None, order: EventOrder, now: datetime) -> Self:
        """One that was stopped before it was known."""
        return cls(
            prescription_id,
            PrescriptionStatus.STOPPED,
            0,
            None,
            order,
            counts_from=order.time,
            prescribed_at=order.time,
            created_at=now,
            updated_at=now,
            applied_with=frozenset({order.event_id}),
            stop_reason=reason,
        )

    def is_older_than(self, order: EventOrder) -> bool:
        """Whether an event says something newer than what is known."""
        return is_newer(order, self.order, self.applied_with)

    def end_of(self, intent: Intent) -> End | None:
        """How a dose's message ends unsent that was planned for what is over; None: it may be sent."""
        if not self.is_active:
            return End(IntentStatus.SKIPPED, Reason.PRESCRIPTION_STOPPED)
        if self.version != intent.id.version:
            return End(IntentStatus.SUPERSEDED, Reason.PRESCRIPTION_CHANGED)
        return None

    def holds_back(self, intent: Intent, now: datetime) -> None:
        """It is never too early to say whether a dose is to be taken."""

    def wants(self, intent: Intent) -> bool:
        """Whether it calls for such a message: for all of its version's doses."""
        return self.version == intent.id.version

    def course(self) -> Iterator[tuple[datetime, Regimen]]:
        """The instants (UTC) at which doses are due, ascending, each with what is taken then.

        A phase begins when the one before it is over.
        """
        if self.regimen is None:
            return
        last: datetime | None = None
        for phase, prescribed_at in self.regimen.in_turn(self.prescribed_at):
            known = prescribed_at if last is None else max(prescribed_at, last + _A_SECOND)
            for due_at in phase.doses(known):
                if last is None or due_at > last:
                    last = due_at
                    yield due_at, phase

    def waiting(self) -> Iterator[datetime]:
        """The instants of its version's doses that have not been planned yet, ascending."""
        instants = ahead((due_at for due_at, _ in self.course()), self.counts_from)
        until = self.planned_until
        return instants if until is None else dropwhile(lambda due_at: due_at <= until, instants)

    @property
    def has_doses(self) -> bool:
        """Whether its course has any dose at all, past or to come."""
        return next(self.course(), None) is not None

    @property
    def is_more_to_come(self) -> bool:
        """Whether doses are left to be planned."""
        return next(self.waiting(), None) is not None

    def changed(self, regimen: Regimen, order: EventOrder, now: datetime) -> Self:
        """The same with another regimen, or taken up again: a new version, nothing of which is planned.

        While it is active, phases that do not meet the new regimen's doses stay, see `tapered`.
        """
        known = self.regimen.in_turn(self.prescribed_at) if self.regimen else ()
        prescribed_at = next((at for phase, at in known if phase.start == regimen.start), order.time)
        whole, prescribed_at = tapered(known if self.is_active else (), regimen, prescribed_at)
        newer = self.refreshed(whole, order, now)
        return replace(
            newer,
            status=PrescriptionStatus.ACTIVE,
            version=self.version + 1,
            counts_from=order.time,
            prescribed_at=prescribed_at,
            planned_until=None,
            runs=frozenset(),
            earlier_runs=self.earlier_runs | self.runs,
            stop_reason=None,
        )

    def noted(self, regimen: Regimen, order: EventOrder, now: datetime) -> Self:
        """The same after a newer event that repeats one of its phases: where it was prescribed may be new."""
        known = regimen
        if self.regimen:
            known = replace(
                self.regimen,
                profile_id=regimen.profile_id,
                clinic_id=regimen.clinic_id,
                reservation_id=regimen.reservation_id,
            )
        return self.refreshed(known, order, now)

    def refreshed(self, regimen: Regimen | None, order: EventOrder, now: datetime) -> Self:
        """The same after a newer event that changes none of its doses."""
        applied_with = applied(order, self.order, self.applied_with)
        return replace(self, regimen=regimen, order=order, applied_with=applied_with, updated_at=now)

    def stopped(self, reason: str | None, order: EventOrder, now: datetime) -> Self:
        """The same, stopped."""
        return replace(
            self.refreshed(self.regimen, order, now),
            status=PrescriptionStatus.STOPPED,
            runs=frozenset(),
            earlier_runs=self.earlier_runs | self.runs,
            stop_reason=reason or self.stop_reason,
        )

    def watched_by(self, run: str, now: datetime) -> Self:
        """The same with one more run that keeps time for its doses."""
        if run in self.runs:
            return self
        return replace(self, runs=self.runs | {run}, updated_at=now)

    def planned(self, until: datetime, now: datetime) -> Self:
        """The same with its doses planned until then."""
        return replace(self, planned_until=until, updated_at=now)

    def continued_by(self, run: str, event_id: str, now: datetime) -> Self:
        """The same in a fresh run; those before it have nothing left to do."""
        return replace(self, runs=frozenset({run}), continued_with=event_id, updated_at=now)


@dataclass(frozen=True)
class Dose:
    """One taking of a medicine: when it is due, and until when a reminder of it is of use (UTC)."""

    due_at: datetime
    useful_until: datetime


@dataclass(frozen=True)
class Batch:
    """The next doses to be planned; ``until``: with them, all that are due until then are."""

    doses: tuple[Dose, ...]
    until: datetime


def next_batch(instants: Iterable[datetime], horizon: datetime) -> Batch:
    """As many of the doses to come as one run keeps time for.

    Args:
        instants: of all that are not planned yet, ascending.
        horizon: none is planned that is due after it.
    """
    batch: list[Dose] = []
    for due_at, following in pairwise(chain(instants, [None])):
        if due_at is None or due_at > horizon:
            break
        if len(batch) == MOST_IN_A_BATCH:
            return Batch(tuple(batch), batch[-1].due_at)
        end = due_at + LONGEST_USE
        batch.append(Dose(due_at, end if following is None else min(end, following)))
    return Batch(tuple(batch), horizon)


class Prescribed(StrEnum):
    """What a ``prescription/created`` means; the name is also the outcome a run reports."""

    NEW = "planned"
    SAME = "already_planned"
    CHANGED = "changed"
    RESUMED = "resumed"
    STALE = "stale_event"
    STOPPED = "prescription_stopped"


def classify(current: Prescription | None, regimen: Regimen, order: EventOrder) -> Prescribed:
    """Decide what a ``prescription/created`` means, whatever order events arrive in."""
    if current is None:
        return Prescribed.NEW
    is_newer_one = current.is_older_than(order)
    if not current.is_active:
        if not is_newer_one:
            return Prescribed.STOPPED
        return Prescribed.NEW if current.regimen is None else Prescribed.RESUMED
    if current.regimen and any(
        phase == regimen for phase, _ in current.regimen.in_turn(current.prescribed_at)
    ):
        return Prescribed.SAME
    return Prescribed.CHANGED if is_newer_one else Prescribed.STALE


def derived_id(regimen: Regimen) -> str:
    """The id of a prescription whose publisher gives none: a digest of who takes what, how often, from when.

    Published again, it is the same. It holds no patient's data, but whoever knows all of them can tell that
    they belong to it.
    """
    parts = (
        person_of(regimen.patient_phone),
        plain(regimen.patient_name),  # two children may share their mother's number
        regimen.medication_name.casefold(),
        regimen.dosage.casefold(),
        frequency_text(regimen.frequency),
        start_text(regimen.start),
    )
    return _DERIVED_ID + sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]

"""A regimen: what is taken, by whom, when and how, in one phase or in several, as in a tapering.

FHIR: MedicationRequest.dosageInstruction, its sequence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.prescriptions.doses import MEAL_HOURS, MealHours, WakingHours, doses
from clinic.domain.prescriptions.dosing import Duration, Frequency, StartAt
from clinic.domain.text import plain


@dataclass(frozen=True)
class Phase:
    """What a prescription says of a later stretch of a tapering: less of a medicine, or less often.

    Attributes:
        prescribed_at: when its start became known.
    """

    dosage: str
    instructions: str
    frequency: Frequency
    start: StartAt
    duration: Duration
    prescribed_at: datetime


@dataclass(frozen=True)
class Regimen:
    """What a ``prescription/created`` says, completed with what is known of doctor and clinic.

    Two of them that differ in what the patient reads, or in when, are two regimens.

    Attributes:
        patient_phone: E.164.
        time_zone: the patient's, IANA.
        waking, meals: where *times per day*, meals and bedtime are; fixed with the schedule, so that its
            doses stay.
        language: the patient's own, as far as an event has named it; None: the clinic's.
        clinic_language: what is read at its clinic.
        phases: what follows when its own doses are over, in this order; the first phase is the regimen's own.
        reservation_id: the visit at which it was prescribed.
    """

    patient_name: str
    patient_phone: str
    medication_name: str
    dosage: str
    instructions: str
    frequency: Frequency
    start: StartAt
    duration: Duration
    time_zone: str
    waking: WakingHours
    meals: MealHours = MEAL_HOURS
    phases: tuple[Phase, ...] = ()
    language: str | None = None
    clinic_language: str = DEFAULT_LANGUAGE
    profile_id: str | None = field(default=None, compare=False)
    clinic_id: str | None = field(default=None, compare=False)
    reservation_id: str | None = field(default=None, compare=False)

    @property
    def patient_language(self) -> str:
        """What the patient reads."""
        return self.language or self.clinic_language

    def in_language_of(self, known: "Regimen | None") -> "Regimen":
        """The same in the language that an earlier event named, if this one names none."""
        return self if self.language or known is None else replace(self, language=known.language)

    def doses(self, prescribed_at: datetime | None = None) -> Iterator[datetime]:
        """The instants (UTC) at which its own doses are due, ascending, without those of later phases.

        Args:
            prescribed_at: when the start became known; None: in time for all doses.

        Raises:
            ValueError: the last date lies before the start, or too far after it.
        """
        schedule = (self.frequency, self.start, self.duration)
        hours = (self.time_zone, self.waking)
        return doses(*schedule, *hours, meals=self.meals, prescribed_at=prescribed_at)

    def in_turn(self, prescribed_at: datetime) -> tuple[tuple["Regimen", datetime], ...]:
        """Each phase as a regimen of its own, and when its start became known.

        Args:
            prescribed_at: when the first one's did.
        """
        own = replace(self, phases=())
        return (
            (own, prescribed_at),
            *(
                (
                    replace(
                        own,
                        dosage=phase.dosage,
                        instructions=phase.instructions,
                        frequency=phase.frequency,
                        start=phase.start,
                        duration=phase.duration,
                    ),
                    phase.prescribed_at,
                )
                for phase in self.phases
            ),
        )


def tapered(
    known: Iterable[tuple[Regimen, datetime]], regimen: Regimen, prescribed_at: datetime
) -> tuple[Regimen, datetime]:
    """What a prescription says after a newer event, and when its first start became known.

    Two events of one prescription are phases of a tapering if they name the same medicine, differ in dosage
    or frequency, and the doses of one are over before those of the other begin. Otherwise the newer one takes
    the other's place. Patient, zone and hours are the newer one's.

    Args:
        known: its phases, and when their starts became known.
        regimen: what the newer event says.
        prescribed_at: when the start of that became known.
    """
    stay = [(phase, at) for phase, at in known if _are_phases(phase, regimen)]
    (first, first_at), *later = sorted(
        [*stay, (regimen, prescribed_at)], key=lambda each: next(each[0].doses(), each[1])
    )
    phases = tuple(
        Phase(each.dosage, each.instructions, each.frequency, each.start, each.duration, at)
        for each, at in later
    )
    whole = replace(
        regimen,
        dosage=first.dosage,
        instructions=first.instructions,
        frequency=first.frequency,
        start=first.start,
        duration=first.duration,
        phases=phases,
    )
    return whole, first_at


def _are_phases(one: Regimen, other: Regimen) -> bool:
    if plain(one.medication_name) != plain(other.medication_name):
        return False
    if (one.dosage, one.frequency) == (other.dosage, other.frequency):
        return False
    (first, last), (others_first, others_last) = _span(one), _span(other)
    return last < others_first or others_last < first


def _span(regimen: Regimen) -> tuple[datetime, datetime]:
    """Its first dose and its last; of one without doses, all time."""
    found = list(regimen.doses())
    always = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    return (found[0], found[-1]) if found else always

"""How a prescription says when a medicine is taken: how often, for how long, from when.

The values alone; `frequencies` and `dosing_words` read them, `dosing_text` writes them, `medication` works
out the doses. FHIR: Timing.repeat, MedicationRequest.dosageInstruction.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, StrEnum
from itertools import pairwise

MOST_TIMES_A_DAY = 12
LONGEST_INTERVAL = 168
LONGEST_DURATION = 2 * 366
MOST_MONTHS = 24
MOST_DAYS_BETWEEN = 90
_DAYS_OF_A_WEEK = 7

FREQUENCY_EXPECTED = (
    "expected times per day (3 veces al día, twice a day, TID; 1 to 12), whole hours (cada 8 "
    "horas, every 8 hours, "
    "q8h; 1 to 168), clock times (08:00, 14:00 y 20:00; 8 am y 8 pm), meals or bedtime (con el "
    "desayuno y la cena, "
    "after meals, al acostarse), and, if not every day, the days (cada tercer día, every 3 "
    "days, una vez por semana, "
    "lunes y jueves a las 08:00)"
)
DURATION_EXPECTED = (
    "expected 1 to 732 days, as a number (7, not in quotes) or with days, weeks or months said (10 días, "
    "2 semanas, 1 mes, 2 weeks), or a last date (hasta el 2026-12-10)"
)


@dataclass(frozen=True)
class TimesPerDay:
    """So many times a day, in waking hours: the patient chooses when, the clinic proposes."""

    times: int

    def __post_init__(self) -> None:
        require(1 <= self.times <= MOST_TIMES_A_DAY, FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class EveryHours:
    """Every so many whole hours of elapsed time, day and night, also over a change of clocks."""

    hours: int

    def __post_init__(self) -> None:
        require(1 <= self.hours <= LONGEST_INTERVAL, FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class ClockTimes:
    """At these times of a day, by the clock on the patient's wall: whole minutes, ascending."""

    times: tuple[time, ...]

    def __post_init__(self) -> None:
        require(1 <= len(self.times) <= MOST_TIMES_A_DAY, FREQUENCY_EXPECTED)
        require(all(earlier < later for earlier, later in pairwise(self.times)), FREQUENCY_EXPECTED)
        require(all(is_whole_minute(clock) for clock in self.times), FREQUENCY_EXPECTED)


class Meal(Enum):
    """What a day is divided by, in its order; when that is, the clinic says."""

    BREAKFAST = 0
    LUNCH = 1
    DINNER = 2
    BEDTIME = 3


class Relation(StrEnum):
    """Before, with or after a meal; ``AT`` bedtime."""

    BEFORE = "before"
    WITH = "with"
    AFTER = "after"
    AT = "at"


@dataclass(frozen=True)
class MealTime:
    """A moment of a day, told by a meal or by bedtime. FHIR: EventTiming (AC, C, PC, HS)."""

    relation: Relation
    meal: Meal

    def __post_init__(self) -> None:
        require((self.relation is Relation.AT) is (self.meal is Meal.BEDTIME), FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class MealTimes:
    """At these moments of a day: one for each meal, in the order of the day."""

    times: tuple[MealTime, ...]

    def __post_init__(self) -> None:
        require(bool(self.times), FREQUENCY_EXPECTED)
        meals = [moment.meal.value for moment in self.times]
        require(all(earlier < later for earlier, later in pairwise(meals)), FREQUENCY_EXPECTED)


Daily = TimesPerDay | ClockTimes | MealTimes
"""When on a day."""


@dataclass(frozen=True)
class EveryDays:
    """On the first date, and then on every so many-th: 2 is every other day, 7 once a week."""

    days: int

    def __post_init__(self) -> None:
        require(1 < self.days <= MOST_DAYS_BETWEEN, FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class Weekdays:
    """On these days of the week: 0 is Monday, as in `date.weekday`; ascending, not all seven."""

    days: tuple[int, ...]

    def __post_init__(self) -> None:
        require(1 <= len(self.days) < _DAYS_OF_A_WEEK, FREQUENCY_EXPECTED)
        require(all(earlier < later for earlier, later in pairwise(self.days)), FREQUENCY_EXPECTED)
        require(all(0 <= day < _DAYS_OF_A_WEEK for day in self.days), FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class SomeDays:
    """Not on every day: on which, and when on them."""

    days: EveryDays | Weekdays
    daily: Daily


Frequency = TimesPerDay | EveryHours | ClockTimes | MealTimes | SomeDays
"""How often a medicine is taken. FHIR: Timing.repeat.frequency, period, timeOfDay, dayOfWeek, when."""


@dataclass(frozen=True)
class ForDays:
    """So many days, at most two years."""

    days: int

    def __post_init__(self) -> None:
        require(1 <= self.days <= LONGEST_DURATION, DURATION_EXPECTED)


@dataclass(frozen=True)
class ForMonths:
    """So many months of the calendar: until the same day of a later month, or that month's end, has come."""

    months: int

    def __post_init__(self) -> None:
        require(1 <= self.months <= MOST_MONTHS, DURATION_EXPECTED)


@dataclass(frozen=True)
class UntilDate:
    """Until a date is over, in the patient's zone: its doses are the last ones."""

    last: date


Duration = ForDays | ForMonths | UntilDate
"""How long a medicine is taken. FHIR: Timing.repeat.boundsDuration, boundsPeriod."""


@dataclass(frozen=True)
class OnDate:
    """From a date of the patient's zone on; no hour was said."""

    day: date


@dataclass(frozen=True)
class AtLocalTime:
    """From a time of a date on, by the clock on the patient's wall (naive, whole seconds)."""

    wall: datetime


@dataclass(frozen=True)
class AtInstant:
    """From an instant (UTC, whole seconds) on."""

    instant: datetime


StartAt = OnDate | AtLocalTime | AtInstant
"""When a medicine is taken from."""


def is_whole_minute(clock: time) -> bool:
    """Whether it is a wall clock's whole minute, without a zone of its own."""
    return clock == clock.replace(second=0, microsecond=0, tzinfo=None)


def require(condition: bool, expected: str) -> None:
    """Refuse a value, saying what would be accepted.

    Raises:
        ValueError: the condition does not hold.
    """
    if not condition:
        raise ValueError(expected)

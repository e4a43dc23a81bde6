"""A prescription that is kept comes back: domain object, row, DynamoDB's own form, and back again."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinic.adapters.dynamodb.prescriptions import (
    PrescriptionModel,
    prescription_from_row,
    prescription_to_row,
)
from clinic.domain.appointments.reservation import EventOrder
from clinic.domain.languages import LANGUAGES
from clinic.domain.prescriptions.doses import MealHours, WakingHours
from clinic.domain.prescriptions.dosing import (
    AtInstant,
    AtLocalTime,
    ClockTimes,
    EveryDays,
    EveryHours,
    ForDays,
    ForMonths,
    Meal,
    MealTime,
    MealTimes,
    OnDate,
    Relation,
    SomeDays,
    TimesPerDay,
    UntilDate,
    Weekdays,
)
from clinic.domain.prescriptions.dosing_text import duration_text, frequency_text, start_text
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency
from clinic.domain.prescriptions.prescription import Prescription, PrescriptionStatus
from clinic.domain.prescriptions.regimens import Phase, Regimen
from tests.fakes.examples import NOW

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=80_000)).map(lambda elapsed: EPOCH + elapsed)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,20}", fullmatch=True)
minutes = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
dates = st.dates(date(2000, 1, 1), date(2199, 12, 31))
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))
seconds = st.builds(datetime.combine, st.dates(date(2000, 1, 2), date(2199, 12, 30)), clocks)
daily = (
    st.integers(1, 12).map(TimesPerDay)
    | st.sets(minutes, min_size=1, max_size=12).map(lambda clocks: ClockTimes(tuple(sorted(clocks))))
    | st.dictionaries(
        st.sampled_from(Meal), st.sampled_from([Relation.BEFORE, Relation.WITH, Relation.AFTER]), min_size=1
    ).map(
        lambda told: MealTimes(
            tuple(
                MealTime(Relation.AT if meal is Meal.BEDTIME else told[meal], meal)
                for meal in Meal
                if meal in told
            )
        )
    )
)
some_days = st.integers(2, 90).map(EveryDays) | st.sets(st.integers(0, 6), min_size=1, max_size=6).map(
    lambda days: Weekdays(tuple(sorted(days)))
)
frequencies = daily | st.integers(1, 168).map(EveryHours) | st.builds(SomeDays, some_days, daily)
durations = st.integers(1, 732).map(ForDays) | st.integers(1, 24).map(ForMonths) | dates.map(UntilDate)
starts = (
    dates.map(OnDate)
    | seconds.map(AtLocalTime)
    | seconds.map(lambda moment: AtInstant(moment.replace(tzinfo=UTC)))
)
wakings = st.builds(WakingHours, st.just(time(7, 30)), st.just(time(22, 15)))
meals = st.builds(
    MealHours, st.just(time(7, 30)), st.just(time(13, 0)), st.just(time(19, 45)), st.just(time(22, 15))
)
phases = st.lists(st.builds(Phase, texts, texts, frequencies, starts, durations, instants), max_size=2).map(
    tuple
)
regimens = st.builds(
    Regimen,
    *(texts,) * 4,
    st.just("") | texts,
    frequencies,
    starts,
    durations,
    texts,
    wakings,
    meals,
    phases,
    st.sampled_from([None, *LANGUAGES]),
    st.sampled_from(LANGUAGES),
    st.none() | ids,
    st.none() | ids,
    st.none() | ids,
)
prescriptions = st.builds(
    Prescription,
    prescription_id=ids,
    status=st.sampled_from(PrescriptionStatus),
    version=st.integers(0, 999_999),
    regimen=st.none() | regimens,
    order=st.builds(EventOrder, instants, ids),
    counts_from=instants,
    prescribed_at=instants,
    created_at=instants,
    updated_at=instants,
    planned_until=st.none() | instants,
    applied_with=st.frozensets(ids),
    runs=st.frozensets(ids),
    earlier_runs=st.frozensets(ids),
    continued_with=st.none() | ids,
    stop_reason=st.none() | texts,
)
WHOLE_REGIMEN = Regimen(
    patient_name="Paciente Ejemplo",
    patient_phone="+525500000001",
    medication_name="Paracetamol",
    dosage="1 tableta de 500 mg",
    instructions="Con agua",
    frequency=EveryHours(8),
    start=OnDate(date(2026, 11, 23)),
    duration=ForDays(3),
    time_zone="America/Mexico_City",
    waking=WakingHours(time(8), time(20)),
    meals=MealHours(time(9)),
    phases=(Phase("media tableta", "Con agua", EveryHours(12), OnDate(date(2026, 11, 26)), ForDays(3), NOW),),
    profile_id="dr-1",
    clinic_id="main",
    reservation_id="r-17",
    language="en_US",
    clinic_language="en_US",
)
WHOLE = Prescription(
    "p-17",
    PrescriptionStatus.STOPPED,
    2,
    WHOLE_REGIMEN,
    EventOrder(NOW, "e-1"),
    counts_from=NOW,
    prescribed_at=NOW,
    created_at=NOW,
    updated_at=NOW,
    planned_until=NOW,
    applied_with=frozenset({"e-1"}),
    runs=frozenset({"run-2"}),
    earlier_runs=frozenset({"run-1"}),
    continued_with="e-on",
    stop_reason="Alta",
)


@given(prescriptions)
def test_a_prescription_comes_back_as_it_was(prescription: Prescription) -> None:
    kept = prescription_to_row(PrescriptionModel, prescription).serialize()
    back = prescription_from_row(PrescriptionModel.from_raw_data(kept))
    assert back == prescription
    if prescription.regimen is not None and back.regimen is not None:  # these are not compared
        for name in ("profile_id", "clinic_id", "reservation_id"):
            assert getattr(back.regimen, name) == getattr(prescription.regimen, name)


@given(frequencies, durations, starts)
def test_a_schedule_is_written_as_it_is_read(frequency: Any, duration: Any, start: Any) -> None:
    assert parse_frequency(frequency_text(frequency)) == frequency
    assert parse_duration(duration_text(duration)) == duration
    assert parse_start(start_text(start)) == start


def test_every_attribute_of_the_model_is_written() -> None:
    row = prescription_to_row(PrescriptionModel, WHOLE)
    assert set(row.serialize()) == set(row.get_attributes())


def test_the_examples_above_leave_no_field_at_its_default() -> None:
    examples: list[Any] = [WHOLE, WHOLE_REGIMEN]
    empty = [
        field.name
        for example in examples
        for field in fields(example)
        if getattr(example, field.name) in (None, 0, frozenset())
    ]
    assert empty == []


def test_two_spellings_of_a_schedule_are_one_regimen() -> None:
    assert replace(WHOLE_REGIMEN, frequency=parse_frequency("q8h")) == WHOLE_REGIMEN

"""Doses: waking hours, days on which clocks change, starts in the middle of a day, and where they end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.prescriptions.doses import WAKING_HOURS, MealHours, WakingHours, ahead, doses
from clinic.domain.prescriptions.dosing import (
    AtInstant,
    ClockTimes,
    Duration,
    EveryHours,
    ForDays,
    Frequency,
    OnDate,
    TimesPerDay,
    UntilDate,
)
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency

MEXICO = "America/Mexico_City"
TIJUANA = "America/Tijuana"


def on_the_wall(instants: Iterator[datetime], time_zone: str) -> list[str]:
    """Day of the month and time, with the offset's hour: ``30 08:00-06``."""
    local = (instant.astimezone(ZoneInfo(time_zone)) for instant in instants)
    return [moment.strftime("%d %H:%M%z")[:-2] for moment in local]


def schedule(frequency: str, start: str, duration: str | int, time_zone: str = MEXICO) -> list[str]:
    prescribed = (parse_frequency(frequency), parse_start(start), parse_duration(duration))
    return on_the_wall(doses(*prescribed, time_zone), time_zone)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (1, "08:00"),
        (2, "08:00 20:00"),
        (3, "08:00 14:00 20:00"),
        (4, "08:00 12:00 16:00 20:00"),
        (5, "08:00 11:00 14:00 17:00 20:00"),
        (6, "08:00 10:20 12:45 15:10 17:35 20:00"),
        (7, "08:00 10:00 12:00 14:00 16:00 18:00 20:00"),
    ],
)
def test_times_per_day_lie_evenly_in_waking_hours(times: int, expected: str) -> None:
    assert [clock.isoformat("minutes") for clock in WAKING_HOURS.times(times)] == expected.split()


def test_a_patient_has_waking_hours_of_their_own() -> None:
    early = WakingHours(time(5, 30), time(19, 0))
    start = OnDate(date(2026, 11, 30))
    found = doses(TimesPerDay(3), start, ForDays(1), MEXICO, early)
    assert on_the_wall(found, MEXICO) == ["30 05:30-06", "30 12:15-06", "30 19:00-06"]
    hourly = doses(EveryHours(12), start, ForDays(1), MEXICO, early)
    assert on_the_wall(hourly, MEXICO) == ["30 05:30-06", "30 17:30-06"]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (time(8), time(8, 59)),
        (time(8), time(8)),
        (time(20), time(8)),
        (time(8, 0, 1), time(20)),
        (time(8), time(20, 0, 1)),
        (time(8, tzinfo=UTC), time(20)),
    ],
)
def test_waking_hours_are_an_hour_of_one_day_at_least(begin: time, end: time) -> None:
    with pytest.raises(ValueError, match="waking hours"):
        WakingHours(begin, end)


def test_the_most_doses_fit_in_the_shortest_waking_hours() -> None:
    times = WakingHours(time(8), time(9)).times(12)
    assert len(set(times)) == 12
    assert times[0] == time(8)
    assert times[-1] == time(9)


@pytest.mark.parametrize("times", [0, 13])
def test_waking_hours_hold_up_to_twelve_doses(times: int) -> None:
    with pytest.raises(ValueError, match="1 to 12"):
        WAKING_HOURS.times(times)


def test_every_eight_hours_begins_in_the_morning_where_no_hour_was_said() -> None:
    assert schedule("cada 8 horas", "2026-11-30", "2 días") == [
        *("30 08:00-06", "30 16:00-06", "01 00:00-06"),
        *("01 08:00-06", "01 16:00-06", "02 00:00-06"),
    ]


def test_every_eight_hours_counts_from_the_very_hour_that_was_said_and_is_never_shifted() -> None:
    doses_at = schedule("q8h", "2026-11-30T22:40:00-06:00", 1)
    assert doses_at == ["30 22:40-06", "01 06:40-06", "01 14:40-06"]


def test_seven_days_every_eight_hours_are_21_doses_whenever_they_begin() -> None:
    for start in ("2026-11-30", "2026-11-30T00:00", "2026-11-30T23:59", "2026-11-30T12:00:00Z"):
        assert len(schedule("cada 8 horas", start, "7 días")) == 21


def test_every_48_hours_in_one_day_is_one_dose() -> None:
    assert schedule("cada 48 horas", "2026-11-30", "1 día") == ["30 08:00-06"]


def test_every_eight_hours_stays_eight_hours_when_clocks_go_forward() -> None:
    # 14 March 2027, 02:00 → 03:00
    assert schedule("cada 8 horas", "2027-03-13", "2 días", TIJUANA) == [
        *("13 08:00-08", "13 16:00-08", "14 00:00-08"),
        *("14 09:00-07", "14 17:00-07", "15 01:00-07"),
    ]


def test_every_eight_hours_stays_eight_hours_when_clocks_go_back() -> None:
    # 7 November 2027, 02:00 → 01:00
    assert schedule("cada 8 horas", "2027-11-06", "2 días", TIJUANA) == [
        *("06 08:00-07", "06 16:00-07", "07 00:00-07"),
        *("07 07:00-08", "07 15:00-08", "07 23:00-08"),
    ]


def test_clock_times_stay_on_the_wall_when_clocks_change() -> None:
    assert schedule("8:00 y 20:00", "2027-03-13", "2 días", TIJUANA) == [
        *("13 08:00-08", "13 20:00-08", "14 08:00-07", "14 20:00-07")
    ]


def test_a_time_that_the_clock_skips_is_due_when_it_jumps() -> None:
    assert schedule("2:30 y 14:30", "2027-03-14", 1, TIJUANA) == ["14 03:00-07", "14 14:30-07"]


def test_two_times_that_a_gap_brings_together_are_one_dose() -> None:
    assert schedule("2:00, 2:30 y 3:00", "2027-03-14", "2027-03-15", TIJUANA) == [
        *("14 03:00-07", "15 02:00-07", "15 02:30-07", "15 03:00-07")
    ]


def test_what_a_gap_has_taken_from_a_course_is_made_up_for_at_its_end() -> None:
    assert schedule("2:00 y 2:30", "2027-03-14", 1, TIJUANA) == ["14 03:00-07", "15 02:00-07"]


def test_a_time_that_the_clock_shows_twice_is_due_the_first_time_alone() -> None:
    assert schedule("1:30 y 13:30", "2027-11-07", 1, TIJUANA) == ["07 01:30-07", "07 13:30-08"]


def test_a_start_in_the_second_round_is_after_the_first() -> None:
    assert schedule("1:30 y 13:30", "2027-11-07T01:15:00-08:00", 1, TIJUANA) == ["07 13:30-08", "08 01:30-08"]


def test_a_local_start_in_a_gap_is_the_gaps_end() -> None:
    assert schedule("cada 12 horas", "2027-03-14T02:20", 1, TIJUANA) == ["14 03:00-07", "14 15:00-07"]


def test_midnight_is_the_first_dose_of_its_date() -> None:
    assert schedule("00:00 y 12:00", "2026-11-30", "2 días") == [
        *("30 00:00-06", "30 12:00-06", "01 00:00-06", "01 12:00-06")
    ]


def test_times_before_the_start_are_made_up_for_on_the_last_date() -> None:
    for start in ("2026-11-30T14:00", "2026-11-30T20:00:00Z"):
        assert schedule("08:00, 14:00 y 20:00", start, "2 días") == [
            *("30 14:00-06", "30 20:00-06", "01 08:00-06", "01 14:00-06", "01 20:00-06", "02 08:00-06")
        ]
    assert schedule("3 veces al día", "2026-11-30T14:00:01", 1) == [
        "30 20:00-06",
        "01 08:00-06",
        "01 14:00-06",
    ]


def test_a_course_has_as_many_doses_as_prescribed_from_whatever_time_of_day_it_starts() -> None:
    assert schedule("una vez al día", "2026-11-30T14:00", "2 días") == ["01 08:00-06", "02 08:00-06"]
    for minutes in range(0, 24 * 60, 35):
        start = f"2026-11-30T{minutes // 60:02}:{minutes % 60:02}"
        assert len(schedule("una vez al día", start, "3 días")) == 3
        assert len(schedule("cada 24 horas", start, "3 días")) == 3
        assert len(schedule("08:00, 14:00 y 20:00", start, "3 días")) == 9


def test_a_single_dose_is_due_at_the_hour_that_was_said() -> None:
    assert schedule("una vez al día", "2026-11-30T14:30", "1 día") == ["30 14:30-06"]
    assert schedule("una vez al día", "2026-11-30T23:30", "1 día") == ["01 08:00-06"]  # not in waking hours
    assert schedule("una vez al día", "2026-11-30", "1 día") == ["30 08:00-06"]
    assert schedule("08:00", "2026-11-30T14:30", "1 día") == ["01 08:00-06"]


def test_hours_that_do_not_divide_a_day_are_rounded_up_to_whole_doses() -> None:
    # The fifteenth begins 70 hours after the first, within the 72 of three days; a sixteenth would not.
    assert len(schedule("cada 5 horas", "2026-11-30T09:00", "3 días")) == 15
    assert schedule("cada 72 horas", "2026-11-01T09:00", "7 días") == [
        "01 09:00-06",
        "04 09:00-06",
        "07 09:00-06",
    ]


# Prescribed on Monday the 30th at two in the afternoon: what was due before could not be told to anybody.
AFTERNOON = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "start", "expected"),
    [
        ("1 vez al día", "2026-11-30", "01 08:00, 02 08:00, 03 08:00"),
        ("1 vez al día", "2026-11-30T07:00", "01 08:00, 02 08:00, 03 08:00"),
        ("8:00 y 15:00", "2026-11-30", "30 15:00, 01 08:00, 01 15:00, 02 08:00, 02 15:00, 03 08:00"),
        ("cada 12 horas", "2026-11-30", "30 20:00, 01 08:00, 01 20:00, 02 08:00, 02 20:00, 03 08:00"),
        ("cada 24 horas", "2026-11-30", "01 08:00, 02 08:00, 03 08:00"),
        ("cada 72 horas", "2026-11-30", "01 08:00"),
        ("cada 24 horas", "2026-11-30T14:30", "30 14:30, 01 14:30, 02 14:30"),
        # An hour that was said is the first dose's own, and so is a date that has gone by.
        ("cada 12 horas", "2026-11-30T07:00", "30 07:00, 30 19:00, 01 07:00, 01 19:00, 02 07:00, 02 19:00"),
        ("1 vez al día", "2026-11-29", "29 08:00, 30 08:00, 01 08:00"),
        ("cada 12 horas", "2026-11-29", "29 08:00, 29 20:00, 30 08:00, 30 20:00, 01 08:00, 01 20:00"),
        ("1 vez al día", "2026-12-01", "01 08:00, 02 08:00, 03 08:00"),
    ],
)
def test_a_course_that_is_prescribed_on_its_first_day_begins_when_it_comes(
    frequency: str, start: str, expected: str
) -> None:
    prescribed = (parse_frequency(frequency), parse_start(start), parse_duration("3 días"))
    found = on_the_wall(doses(*prescribed, MEXICO, prescribed_at=AFTERNOON), MEXICO)
    assert ", ".join(found) == expected.replace(",", "-06,") + "-06"


@pytest.mark.parametrize(
    ("frequency", "last_dose"),
    [
        ("8:00 y 20:00", "02 20:00-06"),
        ("23:59", "02 23:59-06"),
        ("twice daily", "02 20:00-06"),
        ("cada 8 horas", "02 16:00-06"),
        ("cada hora", "02 23:00-06"),
    ],
)
def test_the_last_date_counts_in_full(frequency: str, last_dose: str) -> None:
    assert schedule(frequency, "2026-11-30", "hasta el 2026-12-02")[-1] == last_dose


def test_a_last_date_may_be_the_first() -> None:
    assert schedule("8:00 y 20:00", "2026-11-30T09:00", "2026-11-30") == ["30 20:00-06"]


@pytest.mark.parametrize("frequency", [EveryHours(8), TimesPerDay(3), ClockTimes((time(8),))])
def test_a_last_date_before_the_start_is_refused(frequency: Frequency) -> None:
    start = parse_start("2026-12-01T01:00:00Z")  # 30 November in Mexico
    list(doses(frequency, start, UntilDate(date(2026, 11, 30)), MEXICO))
    with pytest.raises(ValueError, match="not before the start"):
        doses(frequency, start, UntilDate(date(2026, 11, 29)), MEXICO)


def test_a_last_date_is_at_most_732_days_away() -> None:
    first = date(2026, 11, 30)
    last = first + timedelta(days=731)
    assert len(list(doses(TimesPerDay(1), OnDate(first), UntilDate(last), MEXICO))) == 732
    with pytest.raises(ValueError, match="at most 732 days"):
        doses(TimesPerDay(1), OnDate(first), UntilDate(last + timedelta(days=1)), MEXICO)


def test_a_date_that_the_zone_left_out_has_no_doses_and_does_not_count() -> None:
    # Samoa had no 30 December 2011.
    assert schedule("8:00 y 20:00", "2011-12-29", "2 días", "Pacific/Apia") == [
        *("29 08:00-10", "29 20:00-10", "31 08:00+14", "31 20:00+14")
    ]
    assert schedule("8:00 y 20:00", "2011-12-29", "until 2011-12-30", "Pacific/Apia") == [
        *("29 08:00-10", "29 20:00-10")
    ]
    assert schedule("cada 12 horas", "2011-12-29", "until 2011-12-30", "Pacific/Apia") == [
        *("29 08:00-10", "29 20:00-10")
    ]


def test_a_prescription_for_years_is_worked_out_dose_by_dose() -> None:
    found = doses(TimesPerDay(4), OnDate(date(2026, 11, 30)), ForDays(732), TIJUANA)
    assert len(list(islice(found, 3))) == 3
    assert next(found) == datetime(2026, 12, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "duration"), [(TimesPerDay(4), ForDays(500)), (EveryHours(6), ForDays(500))]
)
def test_a_prescription_of_2000_doses(frequency: Frequency, duration: Duration) -> None:
    found = list(doses(frequency, OnDate(date(2026, 11, 30)), duration, TIJUANA))
    assert len(found) == 2000
    assert all(earlier < later for earlier, later in pairwise(found))
    assert found[0] == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    last = {TimesPerDay(4): "12 20:00-07", EveryHours(6): "13 03:00-07"}  # April 2028, in summer time
    assert on_the_wall(iter(found[-1:]), TIJUANA) == [last[frequency]]


def test_of_a_schedule_partly_past_only_what_lies_ahead_is_left() -> None:
    found = list(doses(EveryHours(8), OnDate(date(2026, 11, 30)), ForDays(1), MEXICO))
    assert list(ahead(found, found[0])) == found
    assert list(ahead(found, found[0] + timedelta(microseconds=1))) == found[1:]
    assert list(ahead(iter(found), found[2])) == found[2:]
    assert list(ahead(found, found[2] + timedelta(seconds=1))) == []


def test_a_start_with_another_zone_counts_elapsed_time_all_the_same() -> None:
    start = AtInstant(datetime(2027, 3, 13, 20, 0, tzinfo=ZoneInfo(TIJUANA)))
    found = doses(EveryHours(12), start, ForDays(1), TIJUANA)
    assert on_the_wall(found, TIJUANA) == ["13 20:00-08", "14 09:00-07"]


@pytest.mark.parametrize(
    ("frequency", "start", "duration", "expected"),
    [
        ("cada tercer día", "2026-11-30", "1 semana", "30 08:00, 02 08:00, 04 08:00, 06 08:00"),
        ("cada tercer día", "2026-11-30T09:00", "3 días", "01 08:00, 03 08:00"),
        ("lunes y jueves a las 9:00", "2026-11-30", "2 semanas", "30 09:00, 03 09:00, 07 09:00, 10 09:00"),
        ("lunes y jueves a las 9:00", "2026-11-30T10:00", "10 días", "03 09:00, 07 09:00, 10 09:00"),
        ("una vez por semana", "2026-11-30", "4 semanas", "30 08:00, 07 08:00, 14 08:00, 21 08:00"),
        ("una vez por semana", "2026-11-30", "hasta el 2026-12-13", "30 08:00, 07 08:00"),
        ("con el desayuno y al acostarse", "2026-11-30", 1, "30 08:00, 30 22:00"),
        ("antes de las comidas", "2026-11-30", 1, "30 07:30, 30 13:30, 30 19:30"),
        ("después de la cena", "2026-11-30", 1, "30 20:30"),
        ("cada 72 horas", "2026-11-30", "1 semana", "30 08:00, 03 08:00, 06 08:00"),
    ],
)
def test_doses_on_some_days_and_at_meals(
    frequency: str, start: str, duration: str | int, expected: str
) -> None:
    assert ", ".join(schedule(frequency, start, duration)) == expected.replace(",", "-06,") + "-06"


def test_meals_are_at_the_clinics_hours() -> None:
    early = MealHours(time(6, 45), time(13, 30), time(19), time(21, 15))
    found = doses(
        parse_frequency("antes del desayuno, con la comida, después de la cena y al acostarse"),
        OnDate(date(2026, 11, 30)),
        ForDays(1),
        MEXICO,
        meals=early,
    )
    assert on_the_wall(found, MEXICO) == ["30 06:15-06", "30 13:30-06", "30 19:30-06", "30 21:15-06"]


@pytest.mark.parametrize(
    "hours",
    [
        (time(0, 29), time(14), time(20), time(22)),
        (time(8), time(8), time(20), time(22)),
        (time(8), time(9), time(20), time(22)),
        (time(8), time(14), time(20), time(0, 30)),
        (time(8, 0, 1), time(14), time(20), time(22)),
    ],
)
def test_meals_have_their_order_and_room_around_them(hours: tuple[time, time, time, time]) -> None:
    with pytest.raises(ValueError, match="in this order, more than an hour apart"):
        MealHours(*hours)


@pytest.mark.parametrize(
    ("start", "months", "days"),
    [
        ("2026-11-30", 1, 30),
        ("2026-12-01", 1, 31),
        ("2027-01-31", 1, 28),
        ("2026-11-30", 3, 90),
        ("2028-02-29", 12, 365),
    ],
)
def test_a_month_lasts_until_the_same_day_has_come_again(start: str, months: int, days: int) -> None:
    assert len(schedule("1 vez al día", start, f"{months} meses")) == days
    assert len(schedule("cada 8 horas", start, f"{months} meses")) == 3 * days
    assert len(schedule("cada tercer día", start, f"{months} meses")) == (days + 1) // 2

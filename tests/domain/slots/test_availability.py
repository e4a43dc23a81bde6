"""A doctor's services, hours and the dates that differ from them."""

from datetime import UTC, date, time

import pytest

from clinic.domain.slots.availability import (
    AvailabilityRule,
    DateOverride,
    MedicalService,
    OpenHours,
    hours_for_date,
)

SUNDAY, MONDAY = date(2026, 11, 29), date(2026, 11, 30)
MORNING = OpenHours(start_time=time(9), end_time=time(14))
EVENING = OpenHours(start_time=time(16), end_time=time(20))


def rule(day_of_week: int, rule_id: str = "r-1") -> AvailabilityRule:
    return AvailabilityRule(
        rule_id=rule_id, profile_id="dr-1", day_of_week=day_of_week, start_time=time(9), end_time=time(14)
    )


@pytest.mark.parametrize("day_of_week", range(7))
def test_the_week_begins_with_sunday_which_is_0(day_of_week: int) -> None:
    dates = [date(2026, 11, 29 + day_of_week)] if day_of_week < 2 else [date(2026, 12, day_of_week - 1)]
    assert [day for day in dates if rule(day_of_week).holds_on(day)] == dates
    assert not rule((day_of_week + 1) % 7).holds_on(dates[0])


def test_a_date_has_all_the_rules_of_its_weekday() -> None:
    rules = [rule(1, "r-1"), rule(0, "r-2"), rule(1, "r-3")]
    assert [r.rule_id for r in rules if r in hours_for_date(rules, [], MONDAY)] == ["r-1", "r-3"]
    assert hours_for_date(rules, [], SUNDAY) == (rules[1],)


def test_a_date_without_rules_has_no_hours() -> None:
    assert hours_for_date([rule(1)], [], SUNDAY) == ()


def test_a_holiday_has_no_hours_whatever_the_week_says() -> None:
    assert hours_for_date([rule(1)], [DateOverride("dr-1", MONDAY)], MONDAY) == ()


def test_other_hours_take_the_place_of_the_weeks() -> None:
    assert hours_for_date([rule(1)], [DateOverride("dr-1", MONDAY, (EVENING,))], MONDAY) == (EVENING,)


def test_extra_hours_open_a_day_that_has_none() -> None:
    assert hours_for_date([rule(1)], [DateOverride("dr-1", SUNDAY, (MORNING,))], SUNDAY) == (MORNING,)


def test_an_override_says_nothing_about_other_dates() -> None:
    assert hours_for_date([rule(1)], [DateOverride("dr-1", SUNDAY)], MONDAY) == (rule(1),)


def test_several_overrides_of_a_date_add_up() -> None:
    overrides = [DateOverride("dr-1", MONDAY, (MORNING,)), DateOverride("dr-1", MONDAY, (EVENING,))]
    assert hours_for_date([], overrides, MONDAY) == (MORNING, EVENING)


def test_one_override_that_closes_a_date_closes_it() -> None:
    overrides = [DateOverride("dr-1", MONDAY, (MORNING,)), DateOverride("dr-1", MONDAY)]
    assert hours_for_date([rule(1)], overrides, MONDAY) == ()
    assert hours_for_date([rule(1)], overrides[::-1], MONDAY) == ()


def test_an_end_at_midnight_is_the_days_end() -> None:
    assert OpenHours(start_time=time(16), end_time=time(0)).ends_at_midnight
    assert OpenHours(start_time=time(0), end_time=time(0)).ends_at_midnight
    assert not MORNING.ends_at_midnight


def test_hours_offer_all_services_unless_they_name_some() -> None:
    service = MedicalService("s-1", "dr-1", "Consulta", 30)
    assert MORNING.schedules(service)
    for named, offered in (({"s-1", "s-2"}, True), ({"s-2"}, False), (set[str](), False)):
        hours = OpenHours(start_time=time(9), end_time=time(14), service_ids=frozenset(named))
        assert hours.schedules(service) is offered


@pytest.mark.parametrize(
    ("start", "end"),
    [(time(9), time(9)), (time(14), time(9)), (time(22), time(6))],
    ids=["empty", "backwards", "across midnight"],
)
def test_hours_end_after_they_begin_on_one_day(start: time, end: time) -> None:
    with pytest.raises(ValueError, match="end_time must be later than start_time, or midnight"):
        OpenHours(start_time=start, end_time=end)


@pytest.mark.parametrize("odd", [time(9, 0, 1), time(9, 0, 0, 1), time.max, time(9, tzinfo=UTC)])
def test_hours_are_whole_minutes_of_a_wall_clock(odd: time) -> None:
    with pytest.raises(ValueError, match="start_time must be"):
        OpenHours(start_time=odd, end_time=time(0))
    with pytest.raises(ValueError, match="end_time must be"):
        OpenHours(start_time=time(1), end_time=odd)


@pytest.mark.parametrize(
    ("slot_duration", "buffer_time", "places", "named"),
    [
        (0, 0, 1, "slot_duration"),
        (-30, 0, 1, "slot_duration"),
        (30, -1, 1, "buffer_time"),
        (30, 0, 0, "max_appointments_per_slot"),
    ],
)
def test_hours_that_could_never_be_cut_into_slots_are_refused_by_name(
    slot_duration: int, buffer_time: int, places: int, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        OpenHours(
            start_time=time(9),
            end_time=time(14),
            slot_duration=slot_duration,
            buffer_time=buffer_time,
            max_appointments_per_slot=places,
        )


@pytest.mark.parametrize("day_of_week", [-1, 7])
def test_a_rule_is_for_a_day_of_the_week(day_of_week: int) -> None:
    with pytest.raises(ValueError, match="day_of_week"):
        rule(day_of_week)


def test_a_rules_hours_are_held_to_the_same_as_any_others() -> None:
    with pytest.raises(ValueError, match="end_time"):
        AvailabilityRule(
            rule_id="r-1", profile_id="dr-1", day_of_week=1, start_time=time(9), end_time=time(9)
        )


def test_a_service_takes_at_least_a_minute() -> None:
    with pytest.raises(ValueError, match="duration"):
        MedicalService("s-1", "dr-1", "Consulta", 0)

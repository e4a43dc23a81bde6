"""The slots of one date, by example; each defect of slot generation as a sentence."""

import time as process_time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from clinic.domain.slots.generation import GeneratedDay, NothingToGenerate, generate_slots, slot_id

MEXICO, TIJUANA, SANTIAGO = "America/Mexico_City", "America/Tijuana", "America/Santiago"
SUNDAY, MONDAY = date(2026, 11, 29), date(2026, 11, 30)
CONSULTA = MedicalService("s-1", "dr-1", "Consulta", 30)
DENTAL = MedicalService("s-2", "dr-1", "Limpieza dental", 45)
RETIRED = MedicalService("s-3", "dr-1", "Ya no se ofrece", 20, is_active=False)


def hours(begin: str, end: str, slot: int | None = None, buffer: int = 0, places: int = 1) -> OpenHours:
    return OpenHours(
        start_time=time.fromisoformat(begin),
        end_time=time.fromisoformat(end),
        slot_duration=slot,
        buffer_time=buffer,
        max_appointments_per_slot=places,
    )


def weekly(day_of_week: int, begin: str, end: str, profile_id: str = "dr-1") -> AvailabilityRule:
    return AvailabilityRule(
        rule_id="r-1",
        profile_id=profile_id,
        day_of_week=day_of_week,
        start_time=time.fromisoformat(begin),
        end_time=time.fromisoformat(end),
    )


def on(
    day: date, *stretches: OpenHours, zone: str = MEXICO, service: MedicalService = CONSULTA
) -> GeneratedDay:
    override = DateOverride("dr-1", day, stretches)
    return generate_slots("dr-1", zone, day, services=[service], rules=[], overrides=[override])


def local(made: GeneratedDay, zone: str = MEXICO) -> list[str]:
    """When each slot begins and ends, as the doctor reads it."""
    key = ZoneInfo(zone)
    return [f"{s.start.astimezone(key):%H:%M}-{s.end.astimezone(key):%H:%M}" for s in made.slots]


@pytest.fixture
def server_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        process_time.tzset()

    yield move
    monkeypatch.undo()
    process_time.tzset()


# ------------------------------------------------------------------ the seed's rules


def test_hours_are_cut_into_slots_of_the_services_own_length() -> None:
    assert local(on(MONDAY, hours("09:00", "10:30"))) == ["09:00-09:30", "09:30-10:00", "10:00-10:30"]


def test_a_length_that_the_hours_set_comes_before_the_services() -> None:
    assert local(on(MONDAY, hours("09:00", "10:00", slot=20))) == [
        "09:00-09:20",
        "09:20-09:40",
        "09:40-10:00",
    ]


def test_the_next_slot_begins_when_the_buffer_is_over() -> None:
    made = on(MONDAY, hours("09:00", "10:40", buffer=10))
    assert local(made) == ["09:00-09:30", "09:40-10:10"]
    assert [slot.buffer_until - slot.end for slot in made.slots] == [timedelta(minutes=10)] * 2


def test_only_whole_slots_are_made() -> None:
    assert local(on(MONDAY, hours("09:00", "09:59"))) == ["09:00-09:30"]
    assert local(on(MONDAY, hours("09:00", "09:29"))) == []


def test_the_last_buffer_may_reach_beyond_the_hours() -> None:
    assert local(on(MONDAY, hours("09:00", "09:30", buffer=10))) == ["09:00-09:30"]


def test_a_group_slot_has_a_place_for_each() -> None:
    assert [slot.capacity for slot in on(MONDAY, hours("09:00", "10:00", places=12)).slots] == [12, 12]


def test_hours_until_midnight_use_the_whole_evening() -> None:
    assert local(on(MONDAY, hours("23:00", "00:00"))) == ["23:00-23:30", "23:30-00:00"]
    assert len(on(MONDAY, hours("00:00", "00:00")).slots) == 48


def test_two_services_may_be_offered_at_the_same_time() -> None:
    made = generate_slots(
        "dr-1", MEXICO, MONDAY, services=[DENTAL, CONSULTA], rules=[weekly(1, "09:00", "10:00")]
    )
    assert [(slot.service_id, slot.slot_id) for slot in made.slots] == [
        ("s-1", "dr-1:s-1:20261130T1500Z"),
        ("s-2", "dr-1:s-2:20261130T1500Z"),
        ("s-1", "dr-1:s-1:20261130T1530Z"),
    ]


def test_a_service_has_one_slot_at_each_start_however_many_hours_would_make_it() -> None:
    made = on(MONDAY, hours("10:00", "11:00", slot=60), hours("09:00", "11:00", places=2))
    assert local(made) == ["09:00-09:30", "09:30-10:00", "10:00-10:30", "10:30-11:00"]
    assert {slot.capacity for slot in made.slots} == {2}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (hours("09:00", "10:00", slot=30), hours("09:00", "11:00", slot=20)),
        (hours("09:00", "10:00", slot=30), hours("09:00", "00:00", slot=20)),
        (hours("09:00", "10:00"), hours("09:00", "10:00", slot=20)),
        (hours("09:00", "10:00", slot=20, buffer=5), hours("09:00", "10:00", slot=30)),
        (hours("09:00", "10:00"), hours("09:00", "10:00", buffer=5)),
        (hours("09:00", "10:00"), hours("09:00", "10:00", places=4)),
    ],
    ids=["ends first", "ends before midnight", "services' length", "shorter slots", "no buffer", "one place"],
)
def test_of_hours_that_begin_together_the_same_ones_slots_are_kept_in_any_order(
    one: OpenHours, other: OpenHours
) -> None:
    made = on(MONDAY, one, other)
    assert on(MONDAY, other, one) == made
    assert set(on(MONDAY, one).slots) <= set(made.slots)


# ------------------------------------------------------------------ results that are no errors


def test_a_day_without_rules_is_a_result() -> None:
    made = generate_slots("dr-1", MEXICO, SUNDAY, services=[CONSULTA], rules=[weekly(1, "09:00", "10:00")])
    assert (made.slots, made.reason) == ((), "No availability rules")


def test_a_doctor_without_active_services_is_a_result() -> None:
    made = generate_slots("dr-1", MEXICO, MONDAY, services=[RETIRED], rules=[weekly(1, "09:00", "10:00")])
    assert (made.slots, made.reason) == ((), "No active services")


def test_a_holiday_is_a_result_that_says_so() -> None:
    assert on(MONDAY).reason is NothingToGenerate.CLOSED


def test_a_doctor_with_neither_rules_nor_services_lacks_rules_first() -> None:
    made = generate_slots("dr-1", MEXICO, MONDAY, services=[], rules=[])
    assert made.reason == "No availability rules"


@pytest.mark.parametrize(
    ("asked_for", "services", "reason"),
    [
        (None, {"s-1", "s-2"}, None),
        (["s-2"], {"s-2"}, None),
        (["s-2", "s-9"], {"s-2"}, None),
        (["s-3"], set(), "No active services"),
        ([], set(), "No active services"),
    ],
    ids=["all", "one", "one unknown", "one retired", "none"],
)
def test_slots_are_made_for_the_services_asked_for(
    asked_for: list[str] | None, services: set[str], reason: str | None
) -> None:
    made = generate_slots(
        "dr-1",
        MEXICO,
        MONDAY,
        services=[CONSULTA, DENTAL, RETIRED],
        rules=[weekly(1, "09:00", "10:00")],
        generate_for_services=asked_for,
    )
    assert ({slot.service_id for slot in made.slots}, made.reason) == (services, reason)
    assert (made.services, made.hours) == (len(services), 1)


def test_what_belongs_to_another_doctor_makes_no_slot() -> None:
    made = generate_slots(
        "dr-1",
        MEXICO,
        MONDAY,
        services=[CONSULTA, MedicalService("s-9", "dr-2", "De otro doctor", 15)],
        rules=[weekly(1, "09:00", "09:30"), weekly(1, "06:00", "22:00", "dr-2")],
        overrides=[DateOverride("dr-2", MONDAY)],
    )
    assert [slot.slot_id for slot in made.slots] == ["dr-1:s-1:20261130T1500Z"]


# ------------------------------------------------------------------ days on which clocks change


def test_hours_that_begin_in_a_gap_begin_at_its_end() -> None:
    """02:00 to 03:00 does not exist in Tijuana on 14 March 2027."""
    made = on(date(2027, 3, 14), hours("02:15", "04:00"), zone=TIJUANA)
    assert local(made, TIJUANA) == ["03:00-03:30", "03:30-04:00"]


def test_hours_that_lie_in_a_gap_have_no_slots() -> None:
    assert on(date(2027, 3, 14), hours("02:00", "03:00"), zone=TIJUANA).slots == ()


def test_a_slot_across_a_gap_is_as_long_as_any() -> None:
    made = on(date(2027, 3, 14), hours("01:40", "04:00"), zone=TIJUANA)
    assert local(made, TIJUANA) == ["01:40-03:10", "03:10-03:40"]
    assert {slot.end - slot.start for slot in made.slots} == {timedelta(minutes=30)}


def test_a_repeated_hour_inside_the_hours_is_worked_twice() -> None:
    """01:00 to 02:00 comes twice in Tijuana on 7 November 2027."""
    made = on(date(2027, 11, 7), hours("00:30", "02:00"), zone=TIJUANA, service=DENTAL)
    assert local(made, TIJUANA) == ["00:30-01:15", "01:15-01:00", "01:00-01:45"]


def test_hours_that_end_in_a_repeated_hour_end_in_its_first_round() -> None:
    made = on(date(2027, 11, 7), hours("01:00", "01:30"), zone=TIJUANA)
    assert [slot.start for slot in made.slots] == [datetime(2027, 11, 7, 8, 0, tzinfo=UTC)]


def test_a_day_has_its_own_length_where_midnight_is_skipped_or_repeated() -> None:
    days = [date(2026, 4, 4), date(2026, 4, 5), date(2026, 9, 5), date(2026, 9, 6)]
    whole_days = [on(day, hours("00:00", "00:00"), zone=SANTIAGO) for day in days]
    assert [len(made.slots) / 2 for made in whole_days] == [25, 24, 24, 23]


def test_a_date_that_a_zone_left_out_has_no_slots() -> None:
    assert on(date(2011, 12, 30), hours("00:00", "00:00"), zone="Pacific/Apia").slots == ()


# ------------------------------------------------------------------ the seed's defects


def test_generating_a_date_twice_makes_no_slot_twice() -> None:
    """Defect 10: twelve slots became twenty-four."""
    once, again = (on(MONDAY, hours("09:00", "15:00")) for _ in range(2))
    assert again == once
    assert len({slot.slot_id for slot in (*once.slots, *again.slots)}) == 12


@pytest.mark.parametrize("server", ["UTC", MEXICO, "Asia/Tokyo", "Pacific/Kiritimati"])
def test_nine_o_clock_is_nine_o_clock_in_the_doctors_zone_wherever_the_server_is(
    server: str, server_in: Callable[[str], None]
) -> None:
    """Defect 13: under UTC the 09:00 slot was at 03:00 in Mexico City."""
    server_in(server)
    (slot,) = on(MONDAY, hours("09:00", "09:30")).slots
    assert (slot.start, slot.start.tzinfo) == (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), UTC)


@pytest.mark.parametrize("server", ["UTC", MEXICO, "Asia/Tokyo", "Pacific/Kiritimati"])
def test_monday_the_30th_takes_mondays_rule_wherever_the_server_is(
    server: str, server_in: Callable[[str], None]
) -> None:
    """Defect 13: under Mexico City's time Sunday's rule was taken."""
    server_in(server)
    rules = [weekly(0, "06:00", "07:00"), weekly(1, "09:00", "10:00"), weekly(2, "12:00", "13:00")]
    made = generate_slots("dr-1", MEXICO, MONDAY, services=[CONSULTA], rules=rules)
    assert local(made) == ["09:00-09:30", "09:30-10:00"]


# ------------------------------------------------------------------ ids


def test_a_slot_id_can_be_computed_by_whoever_knows_profile_service_and_start() -> None:
    in_mexico = datetime(2026, 11, 30, 10, 0, tzinfo=ZoneInfo(MEXICO))
    assert slot_id("dr-1", "s-1", in_mexico) == "dr-1:s-1:20261130T1600Z"


def test_a_colon_inside_an_id_is_doubled() -> None:
    start = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert slot_id("a:b", "c", start) == "a::b:c:20261130T1600Z"
    assert slot_id("a", "b:c", start) == "a:b::c:20261130T1600Z"


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 30, 16, 0),  # noqa: DTZ001 - what is refused
        datetime(2026, 11, 30, 16, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 30, 16, 0, 0, 1, tzinfo=UTC),
    ],
    ids=["no zone", "a second", "a fraction"],
)
def test_a_slot_begins_at_a_whole_minute_of_an_instant(start: datetime) -> None:
    with pytest.raises(ValueError, match="whole minute"):
        slot_id("dr-1", "s-1", start)

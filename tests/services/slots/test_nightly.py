"""Every night each active profile gets its events, in its own zone's time, in pages, also after a crash."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from clinic.domain.errors import EventBusUnavailableError
from clinic.domain.slots.nightly import Night, NightlyJob, Occasion
from clinic.services.slots.nightly import NightlyFanOut
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.examples import PROFILE
from tests.fakes.ports import ProcessDied
from tests.fakes.slots.slots import MemoryBus, MemoryDoctorSchedules

GENERATION, CLEANUP = NightlyJob.SLOT_GENERATION, NightlyJob.SLOT_CLEANUP
CLOCKS = {GENERATION: time(2), CLEANUP: time(3)}
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
A_DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)


def fan_out(
    *zones: str, page_size: int = 3, inactive: tuple[int, ...] = ()
) -> tuple[NightlyFanOut, MemoryBus]:
    schedules = MemoryDoctorSchedules(
        {
            f"dr-{n:02}": DoctorSchedule(
                replace(PROFILE, profile_id=f"dr-{n:02}", time_zone=zone, is_active=n not in inactive)
            )
            for n, zone in enumerate(zones)
        }
    )
    bus = MemoryBus()
    return NightlyFanOut(schedules, bus, CLOCKS, 30, page_size), bus


def run(use_case: NightlyFanOut, occasion: Occasion) -> int:
    """All of an occasion's pages, as the state machine goes through them; how many there were."""
    cursor, pages = "", 0
    while True:
        done = use_case.fan_out_page(occasion.job, occasion.nights, cursor)
        pages, cursor = pages + 1, done.cursor
        if not cursor:
            return pages


def test_each_zone_is_due_at_its_own_two_and_three_in_the_morning() -> None:
    use_case, _ = fan_out("America/Mexico_City", "America/Tijuana", "America/Mexico_City", "Europe/Madrid")
    plan = use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY)
    assert [(f"{it.at:%H:%M}", it.job.value, [n.time_zone for n in it.nights]) for it in plan.occasions] == [
        ("01:00", "slot_generation", ["Europe/Madrid"]),
        ("02:00", "slot_cleanup", ["Europe/Madrid"]),
        ("08:00", "slot_generation", ["America/Mexico_City"]),
        ("09:00", "slot_cleanup", ["America/Mexico_City"]),
        ("10:00", "slot_generation", ["America/Tijuana"]),
        ("11:00", "slot_cleanup", ["America/Tijuana"]),
    ]


def test_at_one_instant_two_zones_may_be_due_and_both_jobs() -> None:
    use_case, _ = fan_out("UTC", "Africa/Abidjan", "Europe/Madrid")
    at_two = [it for it in use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY).occasions if it.at.hour == 2]
    assert [(it.job, [night.time_zone for night in it.nights]) for it in at_two] == [
        (GENERATION, ["Africa/Abidjan", "UTC"]),
        (CLEANUP, ["Europe/Madrid"]),
    ]


def test_inactive_profiles_have_their_nights_too_since_their_free_slots_are_to_go() -> None:
    use_case, bus = fan_out("America/Tijuana", "Europe/Madrid", inactive=(0,))
    assert {n.time_zone for it in use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY).occasions for n in it.nights} == {
        "America/Tijuana",
        "Europe/Madrid",
    }
    use_case.fan_out_page(GENERATION, [Night("America/Tijuana", MONDAY)])
    assert len(bus.taken) == 1


def test_no_profiles_make_an_empty_night() -> None:
    use_case, _ = fan_out()
    assert use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY).occasions == ()


def test_generation_asks_for_the_zones_tomorrow_and_the_horizon() -> None:
    """Defect 14: "tomorrow" by the server's clock left days without slots."""
    use_case, bus = fan_out("America/Mexico_City")
    use_case.fan_out_page(GENERATION, [Night("America/Mexico_City", MONDAY)])
    (event,) = bus.taken
    assert (event.detail_type, event.to_detail()) == (
        "slot/generate-daily",
        {
            "profileId": "dr-00",
            "targetDate": "2026-11-24",
            "horizonDays": 30,
            "timezone": "America/Mexico_City",
        },
    )


def test_tomorrow_is_the_next_date_that_the_zone_has() -> None:
    use_case, bus = fan_out("Pacific/Apia")
    use_case.fan_out_page(GENERATION, [Night("Pacific/Apia", date(2011, 12, 29))])
    assert bus.taken[0].to_detail()["targetDate"] == "2011-12-31"


def test_cleanup_is_of_the_night_that_has_begun() -> None:
    use_case, bus = fan_out("America/Mexico_City")
    use_case.fan_out_page(CLEANUP, [Night("America/Mexico_City", MONDAY)])
    (event,) = bus.taken
    detail = {"profileId": "dr-00", "cleanupDate": "2026-11-23"}
    assert (event.detail_type, event.to_detail()) == ("slot/cleanup-expired", detail)


@pytest.mark.parametrize("page_size", [1, 2, 3, 5, 10, 11])
def test_each_profile_whose_zone_is_due_gets_one_event_whatever_the_pages(page_size: int) -> None:
    use_case, bus = fan_out(*["America/Tijuana", "Europe/Madrid"] * 5, page_size=page_size)
    for occasion in use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY).occasions:
        run(use_case, occasion)
    counts = Counter((event.detail_type, event.to_detail()["profileId"]) for event in bus.taken)
    assert counts == dict.fromkeys(
        ((kind, f"dr-{n:02}") for kind in ("slot/generate-daily", "slot/cleanup-expired") for n in range(10)),
        1,
    )


@pytest.mark.parametrize("fault", [EventBusUnavailableError("busy"), ProcessDied()])
@pytest.mark.parametrize("taken", [0, 1, 2])
def test_after_a_crash_in_the_middle_of_a_page_nobody_is_left_out_and_no_page_is_begun_anew(
    fault: BaseException, taken: int
) -> None:
    use_case, bus = fan_out(*["UTC"] * 8, page_size=3)
    nights = [Night("UTC", MONDAY)]
    first = use_case.fan_out_page(GENERATION, nights)
    bus.script = [(taken, fault)]
    with pytest.raises(type(fault)):
        use_case.fan_out_page(GENERATION, nights, first.cursor)
    second = use_case.fan_out_page(GENERATION, nights, first.cursor)
    use_case.fan_out_page(GENERATION, nights, second.cursor)
    counts = Counter(event.to_detail()["profileId"] for event in bus.taken)
    twice = {f"dr-{n:02}": 2 for n in range(3, 3 + taken)}
    assert counts == {**dict.fromkeys((f"dr-{n:02}" for n in range(8)), 1), **twice}


def test_a_profile_that_can_not_be_read_is_named_and_the_others_get_theirs() -> None:
    use_case, bus = fan_out("UTC", "UTC", "UTC", page_size=2)
    assert isinstance(use_case.schedules, MemoryDoctorSchedules)
    use_case.schedules.unreadable["dr-005"] = "directory, profile#dr-005 profile: phone is missing"
    plan = use_case.plan(MIDNIGHT, MIDNIGHT + A_DAY)
    assert plan.unreadable == ("directory, profile#dr-005 profile: phone is missing",)
    run(use_case, plan.occasions[0])
    assert sorted(event.to_detail()["profileId"] for event in bus.taken) == ["dr-00", "dr-01", "dr-02"]


def test_over_a_year_of_nights_each_date_of_each_zone_is_generated_once() -> None:
    zones = ("America/Tijuana", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
    use_case, bus = fan_out(*zones)
    for number in range(365):
        begin = datetime(2026, 1, 1, tzinfo=UTC) + number * A_DAY
        for occasion in use_case.plan(begin, begin + A_DAY).occasions:
            run(use_case, occasion)
    taken = [event.to_detail() for event in bus.taken]
    for n, _ in enumerate(zones):
        mine = [detail for detail in taken if detail["profileId"] == f"dr-{n:02}"]
        targets = [date.fromisoformat(it["targetDate"]) for it in mine if "targetDate" in it]
        assert targets == [targets[0] + number * A_DAY for number in range(365)]

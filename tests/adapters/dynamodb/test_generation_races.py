"""Slots made anew by many while many book them, on DynamoDB as moto and as MiniStack play it over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest

from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.slots import DynamoSlotStore
from clinic.domain.slots.availability import AvailabilityRule, MedicalService
from clinic.domain.slots.slot import Slot
from clinic.services.slots.generation import SlotGeneration
from clinic.services.slots.ports import DoctorSchedule
from tests.adapters.dynamodb.test_booking_store import NINE, NOW, holders, ministack, moto, race, request
from tests.fakes.examples import PROFILE
from tests.fakes.slots.slots import MemoryDoctorSchedules

MAKERS, ASKERS = 6, 26


@pytest.fixture(params=[moto, ministack], ids=["moto", "ministack"])
def booking_store(request: pytest.FixtureRequest) -> Iterator[DynamoBookingStore]:
    with request.param() as opened:
        yield opened


def schedule(end: int, length: int, pause: int) -> DoctorSchedule:
    rule = AvailabilityRule(
        rule_id="a",
        profile_id="dr-1",
        day_of_week=1,
        start_time=time(9),
        end_time=time(end),
        slot_duration=length,
        buffer_time=pause,
    )
    service = MedicalService("s-1", "dr-1", "Consulta", 30)
    return DoctorSchedule(replace(PROFILE, time_zone="America/Mexico_City"), (service,), (rule,))


# Three minds of one doctor: a short day, a long one, and shorter visits with a pause after each.
MINDS = [schedule(11, 30, 0), schedule(13, 30, 0), schedule(13, 20, 10)]


def day(store: DynamoSlotStore, monday: datetime) -> list[Slot]:
    return store.between("dr-1", monday, monday + timedelta(hours=8))


def generate(store: DynamoSlotStore, day: date, mind: DoctorSchedule) -> str:
    SlotGeneration(MemoryDoctorSchedules({"dr-1": mind}), store).generate("dr-1", [day], NOW)
    return "made"


@pytest.mark.slow
def test_whoever_got_a_place_keeps_it_whatever_is_made_of_the_free_ones(
    booking_store: DynamoBookingStore,
) -> None:
    store = DynamoSlotStore(booking_store.connection, booking_store.calendar.slots)

    for number, last_mind in enumerate(MINDS):
        monday = NINE + timedelta(days=7 * number)
        make = partial(generate, store, monday.date())
        make(MINDS[1])
        before = day(store, monday)
        names = [f"q-{number}-{n}" for n in range(ASKERS)]
        requests: list[Callable[[], str]] = [
            partial(request, booking_store, name, before[n % len(before)]) for n, name in enumerate(names)
        ]
        outcome = race([*requests, *(partial(make, MINDS[n % 3]) for n in range(MAKERS))])
        assert outcome["made"] == MAKERS
        assert outcome["held"] > 0
        held = {holder: slot for slot in day(store, monday) for holder in slot.holders}
        assert sorted(held) == holders(booking_store, *day(store, monday))
        asked = [name for name in names if (kept := booking_store.request(name)) and kept.is_pending]
        assert sorted(asked) == sorted(name for name in held if name in names)
        assert len(asked) == outcome["held"]
        for booking in booking_store.bookings("dr-1", *(slot.slot_id for slot in held.values())):
            assert booking is not None
            stretch = (booking.slot.start, booking.slot.buffer_until)
            assert {sheet.taken[booking.slot.slot_id] for sheet in booking.sheets} == {stretch}
        # Once it is quiet the last mind has its way with what is free, and then there is nothing to write.
        make(last_mind)
        quiet = day(store, monday)
        make(last_mind)
        assert day(store, monday) == quiet
        assert {holder: slot for slot in quiet for holder in slot.holders} == held

"""Slots made anew by many while many book them, on DynamoDB as moto and as MiniStack play it over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest

from clinic.adapters.dynamodb.records import DynamoRecords
from clinic.adapters.dynamodb.slot_shelf import DynamoSlotShelf
from clinic.domain.availability import AvailabilityRule, MedicalService
from clinic.domain.slots import Slot
from clinic.services.slot_generation import SlotGeneration
from clinic.services.slots_port import Offer
from tests.adapters.test_booking_races import NINE, NOW, holders, ministack, moto, race, request
from tests.fakes.examples import PROFILE
from tests.fakes.slots import MemoryOffers

MAKERS, ASKERS = 6, 26


@pytest.fixture(params=[moto, ministack], ids=["moto", "ministack"])
def records(request: pytest.FixtureRequest) -> Iterator[DynamoRecords]:
    with request.param() as opened:
        yield opened


def offer(end: int, length: int, pause: int) -> Offer:
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
    return Offer(replace(PROFILE, time_zone="America/Mexico_City"), (service,), (rule,))


# Three minds of one doctor: a short day, a long one, and shorter visits with a pause after each.
MINDS = [offer(11, 30, 0), offer(13, 30, 0), offer(13, 20, 10)]


def day(shelf: DynamoSlotShelf, monday: datetime) -> list[Slot]:
    return shelf.between("dr-1", monday, monday + timedelta(hours=8))


def generate(shelf: DynamoSlotShelf, day: date, mind: Offer) -> str:
    SlotGeneration(MemoryOffers({"dr-1": mind}), shelf).generate("dr-1", [day], NOW)
    return "made"


@pytest.mark.slow
def test_whoever_got_a_place_keeps_it_whatever_is_made_of_the_free_ones(records: DynamoRecords) -> None:
    shelf = DynamoSlotShelf(records.connection, records.calendar.slots)

    for number, last_mind in enumerate(MINDS):
        monday = NINE + timedelta(days=7 * number)
        make = partial(generate, shelf, monday.date())
        make(MINDS[1])
        before = day(shelf, monday)
        names = [f"q-{number}-{n}" for n in range(ASKERS)]
        requests: list[Callable[[], str]] = [
            partial(request, records, name, before[n % len(before)]) for n, name in enumerate(names)
        ]
        outcome = race([*requests, *(partial(make, MINDS[n % 3]) for n in range(MAKERS))])
        assert outcome["made"] == MAKERS
        assert outcome["held"] > 0
        held = {holder: slot for slot in day(shelf, monday) for holder in slot.holders}
        assert sorted(held) == holders(records, *day(shelf, monday))
        asked = [name for name in names if (kept := records.request(name)) and kept.is_pending]
        assert sorted(asked) == sorted(name for name in held if name in names)
        assert len(asked) == outcome["held"]
        for booking in records.bookings("dr-1", *(slot.slot_id for slot in held.values())):
            assert booking is not None
            stretch = (booking.slot.start, booking.slot.buffer_until)
            assert {sheet.taken[booking.slot.slot_id] for sheet in booking.sheets} == {stretch}
        # Once it is quiet the last mind has its way with what is free, and then there is nothing to write.
        make(last_mind)
        quiet = day(shelf, monday)
        make(last_mind)
        assert day(shelf, monday) == quiet
        assert {holder: slot for slot in quiet for holder in slot.holders} == held

"""Many at once for one place: one winner each, on DynamoDB as moto and as MiniStack play it over HTTP."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.calendar import DynamoCalendar
from clinic.adapters.dynamodb.models import connect
from clinic.contracts.tables import SLOTS
from clinic.domain.errors import SlotNotAvailableError, SlotNotHeldError
from clinic.domain.slots import Slot
from clinic.services.places import PlaceKeeping
from tests.fakes.tables import create_tables
from tests.workflows.clinic_stack import clinic_stack

REGION = "us-east-1"
THREADS = 64
ROUNDS = 5
NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOW = NINE - timedelta(days=1)


class OneAtATime(Connection):
    """moto's transactions are atomic only one request at a time; between requests everybody may come in."""

    lock = threading.Lock()

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            answer: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
            return answer


@contextmanager
def moto() -> Iterator[DynamoCalendar]:
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield DynamoCalendar.open(OneAtATime(REGION), SLOTS.name)


@contextmanager
def ministack() -> Iterator[DynamoCalendar]:
    """The local stack's DynamoDB, over its port."""
    with clinic_stack(NOW) as clinic, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", clinic.stack.endpoint_url)
        yield DynamoCalendar.open(connect(REGION), clinic.stack.outputs["SlotsTable"])


@pytest.fixture(params=[moto, ministack], ids=["moto", "ministack"])
def calendar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoCalendar]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with request.param() as opened:
        yield opened


def slot(number: int, service: str = "s-1", minutes_later: int = 0, capacity: int = 1) -> Slot:
    start = NINE + timedelta(hours=2 * number, minutes=minutes_later)
    end = start + timedelta(minutes=30)
    return Slot(f"dr-1:{service}:{start:%Y%m%dT%H%MZ}", "dr-1", service, start, end, end, capacity)


def race(contestants: list[Callable[[], object]]) -> Counter[str]:
    """Run them all at once; how each ended."""
    start = threading.Barrier(len(contestants))

    def run(contestant: Callable[[], object]) -> str:
        start.wait()
        try:
            contestant()
        except (SlotNotAvailableError, SlotNotHeldError) as error:
            return type(error).__name__
        return "won"

    with ThreadPoolExecutor(len(contestants)) as pool:
        return Counter(pool.map(run, contestants))


@pytest.mark.slow
@pytest.mark.parametrize("capacity", [1, 3])
def test_as_many_win_as_there_are_places(calendar: DynamoCalendar, capacity: int) -> None:
    places = PlaceKeeping(calendar)
    for number in range(ROUNDS):
        wanted = slot(number, capacity=capacity)
        calendar.put_slot(wanted)
        outcome = race(
            [
                partial(places.hold, "dr-1", wanted.slot_id, f"r-{number}-{n}", NOW, is_approved=True)
                for n in range(THREADS)
            ]
        )
        assert outcome == {"won": capacity, "SlotNotAvailableError": THREADS - capacity}
        (held,) = calendar.bookings("dr-1", wanted.slot_id)
        assert held is not None
        assert held.slot.reserved_count == capacity


@pytest.mark.slow
def test_of_two_overlapping_services_of_one_doctor_one_wins(calendar: DynamoCalendar) -> None:
    places = PlaceKeeping(calendar)
    for number in range(ROUNDS):
        both = [slot(number), slot(number, "s-2", minutes_later=15)]
        for each in both:
            calendar.put_slot(each)
        outcome = race(
            [
                partial(places.hold, "dr-1", both[n % 2].slot_id, f"r-{number}-{n}", NOW, is_approved=True)
                for n in range(THREADS)
            ]
        )
        assert outcome == {"won": 1, "SlotNotAvailableError": THREADS - 1}


@pytest.mark.slow
def test_approval_against_release_has_one_winner(calendar: DynamoCalendar) -> None:
    places = PlaceKeeping(calendar)
    for number in range(ROUNDS):
        pending = slot(number)
        calendar.put_slot(pending)
        places.hold("dr-1", pending.slot_id, "r-1", NOW, is_approved=False)
        decide = (places.approve, places.expire)
        outcome = race([partial(decide[n % 2], "dr-1", pending.slot_id, "r-1") for n in range(THREADS)])
        assert outcome == {"won": THREADS // 2, "SlotNotHeldError": THREADS // 2}


@pytest.mark.slow
def test_of_many_that_move_to_one_slot_one_gets_it_and_the_others_keep_theirs(
    calendar: DynamoCalendar,
) -> None:
    places = PlaceKeeping(calendar)
    movers = [slot(hours) for hours in range(1, 9)]
    wanted = slot(0)
    for each in (*movers, wanted):
        calendar.put_slot(each)
    for n, each in enumerate(movers):
        places.hold("dr-1", each.slot_id, f"r-{n}", NOW, is_approved=True)
    outcome = race(
        [
            partial(places.move, "dr-1", each.slot_id, wanted.slot_id, f"r-{n}", NOW)
            for n, each in enumerate(movers)
        ]
    )
    assert outcome == {"won": 1, "SlotNotAvailableError": len(movers) - 1}
    after = calendar.bookings("dr-1", wanted.slot_id, *(each.slot_id for each in movers))
    holders = [found.slot.holders for found in after if found]
    assert sorted(r for held in holders for r in held) == [f"r-{n}" for n in range(len(movers))]
    assert len(holders[0]) == 1

"""Prescriptions in any order, late, twice, with deaths: what a nurse with the newest order would have said.

The nurse knows nothing of versions, batches, runs or a ledger. He follows the newest order that has reached
him, and reminds of each of its doses once: when it is due, or, if the order came late, within an hour of it
and before the next. A course that he has begun goes on when an order with the same start replaces it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.domain.messages.intent import IntentStatus
from clinic.domain.prescriptions.doses import WAKING_HOURS
from clinic.domain.prescriptions.dosing import ForDays, OnDate
from tests.fakes.prescriptions.prescriptions import ended, prescribed
from tests.properties.prescriptions import dose_oracle
from tests.properties.prescriptions.prescription_runs import MortalPrescriptions, Ward

ZONE = "America/Mexico_City"
BEGIN = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
DAYS = 12
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WALL = dose_oracle.Ward(ZONE, BEGIN.date(), DAYS + 3)
# The schedules in words, and for the nurse.
SCHEDULES: dict[str, dict[str, Any]] = {
    "hourly": {"frequency": "cada hora", "startDate": "2026-11-23", "duration": 9},
    "eight-hourly": {"frequency": "cada 8 horas", "startDate": "2026-11-24", "duration": 3},
    "by the clock": {"frequency": "08:00, 08:20, 21:00", "startDate": "2026-11-22", "duration": 6},
    # Another medicine, so that it is no phase of a tapering before the others.
    "past": {
        "frequency": "cada 6 horas",
        "startDate": "2026-11-01",
        "duration": 2,
        "medicationName": "Ibuprofeno",
    },
}
FOR_THE_NURSE: dict[str, tuple[int | tuple[time, ...], date, ForDays]] = {
    "hourly": (1, date(2026, 11, 23), ForDays(9)),
    "eight-hourly": (8, date(2026, 11, 24), ForDays(3)),
    "by the clock": ((time(8), time(8, 20), time(21)), date(2026, 11, 22), ForDays(6)),
}


@cache
def given_by_the_nurse(name: str, prescribed_at: datetime) -> list[datetime]:
    """The doses of a schedule, by the clock on the wall."""
    if name not in FOR_THE_NURSE:
        return []
    how, first, duration = FOR_THE_NURSE[name]
    if isinstance(how, tuple):
        return WALL.by_the_clock(how, OnDate(first), duration, prescribed_at)
    return WALL.every(how, OnDate(first), duration, WAKING_HOURS.begin, prescribed_at)


@dataclass(frozen=True)
class Order:
    """What somebody published: a schedule with a dosage, or a stop (None).

    Attributes:
        at, known: when it was published, and when it reached Citas: minutes after the beginning.
        copies: how often it is delivered, an hour apart.
    """

    schedule: str | None
    dosage: str
    at: int
    late: int
    copies: int

    @property
    def published(self) -> datetime:
        return BEGIN + self.at * MINUTE

    @property
    def known(self) -> datetime:
        return self.published + self.late * MINUTE


orders = st.lists(
    st.builds(
        Order,
        schedule=st.sampled_from([*SCHEDULES, None]),
        dosage=st.sampled_from(["1 tableta", "2 tabletas"]),
        at=st.integers(0, DAYS * 24 * 60 - 1) | st.sampled_from([14 * 60, 22 * 60, 30 * 60, 38 * 60 + 1]),
        late=st.just(0) | st.integers(0, 24 * 60),
        copies=st.sampled_from([1, 1, 2, 3]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda order: order.at,
)


def nurse(sheet: list[Order]) -> list[tuple[datetime, datetime]]:
    """When which dose is reminded of; each instant once."""
    reminded: dict[datetime, datetime] = {}
    arrivals = sorted({order.known for order in sheet})
    followed: Order | None = None
    start, prescribed_at = None, BEGIN
    for now, until in pairwise([*arrivals, BEGIN + timedelta(days=60)]):
        newest = max((o for o in sheet if o.known <= now), key=lambda o: o.published)
        if newest.schedule is None:
            continue
        if newest is not followed and SCHEDULES[newest.schedule]["startDate"] != start:
            start, prescribed_at = SCHEDULES[newest.schedule]["startDate"], newest.published
        followed = newest
        doses = given_by_the_nurse(newest.schedule, prescribed_at)
        for due, following in pairwise([*doses, None]):
            assert due is not None
            end = due + HOUR if following is None else min(due + HOUR, following)
            at = max(due, now)
            if due >= newest.published and due not in reminded and at < end and at < until:
                reminded[due] = at
    return sorted((at, due) for due, at in reminded.items())


def play(sheet: list[Order], ward: Ward) -> None:
    for number, order in enumerate(sheet):
        for copy in range(order.copies):
            at = order.known + copy * HOUR
            name = f"e-{number}"
            if order.schedule is None:
                ward.deliver(ended(name, order.published), at)
            else:
                changes = {**SCHEDULES[order.schedule], "dosage": order.dosage}
                ward.deliver(prescribed(name, order.published, **changes), at)
    ward.run()


@example([Order("hourly", "1 tableta", 0, 0, 3)], frozenset(), frozenset({0, 1, 2}), True)
@example(
    [Order("hourly", "1 tableta", 0, 0, 1), Order("eight-hourly", "1 tableta", 6000, 0, 1)],
    frozenset({1, 2}),
    frozenset(),
    False,
)
@example(
    [Order("hourly", "1 tableta", 14 * 60, 0, 1), Order("hourly", "2 tabletas", 17 * 60 - 1, 30, 1)],
    frozenset(),
    frozenset(),
    False,
)
@example([Order("by the clock", "1 tableta", 13 * 60 + 50, 35, 1)], frozenset(), frozenset(), False)
@given(
    orders,
    st.frozensets(st.integers(0, 12), max_size=4),
    st.frozensets(st.integers(0, 12), max_size=4),
    st.booleans(),
)
def test_each_dose_of_the_newest_order_is_reminded_of_once_in_its_time(
    sheet: list[Order], dies_before: frozenset[int], dies_after: frozenset[int], twice: bool
) -> None:
    stored = MortalPrescriptions(dies_before=dies_before, dies_after=dies_after)
    ward = Ward(stored, delivered_twice=twice)
    play(sheet, ward)
    assert sorted(ward.reminded) == nurse(sheet)
    assert max(ward.batches) <= 90
    assert len(set(ward.went_on)) == len(ward.went_on)
    assert not [intent for intent in stored.ledger.rows.values() if intent.status.is_open]
    assert all(intent.reason for intent in stored.ledger.rows.values())
    assert {intent.status for intent in stored.ledger.rows.values()} <= {
        IntentStatus.SENT,
        IntentStatus.SKIPPED,
        IntentStatus.SUPERSEDED,
    }

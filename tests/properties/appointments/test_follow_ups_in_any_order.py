"""Whatever is said of a visit, twice, late and in any order: who is asked what, and when.

The oracle shares no code with what it judges: its own arithmetic, its own clock on the wall, its own idea of
which event is the newer.
"""

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.events.base import Received
from clinic.contracts.events.visits import VisitEnd
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentId
from clinic.services.messages.delivery import MessageDelivery
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.appointments.visits import FOLLOW_UP_RUN, completed, follow_ups_on, no_show
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryMeter

AFTER = {"24h": timedelta(hours=24), "48h": timedelta(hours=48), "1week": timedelta(days=7)}
MINUTE = timedelta(minutes=1)
FIRST_WORD = IN_NINE_DAYS + timedelta(hours=4, seconds=30)  # never at an instant at which anything is due


@dataclass(frozen=True)
class Said:
    """One event as it was published."""

    event_id: str
    at: datetime
    is_completed: bool
    began: datetime
    wanted: frozenset[str]
    phone: str
    zone: str


@dataclass
class Oracle:
    """The true story of one visit.

    Attributes:
        open: what is still to be asked: when, and whom.
        asked: what has been asked: when, what, and whom.
    """

    newest: datetime | None = None
    taken: set[str] = field(default_factory=set)
    came: bool | None = None
    plan: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    open: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    asked: list[tuple[datetime, str, str]] = field(default_factory=list)

    def wait_until(self, now: datetime) -> None:
        for name, (due, phone) in sorted(self.open.items(), key=lambda item: item[1]):
            if due <= now:
                self.asked.append((due, name, phone))
                del self.open[name]

    def hear(self, said: Said, now: datetime) -> None:
        self.wait_until(now)
        if self.newest is not None and (
            said.at < self.newest or (said.at == self.newest and said.event_id in self.taken)
        ):
            return
        self.taken = {said.event_id} | (self.taken if said.at == self.newest else set())
        self.newest = said.at
        if not said.is_completed:
            self.came, self.plan, self.open = False, {}, {}
            return
        known = {name for _, name, _ in self.asked}
        plan = {
            name: (awake(said.began + after, said.zone), said.phone)
            for name, after in AFTER.items()
            if name in said.wanted | {"24h"} and name not in known
        }
        if self.came and plan == {name: when for name, when in self.plan.items() if name not in known}:
            return
        self.came, self.plan = True, plan
        self.open = {name: (due, phone) for name, (due, phone) in plan.items() if due > now}


def awake(moment: datetime, zone: str) -> datetime:
    """The first minute from then on at which the wall's clock shows eight to nine in the evening."""
    while True:
        offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        if 8 <= (moment.replace(tzinfo=None) + offset).hour < 21:
            return moment
        moment += MINUTE


@st.composite
def sayings(draw: st.DrawFn) -> list[tuple[datetime, Said]]:
    """Events and when each is delivered; some twice."""
    deliveries = []
    for number in range(draw(st.integers(1, 5))):
        at = FIRST_WORD + timedelta(hours=draw(st.integers(0, 60)))
        said = Said(
            event_id=f"v-{number}",
            at=at,
            is_completed=draw(st.sampled_from([True, True, False])),
            began=IN_NINE_DAYS + timedelta(minutes=draw(st.sampled_from([0, 0, -1570, 180]))),
            wanted=draw(st.frozensets(st.sampled_from(sorted(AFTER)))),
            phone=draw(st.sampled_from(["+525500000001", "+525500000001", "+525500000002"])),
            zone=draw(st.sampled_from(["America/Mexico_City", "America/Mexico_City", "Asia/Kathmandu"])),
        )
        late = draw(st.lists(st.sampled_from([0, 0, 1, 30, 100]), min_size=1, max_size=2))
        deliveries += [(at + timedelta(hours=hours), said) for hours in late]
    return sorted(deliveries, key=lambda delivery: delivery[0])


def as_received(said: Said) -> Received[VisitEnd]:
    details = {"appointmentDate": to_text(said.began), "timezone": said.zone}
    if not said.is_completed:
        return no_show(said.event_id, said.at, **details)
    wanted = {"followUpType": sorted(said.wanted), "patientPhone": said.phone}
    return completed(said.event_id, said.at, **details, **wanted)


@given(sayings())
def test_everybody_is_asked_what_the_newest_word_calls_for_once_and_never_at_night(
    deliveries: list[tuple[datetime, Said]],
) -> None:
    booking_store, messenger, oracle = MemoryBookingStore(), ScriptedMessenger(), Oracle()
    planning_on(booking_store).plan(event(), RUN, NOW)
    planning, delivery = (
        follow_ups_on(booking_store),
        MessageDelivery(booking_store.ledger, messenger, gate_on(), MemoryMeter()),
    )
    asked: list[tuple[datetime, str, str]] = []
    numbers = count()
    to_do: list[tuple[datetime, int, Said | IntentId]] = [
        (now, next(numbers), what) for now, what in deliveries
    ]
    while to_do:
        now, number, what = heapq.heappop(to_do)
        if isinstance(what, Said):
            oracle.hear(what, now)
            for intent in planning.plan(as_received(what), FOLLOW_UP_RUN, now).open_intents:
                heapq.heappush(to_do, (intent.due_at, next(numbers), intent.id))
            continue
        before = len(messenger.accepted)
        assert delivery.deliver(what, now, f"request-{number}").retry_at is None
        asked += [
            (now, m.name.removeprefix("follow_up_"), to)
            for m, to in zip(messenger.accepted[before:], messenger.recipients[before:], strict=True)
        ]
    oracle.wait_until(NOW + timedelta(days=60))
    assert sorted(asked) == sorted(oracle.asked)
    assert not any(intent.status.is_open for intent in booking_store.ledger.rows.values())
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.status.value == ("completed" if oracle.came else "no_show")

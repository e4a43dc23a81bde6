"""Visits without a slot that come at once, in every order of their reads and writes: each overlap is told."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.slots.generation import slot_id
from clinic.services import unit_of_work
from clinic.services.appointments.planning import ReminderPlanning
from tests.fakes.appointments.interleavings import End, Interleavings, Process
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.services.slots.test_visits_without_a_slot import NINE, THURSDAY, Clinic

READER = Clinic().reader


def visit(who: str, **changes: Any) -> Process:
    """An ``appointment/created`` of a visit that begins at nine, without a slot."""
    detail = {"reservationId": who, "appointmentTime": to_text(NINE), "profileId": "dr-1", **changes}
    said = event(f"e-{who}", NOW, **detail)
    return lambda booking_store: ReminderPlanning(booking_store, READER).plan(said, RUN, NOW)


THEIRS = {"slotId": "suyo-17"}
IN_SLOT = {"slotId": slot_id("dr-1", "s-1", NINE)}
GROUP = slot_id("dr-1", "taller", THURSDAY)
IN_GROUP = {"slotId": GROUP, "appointmentTime": to_text(THURSDAY)}
THEN = {"appointmentTime": to_text(THURSDAY + timedelta(minutes=30)), "serviceId": "s-1"}


def overlaps_untold(booking_store: MemoryBookingStore) -> list[tuple[str, str]]:
    """Pairs of visits whose times meet and neither of which says so, by the times alone."""
    known = [r for r in booking_store.ledger.reservations.values() if r.status is ReservationStatus.CONFIRMED]
    times: dict[str, tuple[str, datetime, datetime]] = {}
    for one in known:
        taken = {
            entry: when for sheet in booking_store.sheets.values() for entry, when in sheet.taken.items()
        }
        entry = one.details.slot_id or f"visit#{one.reservation_id}"
        times[one.reservation_id] = (entry, *taken[entry])
    told = {
        (one.reservation_id, other)
        for one in known
        if one.conflict is not None
        for other in (*one.conflict.reservation_ids, *one.conflict.slot_ids)
    }
    return [
        (a, b)
        for a, (slot_a, from_a, to_a) in times.items()
        for b, (slot_b, from_b, to_b) in times.items()
        if a < b and slot_a != slot_b and from_a < to_b and from_b < to_a
        if not {(a, b), (b, a), (a, slot_b), (b, slot_a)} & told
    ]


@pytest.mark.parametrize(
    ("before", "processes"),
    [
        ([], [visit("r-1"), visit("r-2")]),
        ([], [visit("r-1", serviceId="s-1"), visit("r-2", serviceId="s-1")]),
        ([], [visit("r-1", serviceId="s-1"), visit("r-2", **THEIRS), visit("r-3", serviceId="s-2")]),
        ([], [visit("r-1", **IN_SLOT), visit("r-2")]),
        ([visit("r-1", **IN_GROUP)], [visit("r-2", **IN_GROUP), visit("r-3", **THEN)]),
    ],
    ids=["no slot", "one service", "three of different kinds", "a slot's place", "a group's further place"],
)
def test_no_order_leaves_an_overlap_that_nobody_is_told_of(
    before: list[Process], processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking_store = MemoryBookingStore()
    for process in before:
        process(booking_store)

    def is_bad(end: End) -> bool:
        return bool(overlaps_untold(end.booking_store)) or any(
            isinstance(result, BaseException) and not isinstance(result, SlotNotAvailableError)
            for result in end.results
        )

    monkeypatch.setattr(unit_of_work, "_MOST_CONFLICTS", 1)
    found = Interleavings(is_bad)
    found.explore(booking_store, *processes)
    assert found.total > 1
    assert [(end.results, overlaps_untold(end.booking_store)) for end in found.ends if is_bad(end)] == []
    assert found.bad == 0

"""I1, I2, I3 and I5: each way in which the book of a clinic can be wrong is found."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.slots.generation import slot_id
from console.audit.evidence import Evidence
from console.audit.slots import check_counts, check_generation, check_holders
from console.audit.times import check_overlaps
from console.output.bookings import ReservationRow
from tests.console.audit.bookings import (
    BUFFER,
    HALF,
    NINE,
    NOW,
    at,
    breaches,
    calm,
    request,
    reservation,
    sheet,
    slot,
    with_reservations,
    with_slots,
)

BOOKED, GROUP, KEPT, FREE = (slot_id("dr-1", "s-1", at(hours)) for hours in range(4))


@pytest.mark.parametrize("check", [check_counts, check_overlaps, check_holders, check_generation])
def test_a_calm_day_holds(check: object) -> None:
    assert callable(check)
    findings = check(calm())

    assert (findings.violations, findings.open) == ([], [])
    assert findings.checked > 0


# -- I1 ---------------------------------------------------------------------------------------------


def test_a_count_above_the_capacity_is_found() -> None:
    evidence = with_slots(slot(at(1), booked=["r-2", "r-3"]))

    assert breaches(check_counts, evidence) == [([GROUP], "2 of 1 places are said to be held")]


def test_a_count_below_zero_is_found() -> None:
    found = breaches(check_counts, with_slots(slot(at(3), reserved_count=-1)))

    assert ([FREE], "-1 of 1 places are said to be held") in found


def test_a_count_that_is_not_that_of_the_holders_is_found() -> None:
    found = breaches(
        check_counts, with_slots(slot(at(1), booked=["r-2", "r-3"], capacity=4, reserved_count=3))
    )

    assert ([GROUP], "3 places are said to be held, but by 2") in found


def test_a_count_that_is_not_that_of_the_reservations_is_found() -> None:
    evidence = with_reservations(reservation("r-3", at(1), status="cancelled"))

    assert breaches(check_counts, evidence) == [
        ([GROUP], "2 places are said to be held, but 1 reservations and requests name it")
    ]


def test_a_pending_request_counts_and_a_closed_one_does_not() -> None:
    closed = calm(requests=[request("q-1", at(2), status="declined")])

    assert [ids for ids, _ in breaches(check_counts, closed)] == [[KEPT]]


# -- I2 ---------------------------------------------------------------------------------------------


def test_two_taken_slots_of_one_doctor_that_meet_are_found() -> None:
    other = slot(at(0.25), slot_id="dr-1:s-2:x", service_id="s-2", booked=["r-9"])

    assert breaches(check_overlaps, with_slots(other)) == [
        ([BOOKED, "dr-1:s-2:x"], "both are taken, and the first lasts until 2026-11-30T15:40:00Z")
    ]


def test_a_slot_in_the_buffer_of_another_is_found_and_one_right_after_it_is_not() -> None:
    def beside(start: timedelta) -> list[tuple[list[str], str]]:
        short = slot(NINE + start, slot_id="other", end=at(0.9), buffer_until=at(0.9), booked=["r-9"])
        return breaches(check_overlaps, with_slots(short))

    assert beside(HALF + BUFFER) == []
    assert [ids for ids, _ in beside(HALF + BUFFER - timedelta(minutes=1))] == [[BOOKED, "other"]]


def test_a_long_slot_meets_more_than_its_neighbour() -> None:
    long = slot(at(-1), slot_id="long", buffer_until=at(1.5), end=at(1.4), booked=["r-9"])

    assert [ids for ids, _ in breaches(check_overlaps, with_slots(long))] == [
        ["long", BOOKED],
        ["long", GROUP],
    ]


def test_free_slots_and_those_of_another_doctor_may_meet() -> None:
    free = slot(at(0.25), slot_id="free")
    other = slot(at(0.25), slot_id="other", profile_id="dr-2", booked=["r-9"])
    evidence = with_slots(free, other)
    sheets = [sheet([row for row in evidence.slots if row.profile_id == "dr-1"])]
    sheets.append(replace(sheet([other]), profile_id="dr-2"))

    assert breaches(check_overlaps, replace(evidence, sheets=sheets)) == []


def test_a_taken_slot_that_its_day_sheet_does_not_have_is_found_until_the_day_is_over() -> None:
    without = calm(sheets=[sheet([row for row in calm().slots if row.slot_id != BOOKED])])
    long_ago = calm(sheets=[], end=NOW + timedelta(days=9))

    assert breaches(check_overlaps, without) == [
        ([BOOKED], "it is taken, but the sheet of 2026-11-30 does not say so")
    ]
    assert len(breaches(check_overlaps, calm(sheets=[]))) == 4
    assert breaches(check_overlaps, long_ago) == []


def test_a_day_sheet_that_keeps_a_free_slots_time_is_found() -> None:
    busy = replace(sheet(list(calm().slots)), taken=sheet(list(calm().slots)).taken | {FREE: (at(3), at(4))})

    assert breaches(check_overlaps, calm(sheets=[busy])) == [
        ([FREE], "nobody holds it, but the sheet of 2026-11-30 says it is taken")
    ]


def visit(reservation_id: str, start: datetime, **conflict: Any) -> ReservationRow:
    """A visit of half an hour without a slot; ``conflict``: what it is said to meet."""
    note = {"at": NOW, **conflict} if conflict else None
    until = start + HALF
    return reservation(reservation_id, start, slot_id=None, takes_until=until, conflict=note)


def with_visits(*rows: ReservationRow) -> Evidence:
    """The calm day with these visits, on its sheet, too."""
    day = sheet(list(calm().slots))
    times = {f"visit#{v.reservation_id}": (v.appointment_time, v.takes_until) for v in rows}
    known = {name: (start, end) for name, (start, end) in times.items() if start and end}
    return with_reservations(*rows, sheets=[replace(day, taken=day.taken | known)], complete=True)


def test_a_visit_without_a_slot_may_meet_others_where_that_was_told_and_they_are_counted() -> None:
    told: dict[str, Any] = {"told_at": NOW}
    found = check_overlaps(
        with_visits(
            visit("r-8", at(1.2), slot_ids=[GROUP], reservation_ids=["r-2", "r-3"], **told),
            visit("r-9", at(1.3), reservation_ids=["r-8", "r-2"], **told),
            visit("r-10", at(8)),
        )
    )
    assert (found.violations, found.note) == ([], "3 overlaps told")


@pytest.mark.parametrize(
    "conflict",
    [{}, {"slot_ids": [GROUP]}, {"slot_ids": [BOOKED], "told_at": NOW}],
    ids=["nothing known", "not told", "another one told"],
)
def test_a_visit_that_meets_another_untold_is_found(conflict: dict[str, Any]) -> None:
    assert breaches(check_overlaps, with_visits(visit("r-9", at(1.2), **conflict))) == [
        ([GROUP, "r-9"], "their times meet, and nobody was told")
    ]


def test_a_visits_own_time_stands_on_its_days_sheet_and_nobody_elses_does() -> None:
    unseen = with_reservations(visit("r-9", at(8)))
    assert breaches(check_overlaps, unseen) == [
        (["r-9"], f"it is taken, but the sheet of {NINE.date()} does not say so")
    ]
    over = with_visits(visit("r-9", at(8)).model_copy(update={"status": "completed"}))
    assert breaches(check_overlaps, over) == [
        (["r-9"], f"nobody holds it, but the sheet of {NINE.date()} says it is taken")
    ]


def test_a_visit_of_a_doctor_kept_here_has_a_place_or_a_time_of_its_own() -> None:
    kept = with_reservations(visit("r-9", at(8)), profiles={"dr-1"})
    lost = [ids for ids, _ in breaches(check_holders, kept)]
    assert sorted(lost) == [["r-elsewhere"], ["r-without-slot"]]


def longer(reservation_id: str, minutes: int, **changes: Any) -> ReservationRow:
    """r-1's visit, or a member's of the group, that is said to last so long."""
    start = NINE if reservation_id == "r-1" else at(1)
    ends = {"takes_from": start + HALF + BUFFER, "takes_until": start + timedelta(minutes=minutes)}
    return reservation(reservation_id, start, visit_minutes=minutes, **ends | changes)


def with_longer(*rows: ReservationRow) -> Evidence:
    """The calm day with what these take after their slots on its sheet."""
    day = sheet(list(calm().slots))
    taken = dict(day.taken)
    for row in rows:
        if row.takes_from is not None and row.takes_until is not None:
            taken[f"visit#{row.reservation_id}"] = (row.takes_from, row.takes_until)
    evidence = with_reservations(*rows, sheets=[replace(day, taken=taken)], complete=True)
    return replace(evidence, profiles={"dr-1"})


def test_a_visit_that_lasts_longer_than_its_slot_takes_the_time_after_it() -> None:
    assert breaches(check_overlaps, with_longer(longer("r-1", 50))) == []
    meets = (["r-1", GROUP], "their times meet, and nobody was told")
    assert breaches(check_overlaps, with_longer(longer("r-1", 65))) == [meets]
    group = with_longer(longer("r-2", 55), longer("r-3", 58))
    assert breaches(check_overlaps, group) == []
    lost = longer("r-1", 50, takes_from=None, takes_until=None)
    said = (["r-1"], "lasts longer than its slot, and not all of its time is taken")
    assert said in breaches(check_holders, with_longer(lost))
    assert said not in breaches(check_holders, with_longer(longer("r-1", 50)))
    short = longer("r-1", 20, takes_from=None, takes_until=None)
    assert said not in breaches(check_holders, with_longer(short))


# -- I3 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show", "rescheduled"])
def test_a_closed_reservation_that_is_still_booked_is_found(status: str) -> None:
    evidence = with_reservations(reservation("r-1", status=status))

    assert breaches(check_holders, evidence) == [
        ([BOOKED, "r-1"], "it is booked for a reservation that does not stand")
    ]


def test_a_slot_booked_for_nobody_or_for_a_reservation_of_another_slot_is_found() -> None:
    nobody = with_slots(slot(at(3), booked=["r-nobody"]))
    other = with_slots(slot(at(3), booked=["r-without-slot"]))

    for evidence, holder in ((nobody, "r-nobody"), (other, "r-without-slot")):
        assert breaches(check_holders, evidence) == [
            ([FREE, holder], "it is booked for a reservation that does not stand")
        ]


def test_an_active_reservation_without_its_place_is_found() -> None:
    evidence = with_slots(slot())

    assert breaches(check_holders, evidence) == [(["r-1", BOOKED], "stands, but has no place in its slot")]


def test_an_active_reservation_that_is_only_pending_is_found() -> None:
    found = breaches(check_holders, with_slots(slot(pending=["r-1"])))

    assert (["r-1", BOOKED], "stands, but has no place in its slot") in found
    assert ([BOOKED, "r-1"], "it is kept for a request that does not wait") in found


@pytest.mark.parametrize("status", ["approved", "declined", "expired", "withdrawn"])
def test_a_place_kept_for_a_closed_request_is_found(status: str) -> None:
    evidence = calm(requests=[request("q-1", at(2), status=status)])

    assert breaches(check_holders, evidence) == [
        ([KEPT, "q-1"], "it is kept for a request that does not wait")
    ]


def test_a_pending_request_without_its_place_or_without_a_slot_is_found() -> None:
    assert breaches(check_holders, with_slots(slot(at(2)))) == [
        (["q-1", KEPT], "waits, but has no place in its slot")
    ]
    nowhere = calm(requests=[*calm().requests, request("q-2", slot_id="nowhere")])
    assert breaches(check_holders, nowhere) == [(["q-2", "nowhere"], "waits, but has no place in its slot")]


def test_who_has_two_places_is_found() -> None:
    found = breaches(check_holders, with_slots(slot(at(3), booked=["r-1"])))

    assert (["r-1", BOOKED, FREE], "holds several places") in found


def test_a_request_that_waits_long_after_its_time_was_up_is_found() -> None:
    expires = request().expires_at
    soon, late = (calm(end=expires + timedelta(minutes=minutes)) for minutes in (5, 6))

    assert breaches(check_holders, soon) == []
    assert breaches(check_holders, late) == [
        (["q-1"], "still waits for an answer; its time was up 2026-11-29T17:00:00Z")
    ]
    assert [ids for ids, _ in breaches(check_holders, calm(complete=True))] == [["q-1"]]


# -- I5 ---------------------------------------------------------------------------------------------


def test_a_slot_that_is_there_twice_is_found() -> None:
    twin = slot(slot_id="twin")

    assert (["dr-1:s-1:20261130T1500Z", "twin"], "the same profile, service and start") in breaches(
        check_generation, calm(slots=[*calm().slots, twin])
    )


def test_an_id_that_nobody_can_compute_is_found() -> None:
    evidence = calm(slots=[slot(slot_id="slot-1")])

    assert breaches(check_generation, evidence) == [(["slot-1"], "its id should be dr-1:s-1:20261130T1500Z")]


def test_a_slot_that_starts_within_a_minute_is_found() -> None:
    start = NINE + timedelta(seconds=1)
    evidence = calm(slots=[slot(slot_id="x").model_copy(update={"start": start})])

    assert "a slot starts at a whole minute" in breaches(check_generation, evidence)[0][1]


def test_a_slot_that_ends_before_it_starts_is_found() -> None:
    for wrong in ({"end": NINE}, {"buffer_until": NINE + HALF - timedelta(minutes=1)}):
        assert breaches(check_generation, calm(slots=[slot(**wrong)])) == [
            ([BOOKED], "it ends before it starts, or its buffer does")
        ]

"""I7: both, neither, and everything between is found."""

import pytest

from console.audit.evidence import Publication
from console.audit.reschedulings import check_reschedulings
from tests.console.audit.bookings import (
    NOW,
    at,
    breaches,
    calm,
    reservation,
    slot,
    with_reservations,
    with_slots,
)

ASKED = Publication(
    line=1,
    at=NOW,
    detail_type="appointment/rescheduled",
    detail={"oldReservationId": "r-old", "newReservationId": "r-new"},
    event_id="e-1",
)


def test_a_moved_reservation_holds() -> None:
    findings = check_reschedulings(calm(publications=[ASKED]))

    assert (findings.violations, findings.checked) == ([], 2)


def test_one_that_could_not_be_moved_and_stays_holds() -> None:
    stays = [row for row in calm().reservations if row.reservation_id not in {"r-old", "r-new"}]
    slots = [*(row for row in calm().slots if "r-new" not in row.holders), slot(at(5), booked=["r-old"])]
    evidence = calm(reservations=[*stays, reservation("r-old", at(5))], slots=slots, publications=[ASKED])

    assert breaches(check_reschedulings, evidence) == []


def test_both_standing_is_found() -> None:
    evidence = with_reservations(reservation("r-old", at(5)), publications=[ASKED])

    assert breaches(check_reschedulings, evidence) == [
        (["r-old", "r-new"], "both stand, the old and the new")
    ]


def test_both_having_a_place_is_found() -> None:
    found = breaches(check_reschedulings, with_slots(slot(at(5), booked=["r-old"]), publications=[ASKED]))

    assert found == [
        (["r-old"], "was rescheduled, and still has its old place"),
        (["r-old", "r-new"], "both have a place, the old and the new"),
    ]


def test_an_old_one_that_stands_though_it_was_replaced_is_found() -> None:
    found = breaches(
        check_reschedulings, with_reservations(reservation("r-old", at(5), rescheduled_to="r-new"))
    )

    assert found == [(["r-old"], "stands, though r-new has taken its place")]


@pytest.mark.parametrize("rescheduled_to", [None, "r-nowhere", "r-old"])
def test_neither_standing_is_found(rescheduled_to: str | None) -> None:
    evidence = with_reservations(
        reservation("r-old", at(5), status="rescheduled", rescheduled_to=rescheduled_to)
    )

    assert breaches(check_reschedulings, evidence) == [
        (["r-old"], "was rescheduled, and nothing has taken its place")
    ]


def test_neither_having_a_place_is_found() -> None:
    found = breaches(check_reschedulings, with_slots(slot(at(4))))

    assert found == [(["r-new"], "was moved, and has neither its old place nor the new")]


def test_a_reservation_that_moved_and_kept_its_old_place_is_found() -> None:
    found = breaches(check_reschedulings, with_slots(slot(at(5), booked=["r-new"])))

    assert found == [(["r-new"], "was moved, and has its old place and the new")]


def test_a_new_one_without_a_slot_here_needs_no_place() -> None:
    evidence = with_reservations(reservation("r-new", None, opening="rescheduling"))

    assert breaches(check_reschedulings, evidence) == []


def test_a_new_one_that_was_cancelled_or_moved_on_since_holds() -> None:
    closed = with_reservations(reservation("r-new", at(4), status="cancelled"))
    moved_on = with_reservations(
        reservation("r-new", at(6), status="rescheduled", rescheduled_to="r-newest"),
        reservation("r-newest", None, opening="rescheduling"),
    )

    for evidence in (closed, moved_on):
        found = breaches(check_reschedulings, evidence)
        assert [ids for ids, _ in found if ids == ["r-old"]] == []


def test_an_event_that_was_refused_asked_for_nothing() -> None:
    asked = Publication(**(vars(ASKED) | {"event_id": None, "refusal": "MalformedDetail"}))
    evidence = with_reservations(reservation("r-old", at(5)), publications=[asked])

    assert breaches(check_reschedulings, evidence) == []

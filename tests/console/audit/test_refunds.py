"""I6: each way in which money can go back wrongly is found."""

from datetime import UTC, datetime

import pytest

from console.audit.evidence import Publication
from console.audit.refunds import check_refunds
from tests.console.audit.bookings import breaches, calm, cancelled, refund, reservation, with_reservations


def booking(detail_type: str, minute: int = 0, **detail: str) -> Publication:
    at = datetime(2026, 11, 30, 12, minute, tzinfo=UTC)
    return Publication(1, at, detail_type, detail, f"e-{minute}")


def test_a_refund_as_its_reservation_says_holds() -> None:
    findings = check_refunds(calm())

    assert (findings.violations, findings.open, findings.checked) == ([], [], 2)


def test_a_second_refund_is_found() -> None:
    found = breaches(check_refunds, calm(refunds=[refund(amount="250.00"), refund("re_2", amount="250.00")]))

    assert (["r-cancelled", "re_1", "re_2"], "refunded 2 times") in found


def test_a_second_refund_after_one_that_came_to_nothing_holds() -> None:
    evidence = calm(refunds=[refund("re_0", status="failed"), refund()])

    assert breaches(check_refunds, evidence) == []


def test_more_than_was_paid_is_found_even_if_it_is_for_several_reservations() -> None:
    other = cancelled(amount="0.01", refund_id="re_2").model_copy(update={"reservation_id": "r-other"})
    evidence = with_reservations(
        other, refunds=[refund(), refund("re_2", amount="0.01", reservation_id="r-other")]
    )

    assert breaches(check_refunds, evidence) == [
        (["ch_1", "re_1", "re_2"], "500.01 refunded, of 500.00 MXN paid")
    ]


def test_a_refund_of_what_was_never_paid_is_found() -> None:
    assert breaches(check_refunds, calm(charges=[])) == [(["ch_1", "re_1"], "refunded, but never paid")]


def test_a_refund_in_another_currency_is_found() -> None:
    found = breaches(check_refunds, calm(refunds=[refund(currency="USD")]))

    assert (["ch_1", "re_1"], "paid in MXN, refunded in another currency") in found


def test_a_refund_for_nobody_is_found() -> None:
    found = breaches(
        check_refunds, calm(refunds=[refund(), refund("re_2", reservation_id=None, amount="0.00")])
    )

    assert found == [(["re_2"], "a refund that says no reservation")]


@pytest.mark.parametrize("reservation_id", ["r-1", "r-unknown"])
def test_a_refund_for_a_reservation_that_stands_or_is_unknown_is_found(reservation_id: str) -> None:
    evidence = with_reservations(cancelled(status="refused"), refunds=[refund(reservation_id=reservation_id)])

    assert breaches(check_refunds, evidence) == [([reservation_id, "re_1"], "refunded, but not cancelled")]


def test_a_refund_where_nothing_was_to_be_given_back_is_found() -> None:
    evidence = with_reservations(reservation("r-cancelled", status="cancelled"))

    assert breaches(check_refunds, evidence) == [
        (["r-cancelled", "re_1"], "refunded, but nothing was to be given back")
    ]


@pytest.mark.parametrize("refunds", [[], [refund(status="failed")]])
def test_a_refund_that_is_said_to_be_made_and_is_not_is_found(refunds: list[object]) -> None:
    assert breaches(check_refunds, calm(refunds=refunds)) == [
        (["r-cancelled"], "its refund is said to be made, but there is none")
    ]


def test_a_refund_that_is_said_to_be_refused_and_was_made_is_found() -> None:
    evidence = with_reservations(cancelled(status="refused"))

    assert breaches(check_refunds, evidence) == [
        (["r-cancelled", "re_1"], "its refund is said to be refused, but there is one")
    ]


def test_another_amount_or_another_refund_than_said_is_found() -> None:
    amount = with_reservations(cancelled(amount="400"))
    another = with_reservations(cancelled(refund_id="re_9"))

    assert breaches(check_refunds, amount) == [
        (["r-cancelled", "re_1"], "500.00 MXN refunded instead of 400 MXN")
    ]
    assert breaches(check_refunds, another) == [(["r-cancelled", "re_1"], "it says another refund's id")]
    assert breaches(check_refunds, with_reservations(cancelled(amount="500"))) == []


def test_a_refund_that_is_still_due_is_found_at_the_end_and_open_before() -> None:
    evidence = with_reservations(cancelled(status="due", refund_id=None), refunds=[])

    assert breaches(check_refunds, evidence) == []
    assert check_refunds(evidence).open == ["r-cancelled"]
    complete = with_reservations(cancelled(status="due", refund_id=None), refunds=[], complete=True)
    assert breaches(check_refunds, complete) == [(["r-cancelled"], "its refund is still due")]


@pytest.mark.parametrize("refunds", [[], [refund()]])
def test_an_unsettled_refund_is_open_whether_or_not_it_was_made(refunds: list[object]) -> None:
    evidence = with_reservations(cancelled(status="unsettled"), refunds=refunds, complete=True)

    findings = check_refunds(evidence)
    assert (findings.violations, findings.open) == ([], ["r-cancelled"])


@pytest.mark.parametrize("name", ["reservationId", "requestId"])
def test_a_refund_of_what_was_paid_for_another_is_found(name: str) -> None:
    kind = "appointment/created" if name == "reservationId" else "reservation/requested"
    paid = booking(kind, 0, **{name: "r-other", "chargeId": "ch_1"})

    assert breaches(check_refunds, calm(publications=[paid])) == [
        (["r-cancelled", "re_1"], "refunded what was paid for r-other")
    ]


def test_what_was_paid_follows_a_visit_that_is_moved() -> None:
    paid = booking("appointment/created", reservationId="r-before", chargeId="ch_1")
    moved = booking("appointment/rescheduled", 1, oldReservationId="r-before", newReservationId="r-cancelled")

    assert breaches(check_refunds, calm(publications=[paid, moved])) == []

"""A step's process dies around anything a cancellation does: one refund, each message once, the same end."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from clinic.domain.errors import (
    CitasError,
    PaymentsAccountError,
    PaymentsUnavailableError,
    RefundNotMadeError,
)
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.completion import CancellationAccount
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.planned import RUN
from tests.fakes.appointments.refunds import MemoryPayments, MortalBookingStore
from tests.fakes.examples import IN_NINE_DAYS
from tests.fakes.ports import ProcessDied
from tests.fakes.stores.booking_store import MemoryBookingStore

PLACE = slot(IN_NINE_DAYS, capacity=2)
BOTH = ["appointment_cancelled", "appointment_cancelled_doctor"]
End = tuple[tuple[object, ...], CancellationAccount | None]
COMMITS_OF_A_RUN = 2  # the cancellation, and what became of the refund


def booked(payments: MemoryPayments) -> CancellationBench:
    booking_store = MemoryBookingStore(slots={PLACE.slot_id: PLACE})
    bench = CancellationBench(booking_store, booking_store.ledger, payments)
    in_a_slot: dict[str, Any] = {"profileId": "dr-1", "slotId": PLACE.slot_id, "chargeId": "ch_1"}
    bench.book(**in_a_slot)
    bench.book(event_id="e-2", reservationId="r-18", **in_a_slot)
    return bench


def mortal(bench: CancellationBench, **deaths: int) -> CancellationBench:
    """The same clinic, whose processes die around its commits."""
    return replace(bench, booking_store=MortalBookingStore(bench.booking_store, **deaths))


def end_of(bench: CancellationBench) -> tuple[object, ...]:
    """What must be the same however it came about."""
    booking_store = (
        bench.booking_store.inner
        if isinstance(bench.booking_store, MortalBookingStore)
        else bench.booking_store
    )
    assert isinstance(booking_store, MemoryBookingStore)
    held: Slot = booking_store.slots[PLACE.slot_id]
    return (
        booking_store.reservation("r-17"),
        booking_store.intents(SUBJECT),
        held.holders,
        bench.messages(),
        bench.runs.stopped,
        list(bench.statistics.kept.values()),
    )


@pytest.fixture
def calm() -> End:
    bench = booked(MemoryPayments())
    account = bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    return end_of(bench), account


def test_the_calm_run_is_what_it_should_be(
    calm: End,
) -> None:
    end, account = calm
    assert account == CancellationAccount(True, True, True, True, True, "made")
    assert end[2:5] == (frozenset({"r-18"}), BOTH, [(RUN, "reservation r-17 is cancelled")])


@pytest.mark.parametrize(("when", "commit"), [*product(["dies_before", "dies_after"], [1, 2])])
def test_around_each_commit(calm: End, when: str, commit: int) -> None:
    payments = MemoryPayments()
    bench = mortal(booked(payments), **{when: commit})
    account = bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    assert isinstance(bench.booking_store, MortalBookingStore)
    assert bench.booking_store.commits == COMMITS_OF_A_RUN + (when == "dies_before")
    assert (end_of(bench), account) == calm
    assert len(payments.made) == 1


@pytest.mark.parametrize(
    "payments",
    [
        MemoryPayments(script=[ProcessDied()]),
        MemoryPayments(script=[ProcessDied(), PaymentsUnavailableError("x")]),
        MemoryPayments(answers_lost=1),
        MemoryPayments(answers_lost=2),
        MemoryPayments(script=[ProcessDied()], answers_lost=1),
    ],
    ids=["before", "before, then no answer", "after", "after, twice", "before, then after"],
)
def test_around_the_payment_request(calm: End, payments: MemoryPayments) -> None:
    bench = booked(payments)
    account = bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    assert (end_of(bench), account) == calm
    assert len(payments.made) == 1


@pytest.mark.parametrize(
    "error", [PaymentsUnavailableError("x"), PaymentsAccountError("x")], ids=["unavailable", "account"]
)
@pytest.mark.parametrize("is_made", [False, True], ids=["not made", "made, and nobody knows"])
def test_given_up_the_patient_is_told_and_the_same_event_again_settles_and_tells_it_once(
    error: CitasError, is_made: bool
) -> None:
    payments = MemoryPayments(script=[None, error, error, error] if is_made else [error] * 3)
    payments.answers_lost = 1 if is_made else 0
    bench = booked(payments)
    account = bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    assert account == CancellationAccount(True, True, True, False, True, "unsettled")
    assert isinstance(account.left_undone, RefundNotMadeError)
    payments.script.clear()
    assert bench.run(cancelled(refundAmount=100), AN_HOUR_LATER) == CancellationAccount(
        True, True, True, True, True, "made"
    )
    assert bench.messages() == [*BOTH, "refund_made"]
    bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    assert bench.messages() == [*BOTH, "refund_made"]
    assert len(payments.made) == 1


@pytest.mark.parametrize("gap", [1, 2])
def test_two_runs_of_which_the_first_died_for_good_between_its_steps(gap: int) -> None:
    payments = MemoryPayments()
    bench = booked(payments)
    plan = bench.cancel(refundAmount=100)
    if gap == 2:
        bench.refunding.refund(plan.reservation_id, AN_HOUR_LATER)
    account = bench.run(cancelled("c-2", refundAmount=100), AN_HOUR_LATER)
    assert account == CancellationAccount(True, True, True, True, True, "made")
    assert (bench.messages(), len(payments.made)) == (BOTH, 1)

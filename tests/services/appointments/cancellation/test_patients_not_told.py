"""A patient who wants no messages is not told that the clinic called off a visit: somebody has to call."""

from typing import Any

import pytest

from clinic.domain.errors import PatientNotToldError, RefundRefusedError
from clinic.domain.people.consents import Category, Choice
from clinic.services.appointments.completion import CancellationAccount
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, CancellationBench, cancelled
from tests.fakes.examples import NOW
from tests.fakes.requests.desk import Desk
from tests.fakes.stores.booking_store import MemoryBookingStore

PATIENT = "+525500000001"


def unwanted(booking_store: MemoryBookingStore | None = None) -> CancellationBench:
    """The patient has written BAJA."""
    store = booking_store or MemoryBookingStore()
    bench = CancellationBench(store, store.ledger)
    bench.channel.consents.apply(PATIENT, [Category.APPOINTMENTS], Choice(is_wanted=False, at=NOW))
    return bench


def cancel(bench: CancellationBench, **changes: Any) -> CancellationAccount:
    account = bench.run(cancelled(**changes), AN_HOUR_LATER)
    assert account is not None
    return account


@pytest.mark.parametrize("by", ["doctor", "clinic", "system", "recepción", "Dra. Ejemplo"])
def test_it_is_said_that_somebody_has_to_call_and_all_else_is_done(by: str) -> None:
    bench = unwanted()
    bench.book(profileId="dr-1")
    account = cancel(bench, cancelledBy=by)
    assert isinstance(account.left_undone, PatientNotToldError)
    assert "reservation r-17 is cancelled" in str(account.left_undone)
    assert (account.patient_notified, account.doctor_notified) == (False, True)
    assert bench.messages() == ["appointment_cancelled_doctor"]
    assert isinstance(cancel(bench, event_id="c-2", cancelledBy=by).left_undone, PatientNotToldError)


@pytest.mark.parametrize("by", ["patient", "Paciente Ejemplo", None])
def test_who_called_it_off_knows_it(by: str | None) -> None:
    bench = unwanted()
    bench.book(profileId="dr-1")
    assert cancel(bench, cancelledBy=by).left_undone is None


def test_who_wants_messages_was_told() -> None:
    store = MemoryBookingStore()
    bench = CancellationBench(store, store.ledger)
    bench.book(profileId="dr-1")
    assert cancel(bench, cancelledBy="clinic").left_undone is None


def test_money_comes_first() -> None:
    bench = unwanted()
    bench.book()
    account = cancel(bench, cancelledBy="clinic", refundAmount=100)
    assert isinstance(account.left_undone, RefundRefusedError)


@pytest.mark.parametrize(("by", "is_told"), [("clinic", True), ("patient", False)])
def test_so_it_is_with_a_request_that_the_clinic_withdraws(by: str, *, is_told: bool) -> None:
    desk = Desk()
    bench = unwanted(desk.booking_store)
    desk.ask()
    account = cancel(bench, reservationId="q-1", cancelledBy=by)
    assert isinstance(account.left_undone, PatientNotToldError) is is_told

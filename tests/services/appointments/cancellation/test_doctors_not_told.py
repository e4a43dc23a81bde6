"""A cancelled visit whose doctor can't be told says so, however it was booked; a request has none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.directory import Profile
from clinic.domain.errors import DoctorNotToldError
from clinic.services.appointments.completion import CancellationAccount
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, CancellationBench, cancelled
from tests.fakes.appointments.moving import move_event
from tests.fakes.examples import NOW, PROFILE
from tests.fakes.requests.desk import SLOT, Desk

CANNOT_BE_TOLD: dict[str, Profile | None] = {
    "gone from the directory": None,
    "without a phone": replace(PROFILE, phone=""),
}


def booked(how: str) -> tuple[CancellationBench, str]:
    """A visit that doctor dr-1 has agreed to, and the reservation's id."""
    desk = Desk()
    desk.ask()
    desk.approve()
    bench = CancellationBench(desk.booking_store, desk.booking_store.ledger)
    if how == "announced":
        desk.announce_appointment()
    if how == "moved":
        later = SLOT.start + timedelta(hours=5)
        moved = move_event(
            oldReservationId="q-1",
            newReservationId="r-20",
            newSlotId=None,
            newAppointmentTime=later.isoformat(),
        )
        AppointmentRescheduling(desk.booking_store, desk.appointments).reschedule(moved, NOW)
        return bench, "r-20"
    return bench, "q-1"


def cancel(bench: CancellationBench, reservation_id: str, event_id: str = "c-1") -> CancellationAccount:
    account = bench.run(cancelled(event_id, AN_HOUR_LATER, reservationId=reservation_id), AN_HOUR_LATER)
    assert account is not None
    return account


@pytest.mark.parametrize("how", ["approved", "announced", "moved"])
@pytest.mark.parametrize("unknown", CANNOT_BE_TOLD.values(), ids=CANNOT_BE_TOLD)
def test_that_the_doctor_was_not_told_is_said_and_made_good_once_the_directory_is_mended(
    how: str, unknown: Profile | None
) -> None:
    bench, reservation_id = booked(how)
    bench.profiles.clear()
    if unknown is not None:
        bench.profiles["dr-1"] = unknown
    account = cancel(bench, reservation_id)
    assert isinstance(account.left_undone, DoctorNotToldError)
    assert (account.patient_notified, account.doctor_notified) == (True, False)
    (statistic,) = bench.statistics.kept.values()
    assert statistic.values["doctor"] == "not_told"

    bench.profiles["dr-1"] = PROFILE
    again = cancel(bench, reservation_id)
    assert (again.left_undone, again.doctor_notified) == (None, True)
    assert bench.messages() == ["appointment_cancelled", "appointment_cancelled_doctor"]


def test_a_doctor_who_has_approved_the_request_and_can_be_told_is() -> None:
    bench, reservation_id = booked("approved")
    account = cancel(bench, reservation_id)
    assert (account.left_undone, account.doctor_notified) == (None, True)


@pytest.mark.parametrize("refund", [None, 100])
def test_of_a_request_that_nobody_had_agreed_to_there_is_nobody_to_be_told(refund: int | None) -> None:
    desk = Desk()
    desk.ask(chargeId="ch_1")
    bench = CancellationBench(desk.booking_store, desk.booking_store.ledger)
    bench.profiles.clear()
    for event_id in ("c-1", "c-2"):
        event = cancelled(event_id, AN_HOUR_LATER, reservationId="q-1", refundAmount=refund)
        account = bench.run(event, AN_HOUR_LATER)
        assert account is not None
        assert account.left_undone is None
    assert bench.messages() == ["request_withdrawn_patient"]

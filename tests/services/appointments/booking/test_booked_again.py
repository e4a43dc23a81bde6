"""The id of a visit that is closed is booked again: refused, and said so, instead of passed over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.planning import ReminderPlanning
from tests.fakes.appointments.cancellations import cancelled
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore

HOUR = timedelta(hours=1)


@pytest.fixture
def booking_store() -> MemoryBookingStore:
    """r-17 was booked, and an hour later cancelled."""
    booking_store = MemoryBookingStore()
    planning(booking_store).plan(event("e-1", NOW), RUN, NOW)
    ReservationCancelling(booking_store, appointments(), "MXN").cancel(cancelled(at=NOW + HOUR), NOW + HOUR)
    return booking_store


def planning(booking_store: MemoryBookingStore) -> ReminderPlanning:
    return ReminderPlanning(booking_store, appointments())


@pytest.mark.parametrize("day", [0, 1], ids=["the same time", "another time"])
def test_a_newer_booking_of_a_cancelled_id_is_refused_by_name(
    booking_store: MemoryBookingStore, day: int
) -> None:
    before = dict(booking_store.ledger.rows)
    again = event("e-2", NOW + 2 * HOUR, appointmentTime=to_text(IN_NINE_DAYS + timedelta(days=day)))
    for _ in range(2):
        with pytest.raises(InvalidEventError, match="reservationId: r-17 is cancelled; expected a new visit"):
            planning(booking_store).plan(again, RUN, NOW + 2 * HOUR)
    assert booking_store.ledger.rows == before


@pytest.mark.parametrize("status", [ReservationStatus.COMPLETED, ReservationStatus.RESCHEDULED])
def test_so_is_one_of_an_id_whose_visit_is_over_or_has_moved_elsewhere(status: ReservationStatus) -> None:
    booking_store = MemoryBookingStore()
    planning(booking_store).plan(event("e-1", NOW), RUN, NOW)
    booking_store.ledger.set_status("r-17", status)
    with pytest.raises(InvalidEventError, match=f"reservationId: r-17 is {status.value}"):
        planning(booking_store).plan(event("e-2", NOW + HOUR), RUN, NOW + HOUR)
    # What is told late of a visit that has been is a correction that nobody needs.
    after = IN_NINE_DAYS + HOUR
    assert planning(booking_store).plan(event("e-3", after), RUN, after).arrival == "reservation_closed"


@pytest.mark.parametrize(
    ("event_id", "hours", "changes"),
    [
        ("e-1", 0, {}),
        ("e-0", 0.5, {}),
        ("e-2", 2, {"isAnnouncement": True}),
        ("e-2", 2, {"isImport": True}),
    ],
    ids=["the same event again", "published before it was cancelled", "announced by Citas", "brought in"],
)
def test_what_was_said_before_it_was_cancelled_or_is_no_new_booking_stays_quiet(
    booking_store: MemoryBookingStore, event_id: str, hours: float, changes: dict[str, bool]
) -> None:
    said = event(event_id, NOW + hours * HOUR, **changes)
    plan = planning(booking_store).plan(said, RUN, NOW + 3 * HOUR)
    assert (plan.arrival, plan.open_intents) == ("reservation_closed", ())


def test_a_cancellation_that_came_before_any_booking_keeps_that_closed_quietly() -> None:
    booking_store = MemoryBookingStore()
    ReservationCancelling(booking_store, appointments(), "MXN").cancel(cancelled(at=NOW), NOW)
    plan = planning(booking_store).plan(event("e-1", NOW + timedelta(minutes=1)), RUN, NOW + HOUR)
    assert plan.arrival == "reservation_closed"
    known = booking_store.reservation("r-17")
    assert known is not None
    assert not replace(known).is_placeholder


def test_a_newer_booking_of_another_patient_for_another_time_is_refused_by_name() -> None:
    booking_store = MemoryBookingStore()
    planning(booking_store).plan(event("e-1", NOW), RUN, NOW)
    before = booking_store.reservation("r-17"), dict(booking_store.ledger.rows)
    later = to_text(IN_NINE_DAYS + HOUR)
    theirs = {"patientName": "Otra Persona", "patientPhone": "+525500000077"}
    of_theirs = event("e-2", NOW + HOUR, appointmentTime=later, **theirs)
    with pytest.raises(InvalidEventError, match="reservationId: r-17 is another patient's visit"):
        planning(booking_store).plan(of_theirs, RUN, NOW + HOUR)
    assert (booking_store.reservation("r-17"), booking_store.ledger.rows) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"patientPhone": "+525500000077", "appointmentTime": to_text(IN_NINE_DAYS + HOUR)},
        {"patientName": "Otra Persona", "appointmentTime": to_text(IN_NINE_DAYS + HOUR)},
        {"patientName": "Otra Persona", "patientPhone": "+525500000077"},
    ],
    ids=["its number", "its name", "both of a visit that stays"],
)
def test_what_may_be_a_correction_of_the_patient_is_taken(changes: dict[str, str]) -> None:
    booking_store = MemoryBookingStore()
    planning(booking_store).plan(event("e-1", NOW), RUN, NOW)
    planning(booking_store).plan(event("e-2", NOW + HOUR, **changes), RUN, NOW + HOUR)
    booked = booking_store.reservation("r-17")
    assert booked is not None
    assert booked.details.patient_phone == changes.get("patientPhone", "+525500000001")

"""An ``appointment/created`` that names a slot: the place and the messages are booked in one step."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.appointments.reservation import Arrival
from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.bookings import asked, slot
from tests.fakes.appointments.planned import RUN, keeping_on, planning_on
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.stores.dynamo import StoredRecords, put_slot

LATER = NOW + timedelta(hours=1)
SLOT = slot(IN_NINE_DAYS)
TOMORROW = slot(IN_NINE_DAYS + timedelta(days=1))
OVERLAPPING = slot(IN_NINE_DAYS + timedelta(minutes=15), "s-2", minutes=60)


@pytest.fixture
def planning(booking_store: StoredRecords) -> ReminderPlanning:
    for each in (SLOT, TOMORROW, OVERLAPPING):
        put_slot(booking_store, each)
    return planning_on(booking_store)


def created(
    wanted: Slot | None, at: datetime = NOW, reservation_id: str = "r-17", **changes: Any
) -> ReceivedAppointmentCreated:
    """An event that names a slot and its time."""
    where = {"slotId": wanted.slot_id, "appointmentTime": to_text(wanted.start)} if wanted else {}
    changes = {"reservationId": reservation_id, "profileId": "dr-1", **where, **changes}
    return event(f"e-{reservation_id}-{to_text(at)}", at, **changes)


def holders(booking_store: StoredRecords, of: Slot) -> set[str]:
    (booking,) = booking_store.bookings("dr-1", of.slot_id)
    assert booking is not None
    assert all((of.slot_id in sheet.taken) is bool(booking.slot.holders) for sheet in booking.sheets)
    return set(booking.slot.booked)


def refuse(
    booking_store: StoredRecords, planning: ReminderPlanning, refused: ReceivedAppointmentCreated
) -> str:
    """The error of an event that leaves nothing behind."""
    reservation_id = refused.detail.reservation_id
    subject = f"reservation#{reservation_id}"
    before = (booking_store.reservation(reservation_id), booking_store.intents(subject))
    with pytest.raises((SlotNotAvailableError, InvalidEventError)) as raised:
        planning.plan(refused, RUN, LATER)
    assert (booking_store.reservation(reservation_id), booking_store.intents(subject)) == before
    return str(raised.value)


def test_a_slot_is_booked_with_the_reservation(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    plan = planning.plan(created(SLOT), RUN, NOW)
    assert (plan.arrival, len(plan.open_intents)) == (Arrival.NEW, 3)
    assert holders(booking_store, SLOT) == {"r-17"}


def test_a_slot_nobody_keeps_here_is_the_publishers_own(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    assert planning.plan(event(slotId="theirs", profileId="dr-1"), RUN, NOW).arrival is Arrival.NEW
    assert holders(booking_store, SLOT) == set()


def test_a_slot_of_a_doctor_nobody_knows_is_refused_where_a_directory_is_kept(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    of_nobody: dict[str, Any] = {"profileId": None, "slotId": "dr-9:s-1:20261202T1500Z"}
    with pytest.raises(InvalidEventError, match="slotId: expected a doctor in the directory"):
        planning.plan(created(SLOT, reservation_id="r-2", **of_nobody), RUN, NOW)
    assert booking_store.reservation("r-2") is None


@pytest.mark.parametrize(
    ("wanted", "reason"), [(SLOT, "is full"), (OVERLAPPING, "meets")], ids=["full", "overlapping"]
)
def test_a_slot_that_is_full_or_in_the_way_of_another_refuses_and_nothing_is_written(
    planning: ReminderPlanning, booking_store: StoredRecords, wanted: Slot, reason: str
) -> None:
    planning.plan(created(SLOT), RUN, NOW)
    assert reason in refuse(booking_store, planning, created(wanted, reservation_id="r-2"))
    assert holders(booking_store, SLOT) == {"r-17"}


def test_a_blocked_slot_refuses(booking_store: StoredRecords) -> None:
    blocked = Slot(**{**vars(SLOT), "is_blocked": True})
    put_slot(booking_store, blocked)
    assert "is blocked" in refuse(booking_store, planning_on(booking_store), created(SLOT))


def test_a_slot_that_others_are_waiting_for_refuses(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    keeping_on(booking_store).receive(asked("q-1", SLOT.slot_id, LATER), RUN, NOW)
    assert "is full" in refuse(booking_store, planning, created(SLOT))


def test_a_requested_place_is_booked_by_its_own_event(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    keeping_on(booking_store).receive(asked("q-1", SLOT.slot_id, LATER, reservationId="r-17"), RUN, NOW)
    assert holders(booking_store, SLOT) == set()
    planning.plan(created(SLOT), RUN, NOW)
    assert holders(booking_store, SLOT) == {"r-17"}


@pytest.mark.parametrize("minutes", [-1, 1, 30])
def test_a_time_that_is_not_the_slots_is_refused_by_name(
    planning: ReminderPlanning, booking_store: StoredRecords, minutes: int
) -> None:
    wrong = to_text(SLOT.start + timedelta(minutes=minutes))
    message = refuse(booking_store, planning, created(SLOT, appointmentTime=wrong))
    expected = f"appointmentTime: expected the start of slot {SLOT.slot_id}"
    assert message == f"appointment/created is not valid: {expected}"
    assert holders(booking_store, SLOT) == set()


def test_nor_is_a_time_that_is_not_that_of_a_stored_slot_whose_id_says_none(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    brought_in = replace(TOMORROW, slot_id="brought-in", start=TOMORROW.start + timedelta(hours=5))
    put_slot(booking_store, replace(brought_in, end=brought_in.start, buffer_until=brought_in.start))
    message = refuse(booking_store, planning, created(brought_in, appointmentTime=to_text(TOMORROW.start)))
    expected = "appointmentTime: expected the start of slot brought-in"
    assert message == f"appointment/created is not valid: {expected}"


def test_the_same_event_again_holds_one_place(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    for _ in range(2):
        planning.plan(created(SLOT), RUN, NOW)
    (booking,) = booking_store.bookings("dr-1", SLOT.slot_id)
    assert booking is not None
    assert booking.slot.reserved_count == 1


def test_a_newer_event_moves_the_place(planning: ReminderPlanning, booking_store: StoredRecords) -> None:
    planning.plan(created(SLOT), RUN, NOW)
    plan = planning.plan(created(TOMORROW, LATER), RUN, LATER)
    assert plan.arrival is Arrival.MOVED
    assert (holders(booking_store, SLOT), holders(booking_store, TOMORROW)) == (set(), {"r-17"})


def test_a_newer_event_may_move_into_what_overlaps_its_own_old_place(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(SLOT), RUN, NOW)
    planning.plan(created(OVERLAPPING, LATER), RUN, LATER)
    assert (holders(booking_store, SLOT), holders(booking_store, OVERLAPPING)) == (set(), {"r-17"})


def test_a_newer_event_that_names_no_slot_leaves_the_place(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(SLOT), RUN, NOW)
    planning.plan(created(None, LATER, appointmentTime=to_text(TOMORROW.start)), RUN, LATER)
    assert holders(booking_store, SLOT) == set()
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.details.slot_id is None


def test_a_move_to_a_slot_that_is_taken_keeps_the_old_place(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(SLOT), RUN, NOW)
    planning.plan(created(TOMORROW, reservation_id="r-2"), RUN, NOW)
    assert "is full" in refuse(booking_store, planning, created(TOMORROW, LATER))
    assert (holders(booking_store, SLOT), holders(booking_store, TOMORROW)) == ({"r-17"}, {"r-2"})


def test_an_older_event_takes_no_place(planning: ReminderPlanning, booking_store: StoredRecords) -> None:
    planning.plan(created(SLOT, LATER), RUN, LATER)
    assert planning.plan(created(TOMORROW, NOW), RUN, LATER).arrival is Arrival.STALE
    assert (holders(booking_store, SLOT), holders(booking_store, TOMORROW)) == ({"r-17"}, set())


def test_a_correction_without_a_slot_keeps_the_place_and_what_was_paid(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(SLOT, chargeId="ch_1"), RUN, NOW)
    correction = created(None, LATER, appointmentTime=to_text(SLOT.start), patientName="Otra Ficticia")
    planning.plan(correction, RUN, LATER)
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    known = reservation.details
    assert (known.patient_name, known.slot_id, known.charge_id) == ("Otra Ficticia", SLOT.slot_id, "ch_1")
    assert holders(booking_store, SLOT) == {"r-17"}


def test_what_was_paid_stays_with_an_appointment_that_moves(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(SLOT, chargeId="ch_1"), RUN, NOW)
    planning.plan(created(TOMORROW, LATER), RUN, LATER)
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.details.charge_id == "ch_1"


def test_a_correction_that_names_a_slot_for_the_first_time_takes_the_place(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    planning.plan(created(None, appointmentTime=to_text(SLOT.start)), RUN, NOW)
    planning.plan(created(SLOT, LATER), RUN, LATER)
    assert holders(booking_store, SLOT) == {"r-17"}


def test_a_place_somebody_takes_while_it_is_being_booked_is_seen(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    (booking,) = booking_store.bookings("dr-1", SLOT.slot_id)
    assert booking is not None
    taken = booking.hold("r-quick", NOW, is_approved=True)
    booking_store.commit(Changes(bookings=((booking, taken),)))
    assert "is full" in refuse(booking_store, planning, created(SLOT))


def test_every_run_that_keeps_time_is_known(planning: ReminderPlanning, booking_store: StoredRecords) -> None:
    for run in ("run-1", "run-2", "run-2"):
        planning.plan(created(SLOT), run, NOW)
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.runs == {"run-1", "run-2"}

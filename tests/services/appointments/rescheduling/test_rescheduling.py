"""A visit moves: the old place for the new, one message, and reminders of the new time; or nothing at all."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import EventOrder, ReservationStatus
from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import (
    AppointmentInThePastError,
    AppointmentTooFarAheadError,
    InvalidEventError,
    ReservationClosedError,
    UnknownReservationError,
)
from clinic.domain.instants import to_text
from clinic.services.slots.slot_reservations import release
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.moving import FIRST, SECOND, THIRD, Afternoon, slot
from tests.fakes.examples import NOW
from tests.fakes.stores.dynamo import StoredRecords, put_slot

PLANNED = {"v1 reminder_24h": "planned", "v1 reminder_2h": "planned"}
SUPERSEDED = {
    "v1 confirmation": "superseded",
    "v1 reminder_24h": "superseded",
    "v1 reminder_2h": "superseded",
}


@pytest.fixture
def afternoon(booking_store: StoredRecords) -> Afternoon:
    return Afternoon(booking_store)


def test_the_old_place_is_given_up_for_the_new_one(afternoon: Afternoon) -> None:
    afternoon.book()
    plan = afternoon.move()
    assert (plan.outcome, plan.has_moved, plan.has_new_place) == ("rescheduled", True, True)
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), {"r-18"})


def test_the_old_reservation_names_the_one_that_stands_for_it(afternoon: Afternoon) -> None:
    afternoon.book()
    afternoon.move()
    old, new = afternoon.reservation("r-17"), afternoon.reservation("r-18")
    assert (old.status, old.rescheduled_to) == (ReservationStatus.RESCHEDULED, "r-18")
    assert (new.status, new.version, new.order) == (ReservationStatus.CONFIRMED, 1, EventOrder(NOW, "m-1"))


def test_one_message_and_the_reminders_of_the_new_time_take_the_place_of_the_old(
    afternoon: Afternoon,
) -> None:
    afternoon.book()
    plan = afternoon.move()
    assert afternoon.statuses("r-17") == SUPERSEDED
    assert afternoon.statuses("r-18") == {"v1 rescheduling": "planned", **PLANNED}
    (message,) = plan.open_notices
    assert (message.kind, message.to, message.due_at) == ("rescheduling", "+525500000001", NOW)
    assert message.useful_until == SECOND - timedelta(hours=24)
    assert message.parameters["old_appointment_time"] != message.parameters["new_appointment_time"]
    reason = "Cambio de horario solicitado. Teléfono del consultorio: +52 55 0000 0099"
    assert message.parameters["rescheduling_reason"] == reason


def test_what_the_event_leaves_out_is_as_it_was(afternoon: Afternoon) -> None:
    afternoon.book(chargeId="ch_1", reminderOffsets=["2h"])
    afternoon.move()
    old, new = afternoon.reservation("r-17").details, afternoon.reservation("r-18").details
    changed = {
        "reservation_id": "r-18",
        "appointment_time": SECOND,
        "slot_id": slot(SECOND).slot_id,
        "opening": "rescheduling",
    }
    assert new == replace(old, **changed)  # type: ignore[arg-type]  # mypy takes the values for one type
    assert new.charge_id == "ch_1"


def test_what_the_event_names_is_as_it_says(afternoon: Afternoon) -> None:
    afternoon.book()
    put_slot(afternoon.booking_store, slot(SECOND, "s-9"))
    plan = afternoon.move(
        serviceId="s-9",
        newSlotId=slot(SECOND, "s-9").slot_id,
        serviceName="Limpieza",
        patientName="Otra Ficticia",
        patientPhone="+52 55 0000 0002",
        reschedulingReason="El doctor está de viaje",
    )
    details = afternoon.reservation("r-18").details
    assert (details.service_id, details.service_name) == ("s-9", "Limpieza")
    assert (details.patient_name, details.patient_phone) == ("Otra Ficticia", "+525500000002")
    assert plan.open_notices[0].to == "+525500000002"
    assert plan.open_notices[0].parameters["rescheduling_reason"].startswith("El doctor está de viaje")


def test_the_runs_that_kept_time_for_the_old_reminders_are_named(afternoon: Afternoon) -> None:
    afternoon.book()
    assert afternoon.move().runs == {"run-of-e-1"}


def test_without_a_slot_the_time_moves_and_the_old_place_is_free(afternoon: Afternoon) -> None:
    afternoon.book()
    plan = afternoon.move(newSlotId=None)
    assert (plan.outcome, plan.has_new_place) == ("rescheduled", False)
    assert afternoon.holders(FIRST) == set()
    assert afternoon.reservation("r-18").details.slot_id is None


def test_a_visit_without_a_place_takes_the_new_one(afternoon: Afternoon) -> None:
    afternoon.book(slotId=None)
    assert afternoon.move().has_new_place
    assert afternoon.holders(SECOND) == {"r-18"}


def test_the_same_place_passes_to_the_new_reservation(afternoon: Afternoon) -> None:
    afternoon.book()
    plan = afternoon.move(newAppointmentTime=to_text(FIRST), newSlotId=slot(FIRST).slot_id)
    assert plan.outcome == "rescheduled"
    assert afternoon.holders(FIRST) == {"r-18"}


def test_a_visit_may_move_to_a_slot_that_meets_its_old_one(afternoon: Afternoon) -> None:
    later = slot(FIRST + timedelta(minutes=15), service="s-2")
    put_slot(afternoon.booking_store, later)
    afternoon.book()
    plan = afternoon.move(newAppointmentTime=to_text(later.start), newSlotId=later.slot_id)
    assert plan.outcome == "rescheduled"
    assert afternoon.holders(FIRST) == set()


# The same reservation at another time.


def test_the_same_reservation_moves_to_its_next_version(afternoon: Afternoon) -> None:
    afternoon.book()
    plan = afternoon.move(newReservationId=None)
    moved = afternoon.reservation("r-17")
    assert (plan.outcome.value, plan.has_new_place, set(plan.runs)) == ("rescheduled", True, {"run-of-e-1"})
    assert (moved.version, moved.appointment_time, moved.status) == (2, SECOND, ReservationStatus.CONFIRMED)
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), {"r-17"})
    assert afternoon.statuses("r-17") == {
        **SUPERSEDED,
        "v2 rescheduling": "planned",
        "v2 reminder_24h": "planned",
        "v2 reminder_2h": "planned",
    }


def test_moved_twice_only_the_last_message_is_still_to_be_sent(afternoon: Afternoon) -> None:
    afternoon.book()
    afternoon.move("m-1", newReservationId=None)
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
    plan = afternoon.move("m-2", NOW + timedelta(seconds=1), newReservationId=None, **there)
    assert [str(intent.id) for intent in plan.open_notices] == ["reservation#r-17#v000003#rescheduling"]
    assert afternoon.statuses("r-17")["v2 rescheduling"] == "superseded"
    assert afternoon.holders(THIRD) == {"r-17"}


def test_another_doctor_at_the_same_time_is_a_move_too(afternoon: Afternoon) -> None:
    other = replace(slot(FIRST, service="s-2"), capacity=3)
    put_slot(afternoon.booking_store, other)
    afternoon.book()
    there: dict[str, Any] = {"newAppointmentTime": to_text(FIRST), "newSlotId": other.slot_id}
    assert afternoon.move(newReservationId=None, **there).outcome == "rescheduled"
    assert afternoon.holders(FIRST) == set()


def test_a_visit_that_moves_to_another_doctor_is_where_that_doctor_works(afternoon: Afternoon) -> None:
    afternoon.directory.profiles["dr-2"] = Profile("dr-2", "Dr. Inventado", "+525500000091", "", "norte")
    afternoon.directory.clinics["norte"] = Clinic(
        "norte", "Clínica Norte", "Av. Ficticia 9", "America/Cancun"
    )
    there = replace(slot(SECOND), slot_id="dr-2:s-1:x", profile_id="dr-2")
    put_slot(afternoon.booking_store, there)
    afternoon.book()
    assert afternoon.move(newSlotId="dr-2:s-1:x", profileId="dr-2").has_new_place
    details = afternoon.reservation("r-18").details
    assert (details.doctor_name, details.clinic_name) == ("Dr. Inventado", "Clínica Norte")
    assert (details.clinic_address, details.time_zone) == ("Av. Ficticia 9", "America/Cancun")
    assert (details.parking_info, details.building_info) == (None, None)
    assert afternoon.holders(FIRST) == set()


def test_another_doctor_nobody_knows_is_refused_and_nothing_moves(afternoon: Afternoon) -> None:
    afternoon.book()
    with pytest.raises(InvalidEventError, match="dr-9"):
        afternoon.move(profileId="dr-9", newSlotId="dr-9:s-1:20261202T1530Z")
    nothing_moved(afternoon)


# What can't be.


def nothing_moved(afternoon: Afternoon) -> None:
    assert afternoon.reservation("r-17").status is ReservationStatus.CONFIRMED
    assert afternoon.booking_store.reservation("r-18") is None
    assert afternoon.holders(FIRST) == {"r-17"}
    assert afternoon.statuses("r-17") == {"v1 confirmation": "planned", **PLANNED}


@pytest.mark.parametrize(
    ("changes", "error", "named"),
    [
        (
            {"newAppointmentTime": to_text(NOW), "newSlotId": None},
            AppointmentInThePastError,
            "appointmentTime",
        ),
        (
            {"newAppointmentTime": to_text(NOW + timedelta(days=3661)), "newSlotId": None},
            AppointmentTooFarAheadError,
            "3660 days",
        ),
        ({"newAppointmentTime": to_text(THIRD)}, InvalidEventError, "newAppointmentTime"),
    ],
    ids=["past", "too far ahead", "not the slot's"],
)
@pytest.mark.parametrize("new_id", ["r-18", None])
def test_a_time_that_cannot_be_is_refused_and_nothing_moves(
    afternoon: Afternoon, changes: dict[str, Any], error: type[Exception], named: str, new_id: str | None
) -> None:
    afternoon.book()
    with pytest.raises(error, match=named):
        afternoon.move(newReservationId=new_id, **changes)
    nothing_moved(afternoon)
    assert afternoon.refusals() == []


@pytest.mark.parametrize("slot_id", [slot(THIRD).slot_id, "suyo-3"])
def test_a_time_that_is_not_the_slots_is_refused_by_the_events_own_field(
    afternoon: Afternoon, slot_id: str
) -> None:
    if slot_id != slot(THIRD).slot_id:
        put_slot(afternoon.booking_store, replace(slot(THIRD), slot_id=slot_id))
    afternoon.book()
    with pytest.raises(InvalidEventError) as refused:
        afternoon.move(newAppointmentTime=to_text(SECOND), newSlotId=slot_id)
    assert str(refused.value) == (
        f"appointment/rescheduled is not valid: newAppointmentTime: expected the start of slot {slot_id}"
    )


def test_a_slot_without_a_doctor_is_refused(afternoon: Afternoon) -> None:
    afternoon.book(profileId=None, slotId=None)
    with pytest.raises(InvalidEventError, match="profileId: is missing"):
        afternoon.move(profileId=None, newSlotId="suyo-17")


CLOSED = (ReservationStatus.COMPLETED, ReservationStatus.NO_SHOW, ReservationStatus.CANCELLED)


def close(afternoon: Afternoon, reservation_id: str, status: ReservationStatus, at: datetime) -> None:
    """What its end writes; only a cancellation says when it was published."""
    seen = afternoon.reservation(reservation_id)
    note = Cancellation(at=at) if status is ReservationStatus.CANCELLED else None
    order = seen.order if note is not None else EventOrder(at, "e-end")
    closed = replace(
        seen, status=status, order=order, cancellation=note, updated_at=NOW + timedelta(seconds=1)
    )
    released = release(afternoon.booking_store, seen.details)
    afternoon.booking_store.commit(Changes(bookings=released, reservations=((seen, closed),)))


@pytest.mark.parametrize("status", CLOSED)
@pytest.mark.parametrize("new_id", ["r-18", None])
def test_a_closed_reservation_does_not_move(
    afternoon: Afternoon, status: ReservationStatus, new_id: str | None
) -> None:
    afternoon.book()
    close(afternoon, "r-17", status, NOW)
    plan = afternoon.move(at=NOW - timedelta(minutes=1), newReservationId=new_id)  # before anybody knew
    assert (plan.outcome, plan.has_moved, plan.open_notices) == ("reservation_closed", False, ())
    with pytest.raises(ReservationClosedError, match=f"r-17 is {status.value}: nothing was moved"):
        afternoon.move(at=NOW + timedelta(minutes=1), newReservationId=new_id)
    assert afternoon.booking_store.reservation("r-18") is None
    assert afternoon.reservation("r-17").status is status


@pytest.mark.parametrize("new_id", ["r-19", None])
def test_one_that_moved_to_another_reservation_does_not_move_again(
    afternoon: Afternoon, new_id: str | None
) -> None:
    afternoon.book()
    afternoon.move()
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
    earlier = afternoon.move("m-2", NOW - timedelta(minutes=1), newReservationId=new_id, **there)
    assert earlier.outcome == "reservation_closed"
    with pytest.raises(ReservationClosedError, match="oldReservationId: expected r-18, to which the visit"):
        afternoon.move("m-3", NOW + timedelta(hours=1), newReservationId=new_id, **there)
    assert afternoon.move("m-4", NOW + timedelta(hours=1)).outcome == "already_rescheduled"
    assert (afternoon.holders(SECOND), afternoon.holders(THIRD)) == ({"r-18"}, set())


def test_nor_to_one_that_is_booked_on_its_own(afternoon: Afternoon) -> None:
    afternoon.book()
    afternoon.move()
    afternoon.book(THIRD, "r-19", "e-19")
    there: dict[str, Any] = {"newAppointmentTime": to_text(FIRST), "newSlotId": slot(FIRST).slot_id}
    with pytest.raises(ReservationClosedError, match="expected r-18"):
        afternoon.move("m-2", NOW + timedelta(hours=1), newReservationId="r-19", **there)
    assert afternoon.holders(THIRD) == {"r-19"}


@pytest.mark.parametrize("start", [SECOND, THIRD], ids=["at its own time", "at another time"])
@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_visit_never_moves_onto_another_patients(
    afternoon: Afternoon, start: datetime, *, is_cancelled: bool
) -> None:
    afternoon.book()
    afternoon.book(SECOND, "r-18", "e-2", patientName="Otra Persona", patientPhone="+525500000077")
    if is_cancelled:
        close(afternoon, "r-18", ReservationStatus.CANCELLED, NOW)
    before = afternoon.reservation("r-17"), afternoon.reservation("r-18"), afternoon.holders(SECOND)
    there: dict[str, Any] = {"newAppointmentTime": to_text(start), "newSlotId": slot(start).slot_id}
    with pytest.raises(InvalidEventError, match="newReservationId: r-18 is another patient's visit"):
        afternoon.move(at=NOW, **there)
    after = afternoon.reservation("r-17"), afternoon.reservation("r-18"), afternoon.holders(SECOND)
    assert (after, afternoon.holders(FIRST), afternoon.holders(THIRD)) == (before, {"r-17"}, set())


@pytest.mark.parametrize(
    "same",
    [
        {"patientName": "Otra Persona"},  # a parent's number, or a name written in another way
        {"patientPhone": "+525500000077"},  # a number that was corrected
    ],
)
def test_the_same_name_or_number_may_be_the_same_patient(afternoon: Afternoon, same: dict[str, str]) -> None:
    afternoon.book()
    afternoon.book(SECOND, "r-18", "e-2", **same)
    assert afternoon.move().outcome == "already_booked"


def test_a_move_may_say_that_the_visit_is_another_patients_now(afternoon: Afternoon) -> None:
    theirs = {"patientName": "Otra Persona", "patientPhone": "+525500000077"}
    afternoon.book()
    afternoon.book(SECOND, "r-18", "e-2", **theirs)
    assert afternoon.move("m-1", NOW, **theirs).outcome == "already_booked"


@pytest.mark.parametrize("status", CLOSED)
def test_nor_to_an_id_whose_visit_had_ended_before(afternoon: Afternoon, status: ReservationStatus) -> None:
    afternoon.book()
    afternoon.book(SECOND, "r-18", "e-2")
    close(afternoon, "r-18", status, NOW)
    with pytest.raises(InvalidEventError, match=f"newReservationId: r-18 is {status.value}; expected an id"):
        afternoon.move(at=NOW + timedelta(seconds=1))
    assert afternoon.holders(FIRST) == {"r-17"}
    assert afternoon.move(at=NOW - timedelta(seconds=1)).outcome == "new_reservation_closed"


# An event that comes too early, or too late.


def test_an_unknown_reservation_is_waited_for_and_then_moved(afternoon: Afternoon) -> None:
    plan = afternoon.move()
    assert plan.outcome == "unknown_reservation"
    assert plan.retry_at is not None
    assert NOW < plan.retry_at <= NOW + timedelta(minutes=1)
    afternoon.book()
    assert afternoon.move().outcome == "rescheduled"


def test_after_a_day_nobody_waits_for_it_any_more(afternoon: Afternoon) -> None:
    afternoon.now = NOW + timedelta(hours=24)
    with pytest.raises(UnknownReservationError, match="r-17"):
        afternoon.move()


@pytest.mark.parametrize("new_id", ["r-18", None])
def test_an_event_older_than_what_is_known_changes_nothing(afternoon: Afternoon, new_id: str | None) -> None:
    afternoon.book(at=NOW + timedelta(minutes=1))
    plan = afternoon.move(newReservationId=new_id)
    assert (plan.outcome, plan.has_moved, plan.open_notices) == ("stale_event", False, ())
    nothing_moved(afternoon)


@pytest.mark.parametrize(
    ("booked", "moved", "read"), [("en", None, "en_US"), ("en", "es", "es_MX"), (None, "en", "en_US")]
)
def test_it_is_told_in_the_language_that_the_move_names_or_the_bookings(
    afternoon: Afternoon, booked: str | None, moved: str | None, read: str
) -> None:
    afternoon.book(language=booked)
    (message,) = afternoon.move(language=moved).open_notices
    assert message.language == read
    new = afternoon.booking_store.intents("reservation#r-18")
    assert {intent.language for intent in new} == {read}

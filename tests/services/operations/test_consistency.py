"""A doctor's book is held against itself: each kind of breach, made by hand, and none that is not there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.metrics import STATE_CONSISTENCY
from clinic.domain.appointments.conflict import Conflict
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.operations.consistency import Breach, Finding
from clinic.domain.slots.slot import Slot, own_time
from clinic.services.operations.consistency import Consistency, ConsistencyCheck
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW, PROFILE
from tests.fakes.requests.desk import SLOT, Desk
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_reader import StoredBookings
from tests.fakes.stores.rows import details

NEXT = slot(SLOT.start + timedelta(hours=2))
LATER = slot(SLOT.start + timedelta(hours=4))
BESIDE = slot(SLOT.start + timedelta(minutes=15), "s-2")


class Office:
    """A desk whose book is checked: ``q-1`` is booked in SLOT, ``q-2`` waits for NEXT."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.booking_store = self.desk.booking_store
        self.book = StoredBookings(self.booking_store)
        self.schedules = MemoryDoctorSchedules({"dr-1": DoctorSchedule(PROFILE)})
        self.desk.put(NEXT, BESIDE)
        self.desk.ask("q-1")
        self.desk.approve("q-1")
        self.desk.ask("q-2", slot_id=NEXT.slot_id)

    @property
    def check(self) -> ConsistencyCheck:
        return ConsistencyCheck(
            self.schedules, self.booking_store, self.book, self.desk.statistics, self.desk.meter
        )

    def findings(self) -> tuple[Finding, ...]:
        return self.check.check("dr-1", NOW).findings

    def slot(self, slot_id: str) -> Slot:
        return self.booking_store.slots[slot_id]

    def change(self, slot_id: str, **changes: Any) -> None:
        self.desk.put(replace(self.slot(slot_id), **changes))

    def forget_sheets(self) -> None:
        self.booking_store.sheets.clear()


def miscount(office: Office) -> None:
    office.book.counts[SLOT.slot_id] = 0


def miscount_a_free_one(office: Office) -> None:
    office.book.counts[BESIDE.slot_id] = 1


def overfill(office: Office) -> None:
    office.change(NEXT.slot_id, capacity=0)


def overlap(office: Office) -> None:
    """Somebody else takes the doctor's time, as if no sheet had been asked."""
    day = SLOT.start.date()
    sheet = office.booking_store.sheets["dr-1", day]
    stretch = (SLOT.start - timedelta(minutes=5), SLOT.start + timedelta(minutes=5))
    office.booking_store.sheets["dr-1", day] = replace(sheet, taken=sheet.taken | {BESIDE.slot_id: stretch})


def lose_the_sheet(office: Office) -> None:
    office.forget_sheets()


def empty_the_slot(office: Office) -> None:
    office.change(SLOT.slot_id, booked=frozenset())


def remove_the_slot(office: Office) -> None:
    del office.booking_store.slots[SLOT.slot_id]


def cancel_the_reservation_alone(office: Office) -> None:
    reservations = office.booking_store.ledger.reservations
    reservations["q-1"] = replace(reservations["q-1"], status=ReservationStatus.CANCELLED)


def lose_the_reservation(office: Office) -> None:
    del office.booking_store.ledger.reservations["q-1"]


def visit_untold(office: Office) -> None:
    """r-9 takes the time of SLOT by itself, an hour ago, and its run has told nobody."""
    put_visit(office, Conflict(NOW - timedelta(hours=1), frozenset({SLOT.slot_id}), frozenset({"q-1"})))


def visit_that_meets_what_nobody_knows(office: Office) -> None:
    put_visit(office, None)


def visit_of_nobody(office: Office) -> None:
    put_visit(office, Conflict(NOW, frozenset({SLOT.slot_id}), told_at=NOW))
    cancelled = office.booking_store.ledger.reservations["r-9"]
    office.booking_store.ledger.reservations["r-9"] = replace(cancelled, status=ReservationStatus.CANCELLED)


def close_the_request_alone(office: Office) -> None:
    request = office.booking_store.requests["q-2"]
    office.booking_store.requests["q-2"] = replace(
        request, status=office.booking_store.requests["q-1"].status
    )


def free_the_place_of_a_waiting_one(office: Office) -> None:
    office.change(NEXT.slot_id, pending=frozenset())


def remove_the_slot_of_a_waiting_one(office: Office) -> None:
    del office.booking_store.slots[NEXT.slot_id]


def put_visit(office: Office, conflict: Conflict | None) -> None:
    """r-9 takes ten minutes of SLOT's time by itself."""
    until = SLOT.start + timedelta(minutes=10)
    time = own_time("dr-1", "r-9", SLOT.start, until)
    (free,) = office.booking_store.bookings("dr-1", time)
    assert free is not None
    known = details(reservation_id="r-9", appointment_time=SLOT.start, slot_id=None, takes_until=until)
    visit = replace(Reservation.booked(known, NOW), conflict=conflict)
    changes = ((free, free.occupy("r-9")),)
    office.booking_store.commit(Changes(bookings=changes, reservations=((None, visit),)))


def place_nobody(office: Office) -> None:
    """r-8 came before its doctor, and the doctor's night has left it where it was."""
    known = details(reservation_id="r-8", appointment_time=LATER.start, slot_id=LATER.slot_id)
    visit = replace(Reservation.booked(known, NOW - timedelta(hours=1)), is_unplaced=True)
    office.booking_store.commit(Changes(reservations=((None, visit),)))


DAY = SLOT.start.date().isoformat()
BREACHES: list[tuple[Callable[[Office], None], set[Finding]]] = [
    (miscount, {Finding(Breach.MISCOUNTED, SLOT.slot_id)}),
    (
        miscount_a_free_one,
        {Finding(Breach.MISCOUNTED, BESIDE.slot_id)},
    ),
    (overfill, {Finding(Breach.OVERFULL, NEXT.slot_id)}),
    (
        overlap,
        {
            Finding(Breach.OVERLAP, SLOT.slot_id, BESIDE.slot_id),
            Finding(Breach.FREE_ON_SHEET, BESIDE.slot_id, DAY),
        },
    ),
    (
        lose_the_sheet,
        {Finding(Breach.NOT_ON_SHEET, SLOT.slot_id, DAY), Finding(Breach.NOT_ON_SHEET, NEXT.slot_id, DAY)},
    ),
    (empty_the_slot, {Finding(Breach.FREE_ON_SHEET, SLOT.slot_id, DAY)}),
    (remove_the_slot, {Finding(Breach.GONE, SLOT.slot_id)}),
    (cancel_the_reservation_alone, {Finding(Breach.BOOKED_FOR_NOBODY, SLOT.slot_id, "q-1")}),
    (lose_the_reservation, {Finding(Breach.BOOKED_FOR_NOBODY, SLOT.slot_id, "q-1")}),
    (close_the_request_alone, {Finding(Breach.PENDING_FOR_NOBODY, NEXT.slot_id, "q-2")}),
    (
        free_the_place_of_a_waiting_one,
        {
            Finding(Breach.WAITS_WITHOUT_PLACE, NEXT.slot_id, "q-2"),
            Finding(Breach.FREE_ON_SHEET, NEXT.slot_id, DAY),
        },
    ),
    (place_nobody, {Finding(Breach.UNPLACED, LATER.slot_id, "r-8")}),
    (visit_untold, {Finding(Breach.UNTOLD, "visit#r-9", "r-9")}),
    (visit_that_meets_what_nobody_knows, {Finding(Breach.OVERLAP, SLOT.slot_id, "visit#r-9")}),
    (visit_of_nobody, {Finding(Breach.TIME_FOR_NOBODY, "visit#r-9", "r-9")}),
    (
        remove_the_slot_of_a_waiting_one,
        {Finding(Breach.WAITS_WITHOUT_PLACE, NEXT.slot_id, "q-2"), Finding(Breach.GONE, NEXT.slot_id)},
    ),
]


@pytest.fixture(name="office")
def office_fixture() -> Office:
    return Office()


def test_a_visit_that_meets_others_and_was_told_of_is_no_breach(office: Office) -> None:
    put_visit(office, Conflict(NOW, frozenset({SLOT.slot_id}), told_at=NOW))
    assert office.check.check("dr-1", NOW) == Consistency(held=3, findings=())
    office.booking_store.ledger.reservations["r-9"] = replace(
        office.booking_store.ledger.reservations["r-9"], conflict=Conflict(NOW, frozenset({SLOT.slot_id}))
    )
    assert office.findings() == ()  # its run is just about to tell


def test_a_book_that_agrees_has_no_findings(office: Office) -> None:
    assert office.check.check("dr-1", NOW) == Consistency(held=2, findings=())


@pytest.mark.parametrize(("happen", "expected"), BREACHES, ids=[happen.__name__ for happen, _ in BREACHES])
def test_each_breach_is_found_and_nothing_else(
    office: Office, happen: Callable[[Office], None], expected: set[Finding]
) -> None:
    happen(office)
    assert set(office.findings()) == expected


@pytest.mark.parametrize("happen", [happen for happen, _ in BREACHES], ids=lambda happen: happen.__name__)
def test_what_has_begun_is_nobodys_business_any_more(
    office: Office, happen: Callable[[Office], None]
) -> None:
    happen(office)
    assert office.check.check("dr-1", LATER.start + timedelta(minutes=1)).findings == ()


def test_each_kind_of_breach_was_made() -> None:
    assert {finding.breach for _, found in BREACHES for finding in found} == set(Breach)
    assert {breach.invariant for breach in Breach} == {"I1", "I2", "I3"}


def test_another_doctors_breaches_are_not_this_ones(office: Office) -> None:
    lose_the_sheet(office)
    assert office.check.check("dr-2", NOW) == Consistency(held=0, findings=())


@pytest.mark.parametrize("happen", ["approve", "decline", "expire"])
def test_a_booking_that_is_under_way_is_no_breach(office: Office, happen: str) -> None:
    office.book.meanwhile = lambda: getattr(office.desk, happen)("q-2")
    assert office.findings() == ()


def test_a_place_that_is_taken_while_the_check_looks_is_no_breach(office: Office) -> None:
    def is_asked_for() -> None:
        office.desk.ask("q-3", slot_id=LATER.slot_id)

    office.desk.put(LATER)
    office.book.meanwhile = is_asked_for
    assert office.findings() == ()


def test_a_place_that_is_given_back_during_the_second_look_is_no_breach(office: Office) -> None:
    def is_given_back() -> None:
        (booking,), seen = (
            office.booking_store.bookings("dr-1", NEXT.slot_id),
            office.booking_store.reservation("q-2"),
        )
        assert booking is not None
        assert seen is not None
        cancelled = replace(seen, status=ReservationStatus.CANCELLED)
        changes = ((booking, booking.release("q-2")),)
        office.booking_store.commit(Changes(bookings=changes, reservations=((seen, cancelled),)))

    def is_approved() -> None:
        office.desk.approve("q-2")

    office.book.meanwhile = is_approved
    office.book.while_counting = is_given_back
    assert office.findings() == ()
    assert office.slot(NEXT.slot_id).holders == set()


def test_findings_carry_ids_only(office: Office) -> None:
    lose_the_sheet(office)
    cancel_the_reservation_alone(office)
    text = repr(office.findings())
    assert not any(word in text for word in ("Paciente", "+52", "Ficticia"))


def test_of_each_profile_is_published_and_kept_whether_its_book_agrees(office: Office) -> None:
    lose_the_sheet(office)
    office.check.check_page("", NOW)
    page = office.check.check_page("", NOW)

    assert (page.held, len(page.findings), page.cursor) == (2, 2, "")
    assert office.desk.meter.added == [(STATE_CONSISTENCY.name, 0, {})] * 2
    (kept,) = office.desk.statistics.kept.values()
    assert (kept.kind, kept.subject) == ("consistency_check", "dr-1")
    assert kept.values == {"profile_id": "dr-1", "slots_held": 2, "breaches": 2}


def test_a_book_that_agrees_is_a_hundred_percent_and_an_empty_one_says_nothing(office: Office) -> None:
    office.schedules.known["dr-2"] = DoctorSchedule(replace(PROFILE, profile_id="dr-2"))
    office.check.check_page("", NOW)

    assert office.desk.meter.added == [(STATE_CONSISTENCY.name, 100, {})]
    assert [subject for _, subject in office.desk.statistics.kept] == ["dr-1"]


def test_a_free_slot_that_a_sheet_calls_taken_is_published_too(office: Office) -> None:
    office.desk.decline("q-2")
    empty_the_slot(office)
    office.check.check_page("", NOW)

    assert office.desk.meter.added == [(STATE_CONSISTENCY.name, 0, {})]

"""Visits that came before their doctor get a place in the doctor's first night; what they meet is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.reservations import DynamoUnsettledVisits
from clinic.contracts.metrics import STATE_CONSISTENCY
from clinic.contracts.tables import RESERVATIONS
from clinic.domain.errors import EventBusUnavailableError, SlotNotAvailableError
from clinic.domain.operations.consistency import Breach
from clinic.services.appointments.announcements import ConflictNotices
from clinic.services.appointments.visit_placing import UnsettledVisits, VisitPlacing, VisitsPlaced
from clinic.services.operations.consistency import ConsistencyCheck
from clinic.services.slots.generation import SlotGeneration
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.examples import CLINIC, NOW, PROFILE
from tests.fakes.ports import MemoryDirectory
from tests.fakes.stores.booking_reader import StoredBookings
from tests.fakes.stores.booking_store import MemoryBookingStore, MemoryUnsettledVisits
from tests.fakes.stores.dynamo import StoredRecords
from tests.fakes.workflow_ports import MemoryStatistics
from tests.properties.appointments.bookings_clinic import SlotStoreOfRecords
from tests.services.slots.test_visits_without_a_slot import (
    EVENING,
    NINE,
    THURSDAY,
    Clinic,
    at,
    lose_the_event,
)

NIGHT = NOW + timedelta(hours=1)


class NewClinic(Clinic):
    """The same, whose directory is empty until it is pushed."""

    def __init__(self, booking_store: StoredRecords | None = None, overlaps: str | None = None) -> None:
        super().__init__(booking_store, replace(CLINIC, overlaps=overlaps))
        directory = self.reader.doctors.directory
        assert isinstance(directory, MemoryDirectory)
        self.pushed = (dict(directory.clinics), dict(directory.profiles), dict(self.schedules.known))
        for rows in (directory.clinics, directory.profiles, self.schedules.known):
            rows.clear()
        self.page_size = 50

    def push(self) -> None:
        directory = self.reader.doctors.directory
        assert isinstance(directory, MemoryDirectory)
        clinics, profiles, schedules = self.pushed
        directory.clinics.update(clinics)
        directory.profiles.update(profiles)
        self.schedules.known.update(schedules)

    @property
    def placing(self) -> VisitPlacing:
        notices = ConflictNotices(self.booking_store, self.bus, self.meter)
        unsettled: UnsettledVisits
        if isinstance(self.booking_store, MemoryBookingStore):
            unsettled = MemoryUnsettledVisits(self.booking_store)
        else:
            unsettled = DynamoUnsettledVisits.open(connect(), RESERVATIONS.name)
        return VisitPlacing(self.booking_store, unsettled, self.reader.doctors, notices, self.page_size)

    def night(self, at: datetime = NIGHT) -> list[VisitsPlaced]:
        """As `daily-slot-generation` does it: what is there gets its place before slots are made."""
        pages = [self.placing.place_page("dr-1", at)]
        while (start := pages[-1].next_start) is not None:
            pages.append(self.placing.place_page("dr-1", at, start))
        if isinstance(self.booking_store, MemoryBookingStore):
            store = SlotStoreOfRecords(self.booking_store)
            SlotGeneration(self.schedules, store).generate("dr-1", [NINE.date()], at, event_id="night-1")
        return pages

    def complaints(self, at: datetime) -> list[tuple[Breach, str]]:
        assert isinstance(self.booking_store, MemoryBookingStore)
        book = StoredBookings(self.booking_store)
        check = ConsistencyCheck(self.schedules, self.booking_store, book, MemoryStatistics(), self.meter)
        return [(it.breach, it.other) for it in check.check_page("", at).findings]


@pytest.fixture
def clinic() -> NewClinic:
    return NewClinic()


def test_the_slot_of_a_visit_that_came_before_its_doctor_goes_to_nobody_else(
    booking_store: StoredRecords,
) -> None:
    clinic = NewClinic(booking_store)
    clinic.book("r-1", slotId=at(NINE))
    clinic.book("r-2", NINE + timedelta(minutes=35), profileId=None, slotId=at(NINE + timedelta(minutes=35)))
    clinic.book("r-3", EVENING, slotId="suyo-17", durationMinutes=90)
    clinic.book("r-4", THURSDAY, serviceName="Taller")
    assert clinic.taken() == set()
    clinic.push()
    assert clinic.night() == [VisitsPlaced(4, 0, None)]
    places = [clinic.place_of(who) for who in ("r-1", "r-2", "r-3", "r-4")]
    assert places == [at(NINE), at(NINE + timedelta(minutes=35)), "90 min", at(THURSDAY, "taller")]
    assert clinic.reservation("r-2").details.profile_id == "dr-1"
    with pytest.raises(SlotNotAvailableError, match="is full"):
        clinic.book("r-9", slotId=at(NINE))
    assert [clinic.meets(who) for who in ("r-1", "r-2", "r-3", "r-4")] == [None] * 4
    assert clinic.night() == [VisitsPlaced(0, 0, None)]


@pytest.mark.parametrize("overlaps", [None, "refuse"])
def test_the_second_visit_of_a_slot_keeps_its_time_and_is_told_with_the_night(overlaps: str | None) -> None:
    clinic = NewClinic(overlaps=overlaps)
    clinic.book("r-2", slotId=at(NINE))
    clinic.book("r-1", slotId=at(NINE))
    clinic.push()
    clinic.bus.before = lose_the_event
    with pytest.raises(EventBusUnavailableError):
        clinic.night()
    assert clinic.night() == [VisitsPlaced(0, 1, None)]
    assert (clinic.place_of("r-2"), clinic.place_of("r-1")) == (at(NINE), "30 min")
    assert clinic.meets("r-1") == ({at(NINE)}, {"r-2"})
    assert [told.to_detail()["reservationId"] for told in clinic.bus.published] == ["r-1"]
    assert clinic.complaints(NIGHT + timedelta(hours=1)) == []


def test_who_was_quicker_than_the_night_keeps_the_slot_and_the_visit_before_is_told(
    clinic: NewClinic,
) -> None:
    clinic.book("r-1", slotId=at(NINE))
    clinic.push()
    clinic.book("r-2", slotId=at(NINE))
    clinic.night()
    assert (clinic.place_of("r-2"), clinic.place_of("r-1")) == (at(NINE), "30 min")
    assert clinic.meets("r-1") == ({at(NINE)}, {"r-2"})


@pytest.mark.parametrize(
    ("slot", "start", "place"),
    [
        (at(NINE + timedelta(minutes=1)), NINE + timedelta(minutes=1), "30 min"),  # no hours make it
        (at(NINE), NINE + timedelta(minutes=35), at(NINE + timedelta(minutes=35))),  # its time says another
        ("dr-2:s-1:20261202T1700Z", NINE, at(NINE)),  # another doctor's
        ("dr-1:s-9:20261202T1700Z", NINE, "30 min"),  # of no service of theirs
    ],
)
def test_a_slot_that_cant_be_had_is_as_none(
    clinic: NewClinic, slot: str, start: datetime, place: str
) -> None:
    clinic.book("r-1", start, slotId=slot, serviceName="Consulta general")
    clinic.push()
    clinic.night()
    assert (clinic.place_of("r-1"), clinic.meets("r-1")) == (place, None)


def test_a_group_has_as_many_places_as_visits_that_came_before_it_may_take(clinic: NewClinic) -> None:
    for who in ("r-1", "r-2", "r-3"):
        clinic.book(who, THURSDAY, slotId=at(THURSDAY, "taller"))
    clinic.push()
    clinic.night()
    assert [clinic.place_of(who) for who in ("r-1", "r-2")] == [at(THURSDAY, "taller")] * 2
    assert clinic.meets("r-3") == ({at(THURSDAY, "taller")}, {"r-1", "r-2"})


def test_what_was_cancelled_or_is_over_takes_nothing(clinic: NewClinic) -> None:
    clinic.book("r-1", slotId=at(NINE))
    clinic.book("r-2", EVENING)
    clinic.cancel("r-1")
    clinic.push()
    assert clinic.night(EVENING + timedelta(hours=2)) == [VisitsPlaced(1, 0, None)]
    assert clinic.taken() == set()


def test_many_visits_are_placed_page_by_page(clinic: NewClinic) -> None:
    clinic.page_size = 2
    for n in range(5):
        clinic.book(f"r-{n}", NINE + timedelta(minutes=200 + 30 * n))
    clinic.push()
    assert sum(page.placed for page in clinic.night()) == 5
    assert len(clinic.taken()) == 5


def test_a_visit_that_no_night_has_placed_is_an_inconsistency_from_the_first_night_on(
    clinic: NewClinic,
) -> None:
    clinic.book("r-1", slotId=at(NINE))
    later = NIGHT + timedelta(hours=6)
    clinic.push()
    assert clinic.complaints(later) == []  # no night yet
    assert isinstance(clinic.booking_store, MemoryBookingStore)
    store = SlotStoreOfRecords(clinic.booking_store)
    SlotGeneration(clinic.schedules, store).generate("dr-1", [NINE.date()], NIGHT, event_id="night-0")
    clinic.meter.added.clear()
    assert clinic.complaints(later) == [(Breach.UNPLACED, "r-1")]
    assert clinic.meter.added == [(STATE_CONSISTENCY.name, 0, {})]
    clinic.night()
    assert clinic.complaints(later) == []


def test_a_doctor_who_offers_nothing_has_their_time_taken_all_the_same(clinic: NewClinic) -> None:
    clinic.book("r-1")
    clinic.push()
    clinic.schedules.known["dr-1"] = DoctorSchedule(PROFILE)
    clinic.night()
    assert clinic.place_of("r-1") == "30 min"

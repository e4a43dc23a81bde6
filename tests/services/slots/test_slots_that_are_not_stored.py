"""A slot's id is resolved, whatever has been generated so far: no place is given to two patients."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from clinic.domain.directory import Profile
from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.requests.request import RequestStatus
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.slots.generation import SlotGeneration
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.appointments.bookings import asked
from tests.fakes.appointments.moving import move_event
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.examples import CLINIC, NOW, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords
from tests.fakes.workflow_ports import MemoryEvents
from tests.properties.appointments.bookings_clinic import SlotStoreOfRecords

# Its id has a colon, which a slot's id doubles.
DOCTOR = Profile("dr:1", "Dra. Ficticia", "+525500000090", "America/Tijuana", "main")
HOURS: dict[str, Any] = {"start_time": time(9), "end_time": time(12), "slot_duration": 30, "buffer_time": 5}
# Wednesday, forty days ahead: clocks have not been looked at so far. Nine o'clock in Tijuana.
START = datetime(2027, 1, 6, 17, tzinfo=UTC)
CLOCKS_CHANGE = datetime(2027, 3, 14, 16, tzinfo=UTC)  # a Sunday; at two o'clock it became three


class Clinic:
    """One doctor, known to the directory, with two services on Wednesdays and a group on Sundays."""

    def __init__(self, booking_store: StoredRecords | None = None) -> None:
        self.booking_store = booking_store or MemoryBookingStore()
        services = (
            MedicalService("s-1", "dr:1", "Consulta", 30),
            MedicalService("s-2", "dr:1", "Limpieza", 30),
            MedicalService("old", "dr:1", "Ya no se ofrece", 30, is_active=False),
        )
        rules = (
            AvailabilityRule(rule_id="mie", profile_id="dr:1", day_of_week=3, **HOURS),
            AvailabilityRule(
                rule_id="dom",
                profile_id="dr:1",
                day_of_week=0,
                start_time=time(9),
                end_time=time(10),
                max_appointments_per_slot=2,
            ),
        )
        self.schedules = MemoryDoctorSchedules({"dr:1": DoctorSchedule(DOCTOR, services, rules)})
        directory = MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr:1": DOCTOR})
        self.reader = appointments(directory, schedules=self.schedules)

    def book(
        self,
        who: str = "r-1",
        start: datetime = START,
        service: str = "s-1",
        now: datetime = NOW,
        **changes: Any,
    ) -> None:
        said = {
            "reservationId": who,
            "appointmentTime": to_text(start),
            "slotId": slot_id("dr:1", service, start),
            "profileId": "dr:1",
            **changes,
        }
        ReminderPlanning(self.booking_store, self.reader).plan(
            event(f"e-{who}-{to_text(now)}", now, **said), RUN, now
        )

    def slot(self, start: datetime = START, service: str = "s-1") -> Slot | None:
        (booking,) = self.booking_store.bookings("dr:1", slot_id("dr:1", service, start))
        return booking.slot if booking else None

    def holders(self, start: datetime = START, service: str = "s-1") -> set[str]:
        found = self.slot(start, service)
        return set(found.holders) if found else set()

    def refusal(self, who: str = "r-2", **changes: Any) -> str:
        with pytest.raises((InvalidEventError, SlotNotAvailableError)) as refused:
            self.book(who, **changes)
        assert self.booking_store.reservation(who) is None
        return str(refused.value)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_a_slot_that_nobody_has_generated_yet_is_made_and_taken(booking_store: StoredRecords) -> None:
    clinic = Clinic(booking_store)
    clinic.book()
    made = clinic.slot()
    assert made is not None
    assert (made.end - made.start, made.buffer_until - made.end) == (
        timedelta(minutes=30),
        timedelta(minutes=5),
    )
    assert "is full" in clinic.refusal()
    # Another service's slot of the same hours can't be made into the same time.
    assert "meets" in clinic.refusal(service="s-2")
    assert clinic.slot(service="s-2") is None


def test_generating_afterwards_leaves_the_place_with_who_has_it(clinic: Clinic) -> None:
    clinic.book()
    assert isinstance(clinic.booking_store, MemoryBookingStore)
    store = SlotStoreOfRecords(clinic.booking_store)
    SlotGeneration(clinic.schedules, store).generate("dr:1", [START.date()], NOW)
    assert len(store.between("dr:1", START, START + timedelta(hours=3))) == 10
    assert clinic.holders() == {"r-1"}
    assert "is full" in clinic.refusal()


def test_a_group_made_by_its_first_patient_takes_as_many_as_its_hours_say(clinic: Clinic) -> None:
    for who in ("r-1", "r-2"):
        clinic.book(who, CLOCKS_CHANGE)
    assert clinic.holders(CLOCKS_CHANGE) == {"r-1", "r-2"}
    assert "is full" in clinic.refusal("r-3", start=CLOCKS_CHANGE)


def test_doctor_and_service_come_from_the_id_where_the_event_leaves_them_out(clinic: Clinic) -> None:
    clinic.book(profileId=None)
    booked = clinic.booking_store.reservation("r-1")
    assert booked is not None
    assert (booked.details.profile_id, booked.details.service_id) == ("dr:1", "s-1")
    assert "is full" in clinic.refusal()


OF_OUR_FORM = (
    "appointment/created is not valid: slotId: expected profileId:serviceId:start, such as dr-1:s-1:"
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slotId": "dr::1:s-9:20270106T1700Z"}, "slotId: expected a service of the doctor's"),
        ({"slotId": "dr::1:old:20270106T1700Z"}, "serviceId: old is not active"),
        ({"slotId": "dr-2:s-1:20270106T1700Z"}, "slotId: expected one of dr:1"),
        ({"profileId": "dr-2"}, "slotId: expected one of dr-2"),
        ({"serviceId": "s-2"}, "slotId: expected one for s-2"),
        ({"appointmentTime": to_text(START + timedelta(minutes=10))}, "appointmentTime: expected the start"),
        ({"start": START + timedelta(minutes=10)}, "slotId"),  # between two slots
        ({"slotId": "dr:1:s-1:20270106T1700Z"}, OF_OUR_FORM),  # whose colons were to be doubled
        ({"slotId": "dr:1:s:1:20270106T1700Z"}, OF_OUR_FORM),
        ({"slotId": "20270106T1700Z:20270106T1700Z", "profileId": "dr:1"}, OF_OUR_FORM),
        ({"slotId": "dr::1:s-1:20271306T1700Z", "profileId": "dr:1"}, OF_OUR_FORM),  # a thirteenth month
        ({"start": START - timedelta(minutes=35)}, "slotId"),  # before the hours
        ({"start": START + timedelta(days=1)}, "slotId"),  # a Thursday
    ],
)
def test_what_the_hours_would_not_make_or_the_event_contradicts_is_refused_by_name(
    clinic: Clinic, changes: dict[str, Any], reason: str
) -> None:
    assert reason in clinic.refusal(**changes)
    assert isinstance(clinic.booking_store, MemoryBookingStore)
    assert clinic.booking_store.slots == {}


def test_a_closed_date_and_a_doctor_who_has_left_make_no_slots(clinic: Clinic) -> None:
    schedule = clinic.schedules.known["dr:1"]
    closed = DateOverride("dr:1", START.date())
    clinic.schedules.known["dr:1"] = DoctorSchedule(
        schedule.profile, schedule.services, schedule.rules, (closed,)
    )
    assert "slotId" in clinic.refusal()
    gone = Profile("dr:1", "Dra. Ficticia", "+525500000090", "America/Tijuana", "main", is_active=False)
    clinic.schedules.known["dr:1"] = DoctorSchedule(gone, schedule.services, schedule.rules)
    assert "is not active" in clinic.refusal()


def test_without_a_directory_doctors_are_the_publishers_own_business(clinic: Clinic) -> None:
    assert isinstance(clinic.reader.doctors.directory, MemoryDirectory)
    clinic.reader.doctors.directory.clinics.clear()
    clinic.reader.doctors.directory.profiles.clear()
    for who in ("r-1", "r-2"):
        clinic.book(who, profileId="dr-9", slotId="dr-9:s-1:20270106T1700Z")
        booked = clinic.booking_store.reservation(who)
        assert booked is not None
        assert booked.details.slot_id == "dr-9:s-1:20270106T1700Z"
    clinic.book("r-3", profileId="dr:9", slotId="dr:9:s-1:20270106T1700Z")
    assert clinic.booking_store.reservation("r-3") is not None


@pytest.mark.parametrize("theirs", ["suyo-17", "dr-1@20270106T1700Z", "a:b:c:20270106"])
def test_an_id_of_the_publishers_own_form_stays_possible(clinic: Clinic, theirs: str) -> None:
    clinic.book("r-1", profileId="dr:1", serviceId="s-1", slotId=theirs)
    assert clinic.holders() == {"r-1"}


@pytest.mark.parametrize(
    "slip",
    [
        "dr::1:s-1:20270106T1700",
        "dr::1:s-1:20270106T1700z",
        "dr::1:s-1:20270106T17:00Z",
        "dr::1:s-1:20270106T170Z",
        "dr::1:s-1:2027106T1700Z",
        "dr::1:s-1:20270106",
        "dr:1:s-1",
        "DR:1",
        "dr-1-s-1-20270106T1700Z",
        "dr::9:s-1:2027-01-06T17:00:00Z",
        "dr::9:s-1:20270106t1700z",
    ],
)
def test_a_slip_in_a_slot_s_id_is_refused_where_nothing_else_names_the_doctor(
    clinic: Clinic, slip: str
) -> None:
    by_name: dict[str, Any] = {"slotId": slip, "profileId": None, "doctorName": "Dra. Ficticia"}
    assert OF_OUR_FORM in clinic.refusal(**by_name)
    assert clinic.booking_store.reservation("r-1") is None
    keeping = RequestKeeping(clinic.booking_store, clinic.reader, MemoryEvents())
    with pytest.raises(InvalidEventError, match="profileId: is missing"):
        keeping.receive(asked("q-1", slip, NOW + timedelta(hours=2), profileId=None), RUN, NOW)
    # Beside its doctor and service it is in the way of nothing: the visit's time says which slot it is.
    clinic.book("r-2", slotId=slip, serviceId="s-1")
    assert clinic.holders() == {"r-2"}


@pytest.mark.parametrize(
    "theirs", ["suyo-17", "agenda:dr-1:17", "drx-1", "9d1c55a0-0b0e-4c1f-9a53-5d0f0c4d1a77"]
)
def test_an_id_of_the_publisher_s_own_form_needs_no_doctor_of_the_directory(
    clinic: Clinic, theirs: str
) -> None:
    clinic.book("r-1", profileId=None, doctorName="Dr. Inventado", slotId=theirs)
    booked = clinic.booking_store.reservation("r-1")
    assert booked is not None
    assert booked.details.slot_id == theirs


def test_a_request_holds_a_slot_that_is_made_for_it(
    clinic: Clinic,
) -> None:
    keeping = RequestKeeping(clinic.booking_store, clinic.reader, MemoryEvents())
    wanted = slot_id("dr:1", "s-1", START)
    until = NOW + timedelta(hours=2)
    held = keeping.receive(asked("q-1", wanted, until, profileId=None), RUN, NOW)
    assert (held.request.status, held.request.details.service_id) == (RequestStatus.PENDING, "s-1")
    assert clinic.holders() == {"q-1"}
    odd = slot_id("dr:1", "s-1", START + timedelta(minutes=1))
    turned_away = keeping.receive(asked("q-2", odd, until, profileId="dr:1"), RUN, NOW)
    assert turned_away.request.status is RequestStatus.DECLINED
    with pytest.raises(InvalidEventError, match="slotId"):
        keeping.receive(asked("q-3", wanted, until, profileId="dr-2"), RUN, NOW)


def test_a_visit_moves_into_a_slot_that_is_made_for_it(clinic: Clinic) -> None:
    clinic.book()
    later = START + timedelta(days=7)
    moving = AppointmentRescheduling(clinic.booking_store, clinic.reader)

    def move(event_id: str, **changes: Any) -> str:
        said = {"oldReservationId": "r-1", "newReservationId": "r-1", "profileId": None, **changes}
        return moving.reschedule(move_event(event_id, **said), NOW + timedelta(hours=1)).outcome.value

    to_later = {"newAppointmentTime": to_text(later), "newSlotId": slot_id("dr:1", "s-1", later)}
    at = NOW + timedelta(minutes=5)
    assert move("m-1", at=at, **to_later) == "rescheduled"
    assert (clinic.holders(), clinic.holders(later)) == (set(), {"r-1"})
    odd = later + timedelta(minutes=1)
    nowhere = {"newAppointmentTime": to_text(odd), "newSlotId": slot_id("dr:1", "s-1", odd)}
    assert move("m-2", at=at + timedelta(minutes=1), **nowhere) == "slot_not_available"
    assert clinic.holders(later) == {"r-1"}
    with pytest.raises(InvalidEventError, match="newSlotId"):
        move("m-3", at=at + timedelta(minutes=2), **to_later, serviceId="s-2")

"""Ids that events name: a kept directory must know them, and who is not active is booked no more."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

import pytest

from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.prescriptions import PrescriptionCreated
from clinic.domain.appointments.reminders import parse_offsets
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import CitasError, InvalidEventError
from clinic.domain.instants import to_text
from clinic.domain.prescriptions.doses import WakingHours
from clinic.domain.slots.availability import MedicalService
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.follow_ups import FollowUpPlanning
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.prescriptions.regimens import RegimenReader
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.appointments.bookings import asked, slot
from tests.fakes.appointments.cancellations import cancelled
from tests.fakes.appointments.moving import THIRD, move_event
from tests.fakes.appointments.visits import AFTERWARDS, QUIET, completed, no_show
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryEvents

OTHER_CLINIC = replace(CLINIC, clinic_id="north", name="Clínica Norte", time_zone="America/Cancun")
SLOT = slot(IN_NINE_DAYS)
WHOLE = {"doctorName": "Dra. Otra", "doctorPhone": "+525500000091", "clinicName": "C", "clinicAddress": "A"}


@dataclass
class House:
    """A clinic with one doctor, who has a service that is offered and one that is not any more."""

    booking_store: MemoryBookingStore = field(
        default_factory=lambda: MemoryBookingStore(slots={SLOT.slot_id: SLOT})
    )
    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory({"main": CLINIC, "north": OTHER_CLINIC}, {"dr-1": PROFILE})
    )
    schedules: MemoryDoctorSchedules = field(default_factory=MemoryDoctorSchedules)

    def __post_init__(self) -> None:
        services = (
            MedicalService("s-1", "dr-1", "Consulta", 30),
            MedicalService("old", "dr-1", "Limpieza", 30, is_active=False),
        )
        self.schedules.known["dr-1"] = DoctorSchedule(PROFILE, services)

    @property
    def reader(self) -> AppointmentReader:
        offsets = parse_offsets("24h,2h")
        return AppointmentReader(Doctors(self.directory, lambda: self.schedules), offsets, "Europe/Madrid")

    def deactivate(self) -> None:
        """The doctor takes no new visits."""
        gone = replace(PROFILE, is_active=False)
        self.directory.profiles["dr-1"] = gone
        self.schedules.known["dr-1"] = DoctorSchedule(gone, self.schedules.known["dr-1"].services)

    def close(self) -> None:
        """Nobody keeps a directory any more."""
        self.directory.clinics.clear()
        self.directory.profiles.clear()
        self.schedules.known.clear()

    def book(self, **changes: Any) -> Any:
        event_id, at = changes.pop("event_id", "e-1"), changes.pop("at", NOW)
        return ReminderPlanning(self.booking_store, self.reader).plan(
            event(event_id, at, **changes), "run", NOW
        )

    def ask(self, **changes: Any) -> Any:
        named = {"doctorName": "D", "doctorPhone": "+525500000091", **changes}
        request = asked("q-1", named.pop("slotId", SLOT.slot_id), IN_NINE_DAYS, **named)
        return RequestKeeping(self.booking_store, self.reader, MemoryEvents()).receive(request, "run", NOW)

    def move(self, **changes: Any) -> Any:
        moved: Received[AppointmentRescheduled] = move_event(
            **{"newReservationId": "r-17", "newSlotId": None, "profileId": None, **changes}
        )
        return AppointmentRescheduling(self.booking_store, self.reader).reschedule(moved, NOW)

    def complete(self, **changes: Any) -> Any:
        said = completed(**changes)
        return FollowUpPlanning(self.booking_store, self.reader, QUIET).plan(said, "run", AFTERWARDS)

    def miss(self, **changes: Any) -> Any:
        said = no_show(**changes)
        return FollowUpPlanning(self.booking_store, self.reader, QUIET).plan(said, "run", AFTERWARDS)

    def prescribe(self, **changes: Any) -> Any:
        detail = {
            "patientName": "Paciente Ejemplo",
            "patientPhone": "+52 55 0000 0001",
            "medicationName": "Medicina",
            "dosage": "1 tableta",
            "frequency": "TID",
            "startDate": "2026-11-24",
            "duration": 3,
            **changes,
        }
        envelope = {"eventId": "e-1", "eventTime": to_text(NOW), "detail": detail}
        said = receive(envelope, PrescriptionCreated).detail
        return RegimenReader(Doctors(self.directory), "Europe/Madrid", WAKING).regimen(said)


WAKING = WakingHours(time(8), time(20))


@pytest.fixture
def house() -> House:
    return House()


EVENTS: dict[str, Callable[..., Any]] = {
    "appointment/created": House.book,
    "reservation/requested": House.ask,
    "appointment/completed": House.complete,
    "appointment/no-show": House.miss,
    "prescription/created": House.prescribe,
}


@pytest.mark.parametrize("named", [{"profileId": "dr-9"}, {"clinicId": "c-9"}], ids=["doctor", "clinic"])
@pytest.mark.parametrize("put", EVENTS.values(), ids=EVENTS)
def test_an_id_that_a_kept_directory_does_not_know_is_refused_by_name(
    house: House, put: Callable[..., Any], named: dict[str, str]
) -> None:
    own_slot = {"slotId": "theirs"} if put is House.ask else {}
    whole = WHOLE if put is House.book else {}
    (wrong,) = named
    with pytest.raises(InvalidEventError, match=f"{wrong}: expected a .* in the directory, not .*-9"):
        put(house, **whole, **own_slot, **named)
    assert (house.booking_store.ledger.reservations, house.booking_store.requests) == ({}, {})


@pytest.mark.parametrize("put", EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("kept", ["clinics", "profiles"])
def test_one_entry_is_enough_for_a_directory_and_an_unknown_id_gets_nobody_elses_particulars(
    house: House, put: Callable[..., Any], kept: str
) -> None:
    getattr(house.directory, {"clinics": "profiles", "profiles": "clinics"}[kept]).clear()
    own_slot = {"slotId": "theirs"} if put is House.ask else {}
    with pytest.raises(InvalidEventError, match="profileId: "):
        put(house, profileId="dr-9", **own_slot)


@pytest.mark.parametrize("put", EVENTS.values(), ids=EVENTS)
def test_without_a_directory_ids_are_the_publishers_own(house: House, put: Callable[..., Any]) -> None:
    house.close()
    whole = WHOLE if put in {House.book, House.ask} else {}
    whole = {**whole, **({"slotId": "theirs"} if put is House.ask else {})}
    assert put(house, **whole, profileId="dr-9", clinicId="c-9") is not None


@pytest.mark.parametrize("put", [House.book, House.ask], ids=["created", "requested"])
def test_a_service_that_is_none_of_the_doctors_is_refused(house: House, put: Callable[..., Any]) -> None:
    own_slot = {"slotId": "theirs"} if put is House.ask else {}
    with pytest.raises(InvalidEventError, match="serviceId: expected a service of the doctor's: old, s-1"):
        put(house, profileId="dr-1", serviceId="s-9", **own_slot)
    house.schedules.known["dr-1"] = DoctorSchedule(PROFILE)  # no services are kept
    assert put(house, profileId="dr-1", serviceId="s-9", **own_slot) is not None


def refusal(house: House, put: Callable[..., Any], **named: Any) -> str:
    own_slot = {"slotId": "theirs"} if put is House.ask and "slotId" not in named else {}
    with pytest.raises(InvalidEventError) as refused:
        put(house, **own_slot, **named)
    return type(refused.value).__name__


LACKING: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "a doctor": (House.book, {"profileId": "dr-9"}),
    "a clinic": (House.book, {"clinicId": "c-9"}),
    "a doctor, of a slot": (House.book, {"slotId": SLOT.slot_id.replace("dr-1", "dr-9")}),
    "a doctor, of a request": (House.ask, {"profileId": "dr-9"}),
    "a doctor, of a visit that is over": (House.complete, {"profileId": "dr-9"}),
    "a service": (House.book, {"profileId": "dr-1", "serviceId": "s-9"}),
}


@pytest.mark.parametrize(("put", "named"), LACKING.values(), ids=LACKING)
def test_what_the_directory_lacks_can_be_mended_by_who_keeps_it(
    house: House, put: Callable[..., Any], named: dict[str, Any]
) -> None:
    assert refusal(house, put, **named) == "NotInDirectoryError"


def test_so_can_a_particular_that_the_directory_would_give(house: House) -> None:
    del house.directory.clinics["main"]
    assert refusal(house, House.book, profileId="dr-1", clinicAddress=None) == "NotInDirectoryError"
    house.close()
    assert (
        refusal(house, House.book, **{**WHOLE, "doctorName": None}, profileId="dr-1") == "NotInDirectoryError"
    )
    assert refusal(house, House.book, clinicName=None) == "NotInDirectoryError"  # "main" would


def test_what_the_directory_could_never_give_is_the_publishers_to_correct(house: House) -> None:
    assert refusal(house, House.book, doctorName=None) == "InvalidEventError"
    house.directory.clinics["other"] = replace(CLINIC, clinic_id="other")
    elsewhere = {"profileId": "dr-1", "clinicId": "other", "serviceId": "s-9"}
    assert refusal(house, House.book, **elsewhere) == "InvalidEventError"
    house.deactivate()  # the directory knows the doctor, and says no
    assert refusal(house, House.book, profileId="dr-1") == "InvalidEventError"


def test_a_doctor_whose_clinic_is_not_known_gets_no_other_clinics_address(house: House) -> None:
    del house.directory.clinics["main"]
    house.directory.clinics["other"] = replace(CLINIC, clinic_id="other")
    with pytest.raises(InvalidEventError, match="clinicName: is missing, and the directory does not know it"):
        house.book(profileId="dr-1", clinicName=None, clinicAddress=None)
    details = house.book(profileId="dr-1").reservation.details
    assert details.time_zone == PROFILE.time_zone
    assert details.parking_info != CLINIC.parking_info


CLOSED = {
    "a doctor": (True, {"profileId": "dr-1"}, "profileId: dr-1 is not active"),
    "a doctor's slot": (True, {"profileId": "dr-1", "slotId": SLOT.slot_id}, "profileId: dr-1 is not active"),
    "a service": (False, {"profileId": "dr-1", "serviceId": "old"}, "serviceId: old is not active"),
}


@pytest.mark.parametrize(("is_doctor", "named", "reason"), CLOSED.values(), ids=CLOSED)
def test_who_or_what_is_not_active_any_more_is_not_booked_anew(
    house: House, named: dict[str, str], reason: str, *, is_doctor: bool
) -> None:
    if is_doctor:
        house.deactivate()
    with pytest.raises(InvalidEventError, match=reason):
        house.book(**named)
    turned_away = house.ask(**{"slotId": "theirs", **named})
    assert turned_away.outcome == "slot_not_available"
    assert [intent.kind for intent in turned_away.open_intents] == ["request_declined"]
    assert not house.booking_store.slots[SLOT.slot_id].holders


def test_a_visit_that_stands_is_moved_corrected_and_cancelled_though_its_doctor_is_not_active_any_more(
    house: House,
) -> None:
    house.book(profileId="dr-1", serviceId="s-1", slotId=SLOT.slot_id, appointmentTime=to_text(SLOT.start))
    house.deactivate()
    assert house.book(event_id="e-2", profileId="dr-1", serviceId="s-1").arrival == "already_planned"
    assert house.move().outcome == "rescheduled"
    again = house.book(event_id="e-3", profileId="dr-1", serviceId="s-1", appointmentTime=to_text(THIRD))
    assert again.arrival in {"moved", "stale_event"}
    assert not house.booking_store.slots[SLOT.slot_id].holders
    ReservationCancelling(house.booking_store, house.reader, "MXN").cancel(cancelled(), NOW)
    visit = house.booking_store.reservation("r-17")
    assert visit is not None
    assert visit.status is ReservationStatus.CANCELLED


def test_a_visit_is_not_moved_to_who_is_not_active_or_not_known(house: House) -> None:
    house.book(profileId="dr-1", serviceId="s-1")
    house.directory.profiles["dr-2"] = replace(PROFILE, profile_id="dr-2", is_active=False)
    assert house.move(profileId="dr-2").outcome == "slot_not_available"
    assert house.move(event_id="m-2", serviceId="old").outcome == "slot_not_available"
    with pytest.raises(CitasError, match="profileId: the directory holds no profile dr-9"):
        house.move(event_id="m-3", profileId="dr-9", newAppointmentTime=to_text(THIRD))
    with pytest.raises(InvalidEventError, match="serviceId: expected a service of the doctor's: old, s-1"):
        house.move(event_id="m-4", serviceId="s-9", newAppointmentTime=to_text(THIRD))
    visit = house.booking_store.reservation("r-17")
    assert visit is not None
    assert (visit.details.profile_id, visit.appointment_time) == ("dr-1", IN_NINE_DAYS)


def test_what_a_reservation_was_booked_with_may_be_gone_when_its_visit_ends(house: House) -> None:
    house.book(profileId="dr-1")
    del house.directory.profiles["dr-1"]
    assert house.complete(profileId="dr-1").open_intents

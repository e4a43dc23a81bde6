"""A doctor's desk in memory: requests, answers and the end of time on one set of records."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.directory import Profile
from clinic.domain.messages.intent import Intent
from clinic.domain.requests.request import ReservationRequest
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from clinic.services.requests.decisions import Decision, RequestDecisions
from clinic.services.requests.expiration import Expiration, RequestExpiration
from clinic.services.requests.keeping import RequestKeeping, RequestPlan
from clinic.services.requests.slot_cleanup import SlotCleanup
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.bookings import approved, asked, declined, slot
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory, ProcessDied
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics

SLOT = slot(IN_NINE_DAYS)
TIME_IS_UP = NOW + timedelta(hours=24)
WAITING, ENDING, ANOTHER = f"{RUN}-waiting", f"{RUN}-ending", f"{RUN}-another"


@dataclass
class CrashingBookingStore(MemoryBookingStore):
    """Records whose next commit may be the last thing a process does.

    Attributes:
        dies: ``before`` the next commit, or ``after`` it.
    """

    dies: str | None = None

    def commit(self, changes: Changes) -> None:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise ProcessDied
        super().commit(changes)
        if dies == "after":
            raise ProcessDied


@dataclass
class Desk:
    """Use cases on the same records; ``dr-1`` has one free slot in nine days."""

    booking_store: CrashingBookingStore = field(default_factory=CrashingBookingStore)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    runs: MemoryRuns = field(default_factory=lambda: MemoryRuns({WAITING}))
    statistics: MemoryStatistics = field(default_factory=MemoryStatistics)
    meter: MemoryMeter = field(default_factory=MemoryMeter)
    profiles: dict[str, Profile] = field(default_factory=lambda: {"dr-1": PROFILE})

    def __post_init__(self) -> None:
        self.put(SLOT)

    def put(self, *slots: Slot) -> None:
        """Write slots, in place of what was there."""
        self.booking_store.slots |= {each.slot_id: each for each in slots}

    @property
    def appointments(self) -> AppointmentReader:
        """What the directory knows."""
        return appointments(MemoryDirectory(clinics={"main": CLINIC}, profiles=self.profiles))

    @property
    def keeping(self) -> RequestKeeping:
        """Takes requests in."""
        return RequestKeeping(self.booking_store, self.appointments, self.events)

    @property
    def decisions(self) -> RequestDecisions:
        """Applies answers."""
        return RequestDecisions(self.booking_store, self.appointments, self.events, self.runs)

    @property
    def expiration(self) -> RequestExpiration:
        """Ends requests."""
        return RequestExpiration(self.booking_store, self.statistics, self.meter)

    @property
    def cleanup(self) -> SlotCleanup:
        """Ends what was left."""
        return SlotCleanup(
            self.booking_store, self.appointments, self.expiration, self.events, self.statistics
        )

    def ask(
        self,
        request_id: str = "q-1",
        *,
        slot_id: str = SLOT.slot_id,
        expires_at: datetime = TIME_IS_UP,
        run: str = WAITING,
        now: datetime = NOW,
        **changes: Any,
    ) -> RequestPlan:
        """A patient asks."""
        return self.keeping.receive(asked(request_id, slot_id, expires_at, now, **changes), run, now)

    def approve(self, request_id: str = "q-1", *, event_id: str = "e-yes", now: datetime = NOW) -> Decision:
        """The doctor says yes."""
        return self.decisions.decide(approved(request_id, now, event_id), now)

    def decline(
        self, request_id: str = "q-1", *, event_id: str = "e-no", now: datetime = NOW, **changes: Any
    ) -> Decision:
        """The doctor says no."""
        return self.decisions.decide(declined(request_id, now, event_id, **changes), now)

    def expire(self, request_id: str = "q-1", *, run: str = ENDING, now: datetime = TIME_IS_UP) -> Expiration:
        """The time is up."""
        return self.expiration.expire(request_id, run, now)

    def clean(self, request_id: str = "q-1", *, run: str = ENDING, now: datetime = TIME_IS_UP) -> Expiration:
        """The night's cleanup ends a request."""
        return self.cleanup.expire(request_id, run, now)

    def find(self, cleanup_date: str, now: datetime, profile_id: str = "dr-1") -> tuple[str, ...]:
        """What the night's cleanup finds."""
        return self.cleanup.find(profile_id, date.fromisoformat(cleanup_date), now)

    def announce_appointment(
        self, event_id: str = "e-created", now: datetime = NOW, **changes: Any
    ) -> ReminderPlan:
        """The publisher announces the request's appointment itself."""
        whole = {
            "reservationId": "q-1",
            "profileId": "dr-1",
            "slotId": SLOT.slot_id,
            **changes,
        }
        planning = ReminderPlanning(self.booking_store, self.appointments)
        return planning.plan(event(event_id, now, **whole), ANOTHER, now)

    def request(self, request_id: str = "q-1") -> ReservationRequest:
        """The request as it stands."""
        found = self.booking_store.request(request_id)
        assert found is not None
        return found

    def reservation(self, reservation_id: str = "q-1") -> Reservation | None:
        """The reservation as it stands."""
        return self.booking_store.reservation(reservation_id)

    def slot(self, slot_id: str = SLOT.slot_id) -> Slot:
        """The slot as it stands; the doctor's time is taken exactly while somebody holds it."""
        found = self.booking_store.slots[slot_id]
        for day in found.days:
            sheet = self.booking_store.sheets.get((found.profile_id, day))
            assert (sheet is not None and slot_id in sheet.taken) is bool(found.holders)
        return found

    def places(self, slot_id: str = SLOT.slot_id) -> dict[str, str]:
        """Who holds a place in a slot, and whether it is pending or booked."""
        found = self.slot(slot_id)
        return dict.fromkeys(found.pending, "pending") | dict.fromkeys(found.booked, "booked")

    def told(self, request_id: str = "q-1") -> dict[str, Intent]:
        """The messages about a request, by kind."""
        return {intent.kind: intent for intent in self.booking_store.intents(f"request#{request_id}")}

    def statuses(self, request_id: str = "q-1") -> dict[str, str]:
        """Where they stand."""
        return {kind: intent.status.value for kind, intent in self.told(request_id).items()}

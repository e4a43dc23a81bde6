"""Use cases about one visit that run at once, in every order of their reads and writes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.base import receive
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import ReservationClosedError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent
from clinic.services import unit_of_work
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from tests.fakes.appointments.interleavings import End, Interleavings, Process
from tests.fakes.appointments.moving import DOCTOR, FIRST, SECOND, THIRD, move_event, slot
from tests.fakes.appointments.planned import appointments, planning_on
from tests.fakes.appointments.visits import completed, follow_ups_on, no_show
from tests.fakes.examples import NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore

OVER = FIRST + timedelta(hours=2)
OPEN_AFTER_A_MOVE = ["reminder_24h", "reminder_2h", "rescheduling"]


def booked(*before: Process) -> MemoryBookingStore:
    """r-17 holds the first of three slots; then comes what came before."""
    booking_store = MemoryBookingStore(
        slots={each.slot_id: each for each in map(slot, (FIRST, SECOND, THIRD))}
    )
    for process in (created(FIRST, minute=0), *before):
        process(booking_store)
    return booking_store


def created(start: datetime, minute: int, run: str = "run-a") -> Process:
    """An ``appointment/created``, published at that minute."""
    said = event(
        f"c-{minute}",
        NOW + timedelta(minutes=minute),
        profileId=DOCTOR,
        slotId=slot(start).slot_id,
        appointmentTime=to_text(start),
    )
    return lambda booking_store: planning_on(booking_store).plan(
        said, run, NOW + timedelta(minutes=10 + minute)
    )


def moved(start: datetime, minute: int, to: str = "r-17", seconds: int = 0) -> Process:
    """An ``appointment/rescheduled``, published at that minute, and handled so many seconds later."""
    said = move_event(
        f"m-{minute}",
        NOW + timedelta(minutes=minute),
        newReservationId=to,
        newAppointmentTime=to_text(start),
        newSlotId=slot(start).slot_id,
    )
    now = NOW + timedelta(minutes=10 + minute, seconds=seconds)
    return lambda booking_store: AppointmentRescheduling(booking_store, appointments()).reschedule(said, now)


def cancelled(minute: int) -> Process:
    """A ``reservation/cancelled``."""
    envelope = {
        "eventId": f"x-{minute}",
        "eventTime": to_text(NOW + timedelta(minutes=minute)),
        "detail": {"reservationId": "r-17"},
    }
    said = receive(envelope, ReservationCancelled)
    now = NOW + timedelta(minutes=10 + minute)
    return lambda booking_store: ReservationCancelling(booking_store, appointments(), "MXN").cancel(said, now)


def ended(minute: int, *, came: bool = True, question: str = "¿Le duele?") -> Process:
    """An ``appointment/completed`` or ``appointment/no-show``."""
    at = OVER + timedelta(minutes=minute)
    if came:
        said = completed(f"v-{minute}", at, appointmentDate=to_text(FIRST), followUpQuestions=[question])
    else:
        said = no_show(f"v-{minute}", at)
    return lambda booking_store: follow_ups_on(booking_store).plan(
        said, f"run-{minute}", at + timedelta(seconds=9)
    )


def standing(end: End, reservation_id: str = "r-17") -> Reservation:
    """The reservation at the end, its place its own and nobody's time taken for nothing (I1 to I3, I7)."""
    known = end.booking_store.ledger.reservations
    wanted = {(each.details.slot_id, each.reservation_id) for each in known.values() if each.status.is_active}
    slots = end.booking_store.slots.values()
    assert {(each.slot_id, holder) for each in slots for holder in each.holders} == wanted
    taken = {slot_id for sheet in end.booking_store.sheets.values() for slot_id in sheet.taken}
    assert taken == {slot_id for slot_id, _ in wanted}
    return known[reservation_id]


def still_open(end: End, reservation: Reservation) -> list[Intent]:
    """The intents that can still leave: all of the reservation's present version (I4)."""
    known = [intent for intent in end.booking_store.ledger.rows.values() if intent.status.is_open]
    # A notice of an earlier move may be on its way; it is what was true then.
    following = [intent for intent in known if intent.id.follows_appointment or intent.id.is_follow_up]
    assert {intent.id.version for intent in following} <= {reservation.version}
    assert {intent.record_id for intent in following} <= {reservation.reservation_id}
    return [intent for intent in known if intent.id.version == reservation.version]


def is_at(end: End, start: datetime, reservation_id: str = "r-17") -> None:
    """The visit stands there alone, with one set of reminders, and somebody tells the patient."""
    visit = standing(end, reservation_id)
    assert visit.status is ReservationStatus.CONFIRMED
    assert (visit.appointment_time, visit.details.slot_id) == (start, slot(start).slot_id)
    open_intents = still_open(end, visit)
    assert sorted(intent.kind for intent in open_intents if intent.kind != "confirmation") in (
        OPEN_AFTER_A_MOVE,
        OPEN_AFTER_A_MOVE[:2],  # an appointment/created moved it: it is confirmed anew
    )
    assert {intent.happens_at for intent in open_intents} == {start}
    notice = {intent.id for intent in open_intents} - {i.id for i in open_intents if i.id.is_reminder}
    told = {intent.id for plan in end.results for intent in _left_to_do(plan)}
    assert len(notice) == 1
    assert notice <= told


def is_back(end: End, start: datetime) -> None:
    """The visit stands where it always was, whether it has been elsewhere or not."""
    visit = standing(end)
    assert (visit.appointment_time, visit.details.slot_id) == (start, slot(start).slot_id)
    reminders = [intent.kind for intent in still_open(end, visit) if intent.id.is_reminder]
    assert sorted(reminders) == OPEN_AFTER_A_MOVE[:2]


def is_cancelled(end: End) -> None:
    """Whatever else was said, the visit is off: nothing reminds of it, patient and doctor are told once."""
    visit = standing(end)
    assert visit.status is ReservationStatus.CANCELLED
    rows = end.booking_store.ledger.rows.values()
    assert not [intent for intent in rows if intent.status.is_open and intent.id.follows_appointment]
    told = sorted(intent.kind for intent in rows if intent.kind.startswith("cancellation"))
    assert told == ["cancellation", "cancellation_doctor"]


def is_asked_once(end: End, status: ReservationStatus, follow_ups: list[str]) -> None:
    """The visit is over, as the newest event says, and what it asks for is open once."""
    visit = standing(end)
    assert visit.status is status
    assert sorted(intent.kind for intent in still_open(end, visit)) == follow_ups


def _left_to_do(plan: Any) -> tuple[Intent, ...]:
    return tuple(getattr(plan, "open_notices", ())) + tuple(getattr(plan, "open_intents", ()))


ASKED = ["follow_up_1week", "follow_up_24h"]
CASES: dict[str, tuple[list[Process], Callable[[End], object]]] = {
    "two moves of one visit": ([moved(SECOND, 1), moved(THIRD, 2)], lambda end: is_at(end, THIRD)),
    "the same move three times": (
        [moved(SECOND, 1, seconds=n) for n in range(3)],
        lambda end: is_at(end, SECOND),
    ),
    "three moves": (
        [moved(SECOND, 1), moved(THIRD, 2), moved(SECOND, 3)],
        lambda end: is_at(end, SECOND),
    ),
    "a move there and one back": (
        [moved(SECOND, 1), moved(FIRST, 2)],
        lambda end: is_back(end, FIRST),
    ),
    "the same move to another reservation three times": (
        [moved(SECOND, 1, to="r-18", seconds=n) for n in range(3)],
        lambda end: is_at(end, SECOND, "r-18"),
    ),
    "a move, and a booking for another time": (
        [moved(SECOND, 1), created(THIRD, 2)],
        lambda end: is_at(end, THIRD),
    ),
    "a booking for another time, and a move": (
        [created(SECOND, 1), moved(THIRD, 2)],
        lambda end: is_at(end, THIRD),
    ),
    "two bookings for other times": (
        [created(SECOND, 1, "run-b"), created(THIRD, 2, "run-c")],
        lambda end: is_at(end, THIRD),
    ),
    "a cancellation and a move": ([moved(SECOND, 1), cancelled(2)], is_cancelled),
    "a cancellation, and a move that is newer": ([cancelled(1), moved(SECOND, 2)], is_cancelled),
    "a cancellation and two moves": ([moved(SECOND, 1), moved(THIRD, 2), cancelled(3)], is_cancelled),
    "two cancellations": ([cancelled(1), cancelled(2)], is_cancelled),
    "completed twice": (
        [ended(1), ended(2)],
        lambda end: is_asked_once(end, ReservationStatus.COMPLETED, ASKED),
    ),
    "completed three times, each time with other questions": (
        [ended(1), ended(2, question="¿Cómo sigue?"), ended(3)],
        lambda end: is_asked_once(end, ReservationStatus.COMPLETED, ASKED),
    ),
    "completed, and then did not come": (
        [ended(1), ended(2, came=False)],
        lambda end: is_asked_once(end, ReservationStatus.NO_SHOW, []),
    ),
    "did not come, and then completed": (
        [ended(1, came=False), ended(2)],
        lambda end: is_asked_once(end, ReservationStatus.COMPLETED, ASKED),
    ),
    "completed, corrected, and then did not come": (
        [ended(1), ended(2, question="¿Cómo sigue?"), ended(3, came=False)],
        lambda end: is_asked_once(end, ReservationStatus.NO_SHOW, []),
    ),
}


@pytest.mark.parametrize(("processes", "expected"), CASES.values(), ids=CASES)
def test_no_order_of_reads_and_writes_ends_badly(
    processes: list[Process], expected: Callable[[End], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    none_is_bad(booked(), processes, expected, monkeypatch)


def test_two_corrections_of_a_visit_that_is_over_leave_one_set_of_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def expected(end: End) -> None:
        is_asked_once(end, ReservationStatus.COMPLETED, ASKED)

    corrections = [ended(2, question="¿Cómo sigue?"), ended(3, question="¿Duerme bien?")]
    none_is_bad(booked(ended(1)), corrections, expected, monkeypatch)


def none_is_bad(
    booking_store: MemoryBookingStore,
    processes: list[Process],
    expected: Callable[[End], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every order of the processes ends as expected."""

    def is_bad(end: End) -> bool:
        # What is refused since the visit has ended is told; all else has to go through.
        failures = (it for it in end.results if isinstance(it, BaseException))
        if any(not isinstance(failure, ReservationClosedError) for failure in failures):
            return True
        try:
            expected(end)
        except AssertionError:
            return True
        return False

    monkeypatch.setattr(unit_of_work, "_MOST_CONFLICTS", 1)
    found = Interleavings(is_bad)
    found.explore(booking_store, *processes)
    assert found.total > 1
    assert not [end.results for end in found.ends if is_bad(end)]
    assert found.bad == 0

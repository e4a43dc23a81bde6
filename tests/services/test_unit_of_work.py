"""Records in memory and in DynamoDB promise the same: this is what the tests of all use cases stand on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.appointments.reservation import EventOrder, Reservation, ReservationStatus
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.money import Money
from clinic.domain.requests.request import RequestStatus, ReservationRequest
from clinic.domain.slots.slot import Booking, DaySheet, Slot
from clinic.services.ports import Outcome
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords, put_slot
from tests.fakes.stores.rows import details, intent

LATER = NOW + timedelta(minutes=1)
MIDNIGHT = IN_NINE_DAYS.replace(hour=0)
SLOT = slot(IN_NINE_DAYS)
OTHER_SLOT = slot(IN_NINE_DAYS + timedelta(hours=1))
LATE_SLOT = slot(MIDNIGHT - timedelta(minutes=10))  # it touches two UTC days
RESERVATION = Reservation.first(details(slot_id=SLOT.slot_id), EventOrder(NOW, "e-1"), NOW)
REQUEST = ReservationRequest(
    "q-1", details(), "+525500000090", IN_NINE_DAYS, RequestStatus.PENDING, NOW, NOW, run="run-1"
)
REMINDER = intent()
NEW_INTENT = intent(id=IntentId("request#q-1", 1, "request_doctor"))
SKIPPED = Outcome(IntentStatus.SKIPPED, "reservation_cancelled", LATER)


def found(booking_store: BookingStore, wanted: Slot = SLOT) -> Booking:
    (booking,) = booking_store.bookings("dr-1", wanted.slot_id)
    assert booking is not None
    return booking


@pytest.fixture
def known(booking_store: StoredRecords) -> StoredRecords:
    """Records of two slots, a reservation with its reminder, and a pending request."""
    for each in (SLOT, OTHER_SLOT, LATE_SLOT):
        put_slot(booking_store, each)
    booking_store.commit(
        Changes(reservations=((None, RESERVATION),), requests=((None, REQUEST),), intents=(REMINDER,))
    )
    return booking_store


def test_nothing_is_known_in_the_beginning(booking_store: StoredRecords) -> None:
    assert (booking_store.reservation("r-17"), booking_store.request("q-1")) == (None, None)
    assert booking_store.bookings("dr-1", "a", "b") == (None, None)
    assert (booking_store.intents("reservation#r-17"), booking_store.overdue_requests("dr-1", NOW)) == (
        [],
        [],
    )


def test_a_cancelled_reservation_and_an_answered_request_come_back_with_every_field(
    known: StoredRecords,
) -> None:
    refund = Refund(Money(Decimal("500.10"), "MXN"), "ch_1", RefundProgress.MADE, "re_1", "by hand")
    cancelled = replace(
        RESERVATION.watched_by("run-1", LATER).cancelled(
            Cancellation(NOW, "Viaje", "patient", refund), LATER
        ),
        rescheduled_to="r-18",
        is_placeholder=True,
        reminders_sent={"24h": NOW},
    )
    declined = REQUEST.closed(
        RequestStatus.DECLINED, LATER, because="Agenda llena", by="Dra. Ficticia", answer_id="e-2"
    )
    known.commit(Changes(reservations=((RESERVATION, cancelled),), requests=((REQUEST, declined),)))
    assert (known.reservation("r-17"), known.request("q-1")) == (cancelled, declined)


def test_a_request_is_found_by_the_reservation_it_leads_to(booking_store: StoredRecords) -> None:
    same = replace(REQUEST, request_id="r-5", details=details(reservation_id="r-5"))
    first, second = REQUEST, replace(REQUEST, request_id="q-2")
    booking_store.commit(Changes(requests=((None, first), (None, same)), named_requests=((None, first),)))
    assert [booking_store.request_for(name) for name in ("r-17", "r-5", "q-1")] == [first, same, None]
    with pytest.raises(ConcurrentChangeError):  # it leads somewhere already
        booking_store.commit(Changes(requests=((None, second),), named_requests=((None, second),)))
    assert booking_store.request("q-2") is None
    booking_store.commit(Changes(requests=((None, second),), named_requests=((first, second),)))
    assert booking_store.request_for("r-17") == second
    assert set(booking_store.overdue_requests("dr-1", IN_NINE_DAYS)) == {"q-1", "q-2", "r-5"}


@pytest.mark.parametrize("wanted", [SLOT, LATE_SLOT], ids=["one day", "over midnight"])
def test_a_booking_comes_back_with_its_sheets(known: StoredRecords, wanted: Slot) -> None:
    before = found(known, wanted)
    after = before.hold("r-1", NOW, is_approved=True)
    known.commit(Changes(bookings=((before, after),)))
    assert found(known, wanted) == after
    assert len(after.sheets) == len(wanted.days)
    released = after.release("r-1")
    known.commit(Changes(bookings=((after, released),)))
    assert found(known, wanted) == released


def test_slots_come_in_the_order_asked_for_and_only_the_doctors_own(known: StoredRecords) -> None:
    asked = known.bookings("dr-1", OTHER_SLOT.slot_id, "nothing", SLOT.slot_id)
    assert [booking and booking.slot.slot_id for booking in asked] == [
        OTHER_SLOT.slot_id,
        None,
        SLOT.slot_id,
    ]
    assert known.bookings("dr-2", SLOT.slot_id) == (None,)


def test_two_slots_of_one_day_share_its_sheet_and_change_together(known: StoredRecords) -> None:
    before = found(known)
    held = before.hold("r-1", NOW, is_approved=True)
    known.commit(Changes(bookings=((before, held),)))
    one, other = known.bookings("dr-1", SLOT.slot_id, OTHER_SLOT.slot_id)
    assert one is not None
    assert other is not None
    assert one.sheets == other.sheets
    released = one.release("r-1")
    taken = replace(other, sheets=released.sheets).hold("r-2", NOW, is_approved=True)
    both = ((one, replace(released, sheets=taken.sheets)), (other, taken))
    known.commit(Changes(bookings=both))
    assert (found(known).slot.holders, found(known, OTHER_SLOT).slot.holders) == (
        frozenset(),
        frozenset({"r-2"}),
    )
    assert set(found(known).sheets[0].taken) == {OTHER_SLOT.slot_id}


def test_intents_come_versions_first_and_then_by_kind(known: StoredRecords) -> None:
    subject = REMINDER.id.subject
    others = [(2, "confirmation"), (1, "confirmation"), (2, "reminder_24h"), (10, "confirmation")]
    known.commit(Changes(intents=tuple(intent(id=IntentId(subject, *key)) for key in others)))
    kept = [(i.id.version, i.kind) for i in known.intents(subject)]
    assert kept == sorted([*others, (1, "reminder_24h")])


def test_overdue_are_a_profiles_pending_requests_whose_time_is_up_oldest_first(
    booking_store: StoredRecords,
) -> None:
    def request(name: str, hours: int, profile: str = "dr-1") -> ReservationRequest:
        whole = details(profile_id=profile)
        return replace(REQUEST, request_id=name, details=whole, expires_at=NOW + timedelta(hours=hours))

    late, early = request("q-late", 2), request("q-early", 1)
    edge, ahead = request("q-edge", 3), request("q-ahead", 4)
    closed, other = request("q-closed", 1), request("q-other", 1, "dr-2")
    for each in (late, early, edge, ahead, closed, other):
        booking_store.commit(Changes(requests=((None, each),)))
    booking_store.commit(Changes(requests=((closed, closed.closed(RequestStatus.DECLINED, NOW)),)))
    until = NOW + timedelta(hours=3)
    assert booking_store.overdue_requests("dr-1", until) == ["q-early", "q-late", "q-edge"]


def test_an_ending_is_written_with_its_reason(known: StoredRecords) -> None:
    known.commit(Changes(endings=((REMINDER, SKIPPED),)))
    (kept,) = known.intents(REMINDER.id.subject)
    assert (kept.status, kept.reason, kept.updated_at) == ("skipped", "reservation_cancelled", LATER)


STALE: dict[str, Callable[[Booking], Changes]] = {
    "a reservation nobody should know": lambda _: Changes(reservations=((None, RESERVATION),)),
    "a reservation nobody knows": lambda _: Changes(
        reservations=((replace(RESERVATION, details=details(reservation_id="r-0")),) * 2,)
    ),
    "another version": lambda _: Changes(reservations=((replace(RESERVATION, version=2), RESERVATION),)),
    "another status": lambda _: Changes(
        reservations=((replace(RESERVATION, status=ReservationStatus.PENDING), RESERVATION),)
    ),
    "changed since": lambda _: Changes(reservations=((replace(RESERVATION, updated_at=LATER), RESERVATION),)),
    "a request nobody should know": lambda _: Changes(requests=((None, REQUEST),)),
    "a request that was closed": lambda _: Changes(
        requests=((replace(REQUEST, status=RequestStatus.DECLINED), REQUEST),)
    ),
    "a request changed since": lambda _: Changes(requests=((replace(REQUEST, updated_at=LATER), REQUEST),)),
    "an intent that is there": lambda _: Changes(intents=(REMINDER,)),
    "an intent sent since": lambda _: Changes(
        endings=((replace(REMINDER, status=IntentStatus.SENDING, attempts=1), SKIPPED),)
    ),
    "an intent changed since": lambda _: Changes(endings=((replace(REMINDER, updated_at=LATER), SKIPPED),)),
    "a slot changed since": lambda seen: Changes(
        bookings=((_with_revision(seen), _with_revision(seen).hold("r-9", NOW, is_approved=True)),)
    ),
    # Removed and made again, a slot is at its first revision again.
    "a slot that has fewer places now": lambda seen: _otherwise(seen, capacity=seen.slot.capacity + 1),
    "a slot that ends later now": lambda seen: _otherwise(seen, end=seen.slot.end - timedelta(minutes=5)),
    "a slot with another buffer now": lambda seen: _otherwise(
        seen, buffer_until=seen.slot.buffer_until + timedelta(minutes=5)
    ),
    "a sheet changed since": lambda seen: Changes(
        bookings=((_with_sheet(seen), _with_sheet(seen).hold("r-9", NOW, is_approved=True)),)
    ),
}


def _otherwise(seen: Booking, **changes: Any) -> Changes:
    """A slot that was read with those particulars, and that somebody takes."""
    read = replace(seen, slot=replace(seen.slot, **changes))
    return Changes(bookings=((read, read.hold("r-9", NOW, is_approved=True)),))


def _with_revision(seen: Booking) -> Booking:
    return replace(seen, slot=replace(seen.slot, revision=7))


def _with_sheet(seen: Booking) -> Booking:
    return replace(seen, sheets=tuple(replace(sheet, revision=7) for sheet in seen.sheets))


@pytest.mark.parametrize("stale", STALE.values(), ids=STALE)
def test_one_thing_that_is_not_as_it_was_read_and_nothing_is_written(
    known: StoredRecords, stale: Callable[[Booking], Changes]
) -> None:
    wrong, good = stale(found(known)), found(known, OTHER_SLOT)
    whole = replace(
        wrong,
        # two slots of one day write one sheet: where one is stale, only that one
        bookings=wrong.bookings or ((good, good.hold("r-8", NOW, is_approved=False)),),
        reservations=(*wrong.reservations, (None, _reservation("r-8"))),
        requests=(*wrong.requests, (None, replace(REQUEST, request_id="q-8"))),
        intents=(*wrong.intents, NEW_INTENT),
    )
    with pytest.raises(ConcurrentChangeError):
        known.commit(whole)
    assert (known.reservation("r-17"), known.reservation("r-8")) == (RESERVATION, None)
    assert (known.request("q-1"), known.request("q-8")) == (REQUEST, None)
    assert (known.intents(REMINDER.id.subject), known.intents("request#q-1")) == ([REMINDER], [])
    assert (found(known).slot, found(known, OTHER_SLOT)) == (SLOT, good)


HELD = (Booking(SLOT, (DaySheet("dr-1", SLOT.start.date()),)),) * 2
NAMED_TWICE: dict[str, Callable[[], Changes]] = {
    "an intent ended and planned": lambda: Changes(intents=(REMINDER,), endings=((REMINDER, SKIPPED),)),
    "an intent planned twice": lambda: Changes(intents=(REMINDER, REMINDER)),
    "an intent ended twice": lambda: Changes(endings=((REMINDER, SKIPPED), (REMINDER, SKIPPED))),
    "a reservation": lambda: Changes(reservations=((None, RESERVATION), (RESERVATION, RESERVATION))),
    "a request": lambda: Changes(requests=((None, REQUEST), (REQUEST, REQUEST))),
    "a slot": lambda: Changes(bookings=(HELD, HELD)),
    "a sheet that two slots do not agree about": lambda: Changes(
        bookings=tuple(
            (free, free.hold("r-9", NOW, is_approved=True))
            for free in (Booking(each, HELD[0].sheets) for each in (SLOT, OTHER_SLOT))
        )
    ),
}


@pytest.mark.parametrize("changes", NAMED_TWICE.values(), ids=NAMED_TWICE)
def test_what_names_a_thing_twice_was_not_read_together_and_is_read_again(
    changes: Callable[[], Changes],
) -> None:
    with pytest.raises(ConcurrentChangeError):
        changes()


def test_of_two_that_note_their_run_at_once_neither_is_lost(known: StoredRecords) -> None:
    quick, slow = RESERVATION.watched_by("run-1", LATER), RESERVATION.watched_by("run-2", LATER)
    known.commit(Changes(reservations=((RESERVATION, quick),)))
    with pytest.raises(ConcurrentChangeError):
        known.commit(Changes(reservations=((RESERVATION, slow),)))
    assert known.reservation("r-17") == quick


def test_who_loses_a_race_reads_again(known: StoredRecords) -> None:
    interruptions = [LATER, LATER + timedelta(seconds=1)]

    def watch() -> Reservation | None:
        seen = known.reservation("r-17")
        assert seen is not None
        if interruptions:
            at = interruptions.pop(0)
            known.commit(Changes(reservations=((seen, seen.watched_by(f"run-{at}", at)),)))
        at = LATER + timedelta(hours=1)
        known.commit(Changes(reservations=((seen, seen.watched_by("run-mine", at)),)))
        return known.reservation("r-17")

    after = retry_on_conflict(watch, "r-17")
    assert after is not None
    assert len(after.runs) == 3


def test_who_always_loses_gives_up_for_now() -> None:
    def lose() -> None:
        raise ConcurrentChangeError("r-17 was changed by somebody else")

    with pytest.raises(ConcurrentChangeError, match="r-17 keeps changing"):
        retry_on_conflict(lose, "r-17")


def _reservation(reservation_id: str) -> Reservation:
    return replace(RESERVATION, details=details(reservation_id=reservation_id))


class Overtaken(MemoryBookingStore):
    """Somebody changes the reservation whenever its messages have been read."""

    def intents(self, subject: str) -> list[Intent]:
        known = super().intents(subject)
        self.ledger.reservations["r-17"] = RESERVATION.watched_by("run-1", LATER)
        return known


def test_a_reservation_that_changes_while_its_messages_are_read_is_read_again() -> None:
    booking_store = Overtaken()
    booking_store.commit(Changes(reservations=((None, RESERVATION),), intents=(REMINDER,)))
    with pytest.raises(ConcurrentChangeError):
        reservation_and_intents(booking_store, "r-17")
    seen = RESERVATION.watched_by("run-1", LATER)
    assert reservation_and_intents(booking_store, "r-17") == (seen, [REMINDER])

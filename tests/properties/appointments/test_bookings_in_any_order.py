"""Bookings, requests, answers, cancellations, moves and new hours in any order, late, twice, with deaths.

I1, I2, I3, I5, I6 and I7 after every step, and each status as the oracle has it, which knows what is meant
and none of the code.
"""

from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import combinations

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clinic.adapters.dynamodb.slots import DynamoSlotStore
from clinic.contracts.tables import SLOTS as SLOTS_TABLE
from clinic.domain.instants import to_text
from clinic.domain.operations.consistency import Breach
from clinic.domain.slots.slot import Slot
from clinic.services.slots.generation import SlotStore
from clinic.services.unit_of_work import BookingStore
from tests.fakes.stores.booking_reader import complaints
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import moto_booking_store
from tests.properties.appointments.bookings_clinic import (
    DOCTOR,
    GIVEN_BACK,
    NINE,
    SLOTS,
    TIMETABLES,
    BookingsClinic,
    Death,
    SlotStoreOfRecords,
    Told,
    created,
    said,
)
from tests.properties.appointments.bookings_oracle import (
    ACTIVE,
    CANCELLED,
    MOVED,
    PLACEHOLDER,
    BookingsOracle,
    Said,
    Wish,
)

BOOKED = ["r-1", "r-2", "r-3"]
REQUESTED = ["q-1", "q-2", "q-3"]
# What each may become when it is rescheduled, beside itself.
NEXT = {name: f"{name}-new" for name in (*BOOKED, *REQUESTED)}
EVERYBODY = [*BOOKED, *REQUESTED, *NEXT.values()]
STATES = {"confirmed": ACTIVE, "cancelled": CANCELLED, "rescheduled": MOVED}
DEATHS = [
    Death(when, commit, is_repeated)
    for when, commit, is_repeated in (
        ("dies_before", 1, True),
        ("dies_before", 1, False),
        ("dies_after", 1, True),
        ("dies_before", 2, True),
        ("dies_before", 2, False),
        ("dies_after", 2, True),
    )
]
deaths = st.none() | st.none() | st.sampled_from(DEATHS)
# The refund is made, and nobody has noted it.
deaths_of_refunds = deaths | st.just(Death("dies_before", 2, is_repeated=False))
slots = st.sampled_from(sorted(SLOTS))
STEPS = [
    *(timedelta(seconds=1), timedelta(seconds=30), timedelta(minutes=20), timedelta(hours=3)),
    *(timedelta(hours=20), timedelta(hours=26)),
]


class BookingsInAnyOrder(RuleBasedStateMachine):
    """One doctor's Wednesday, two days ahead in the beginning."""

    looks_at_every = 1  # step

    def __init__(self) -> None:
        super().__init__()
        self.now = NINE - timedelta(days=2)
        self.oracle = BookingsOracle()
        self.clinic = BookingsClinic(*self.open())
        self.late: list[Told] = []
        self.heard: list[Told] = []
        self.count = 0
        self.looks = 0

    def open(self) -> tuple[BookingStore, SlotStore]:
        """Stores with nothing in them."""
        booking_store = MemoryBookingStore()
        return booking_store, SlotStoreOfRecords(booking_store)

    @initialize()
    def the_doctor_offers_something(self) -> None:
        self.hours_change(0, None)

    @rule(timetable=st.integers(0, len(TIMETABLES) - 1), death=deaths)
    def hours_change(self, timetable: int, death: Death | None) -> None:
        self.clinic.schedule(timetable)
        self.clinic.generate(self.now, death)
        wanted = {name: s for hours in TIMETABLES[timetable] for name, s in hours.stretches().items()}
        self.oracle.generates(wanted, self.now)

    @rule(
        who=st.sampled_from([*BOOKED, *NEXT.values()]),
        slot=slots,
        names_slot=st.sampled_from([True, True, True, False]),
        is_late=st.booleans(),
        death=deaths,
    )
    def is_booked(self, who: str, slot: str, death: Death | None, *, names_slot: bool, is_late: bool) -> None:
        place = slot if names_slot else None
        charge = self.clinic.pays(who)
        start = SLOTS[slot].start
        self.say(
            created(self.event_id(), self.second, who, start, slotId=place, chargeId=charge), death, is_late
        )

    @rule(
        who=st.sampled_from(REQUESTED),
        slot=slots,
        hours=st.sampled_from([-1, 1, 4, 30, 60]),
        is_late=st.sampled_from([True, False, False, False]),
        death=deaths,
    )
    def is_requested(self, who: str, slot: str, hours: int, death: Death | None, *, is_late: bool) -> None:
        request = said(
            self.event_id(),
            self.second,
            "reservation/requested",
            requestId=who,
            profileId=DOCTOR,
            slotId=slot,
            patientName="Paciente Ejemplo",
            patientPhone="+52 55 0000 0001",
            serviceName="Consulta general",
            expiresAt=to_text(self.second + timedelta(hours=hours)),
            chargeId=self.clinic.pays(who),
        )
        self.say(request, death, is_late)

    @rule(
        who=st.sampled_from(REQUESTED),
        answer=st.sampled_from(["approved", "approved", "declined", "request-expired"]),
        is_late=st.sampled_from([True, False, False, False]),
        death=deaths,
    )
    def is_answered(self, who: str, answer: str, death: Death | None, *, is_late: bool) -> None:
        self.say(said(self.event_id(), self.second, f"reservation/{answer}", requestId=who), death, is_late)

    # Whether a visit had begun is the one thing that an early cancellation can't know: not asked here.
    @precondition(lambda self: self.now < NINE)
    @rule(
        who=st.sampled_from(EVERYBODY),
        refund=st.sampled_from([True, True, False]),
        is_late=st.sampled_from([True, False, False]),
        death=deaths_of_refunds,
    )
    def is_cancelled(self, who: str, death: Death | None, *, refund: bool, is_late: bool) -> None:
        amount = GIVEN_BACK if refund else None
        cancellation = said(
            self.event_id(),
            self.second,
            "reservation/cancelled",
            reservationId=who,
            refundAmount=amount,
        )
        self.say(cancellation, death, is_late)

    @precondition(lambda self: self.now < NINE and self.those_who_stand())
    @rule(data=st.data(), death=deaths_of_refunds)
    def one_who_stands_is_cancelled(self, data: st.DataObject, death: Death | None) -> None:
        who = data.draw(st.sampled_from(self.those_who_stand()))
        self.is_cancelled(who, death, refund=True, is_late=False)

    @precondition(lambda self: self.those_who_stand())
    @rule(data=st.data(), slot=slots, is_same=st.booleans(), death=deaths)
    def one_who_stands_is_rescheduled(
        self, data: st.DataObject, slot: str, death: Death | None, *, is_same: bool
    ) -> None:
        who = data.draw(st.sampled_from(self.those_who_stand()))
        self.is_rescheduled(who, slot, death, names_slot=True, is_same=is_same, is_late=False)

    @rule(
        who=st.sampled_from(EVERYBODY),
        slot=slots,
        names_slot=st.sampled_from([True, True, True, False]),
        is_same=st.booleans(),
        is_late=st.sampled_from([True, False, False, False]),
        death=deaths,
    )
    def is_rescheduled(
        self, who: str, slot: str, death: Death | None, *, names_slot: bool, is_same: bool, is_late: bool
    ) -> None:
        moved = said(
            self.event_id(),
            self.second,
            "appointment/rescheduled",
            oldReservationId=who,
            newReservationId=None if is_same else NEXT.get(who),
            newAppointmentTime=to_text(SLOTS[slot].start),
            newSlotId=slot if names_slot else None,
            profileId=DOCTOR,
        )
        self.say(moved, death, is_late)

    @precondition(lambda self: self.late)
    @rule(data=st.data(), death=deaths)
    def a_late_event_comes(self, data: st.DataObject, death: Death | None) -> None:
        told = data.draw(st.sampled_from(self.late))
        self.late.remove(told)
        self.hear(told, death)

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), death=deaths)
    def an_event_comes_again(self, data: st.DataObject, death: Death | None) -> None:
        self.hear(data.draw(st.sampled_from(self.heard)), death)

    @rule(step=st.sampled_from(STEPS))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    def teardown(self) -> None:
        """In the end everything has come, and once more: what was left half done is done."""
        for _ in range(2):
            for told in [*self.late, *self.heard]:
                self.late = [other for other in self.late if other is not told]
                self.hear(told, None)
                self.everything_holds()
        self.look()
        self.the_refunds_are_those_that_were_due()

    def those_who_stand(self) -> list[str]:
        return [who for who, visit in self.oracle.visits.items() if visit.state == ACTIVE]

    @property
    def second(self) -> datetime:
        """The event bus's own time, which knows whole seconds only."""
        return self.now.replace(microsecond=0)

    def event_id(self) -> str:
        self.count += 1
        return f"e-{self.count}"

    def say(self, told: Told, death: Death | None, is_late: bool) -> None:
        if is_late:
            self.late.append(told)
        else:
            self.hear(told, death)

    def hear(self, told: Told, death: Death | None) -> None:
        if not self.clinic.hear(told, self.now, death):
            self.late.append(told)
            return
        if told not in self.heard:
            self.heard.append(told)
        self.tell_the_oracle(told)
        self.late += [own for own in self.clinic.announcements(self.second) if own not in self.heard]

    def tell_the_oracle(self, told: Told) -> None:
        detail, oracle, now = told.detail, self.oracle, self.now
        said = Said(told.at, told.event_id)
        match told.kind:
            case "appointment/created" if detail.get("isAnnouncement"):
                pass  # of what was approved: only its messages follow
            case "appointment/created":
                start = _instant(detail["appointmentTime"])
                oracle.is_created(detail["reservationId"], said, start, detail.get("slotId"), now)
            case "reservation/requested":
                slot, expires = detail["slotId"], _instant(detail["expiresAt"])
                oracle.is_requested(detail["requestId"], slot, SLOTS[slot].start, expires, now)
            case "reservation/approved":
                oracle.is_approved(detail["requestId"], now)
            case "reservation/declined":
                oracle.is_declined(detail["requestId"])
            case "reservation/request-expired":
                oracle.expires(detail["requestId"], now)
            case "reservation/cancelled":
                gives_back = "refundAmount" in detail
                oracle.is_cancelled(detail["reservationId"], said, gives_back=gives_back)
            case _:
                old = detail["oldReservationId"]
                start = _instant(detail["newAppointmentTime"])
                new = detail.get("newReservationId", old)
                name = told.event_id if old == new else new
                oracle.is_rescheduled(old, new, Wish(said, name, start, detail.get("newSlotId"), now))

    @invariant()
    def everything_holds(self) -> None:
        self.looks += 1
        if self.looks % self.looks_at_every == 0:
            self.look()

    def look(self) -> None:
        known = self.clinic.slots()
        self.i1_i2_every_place_is_counted_and_nobody_is_double_booked(known)
        self.i3_who_holds_a_place_is_expected(known)
        self.i5_the_slots_are_the_hours_and_what_is_held(known)
        self.i6_no_visit_is_refunded_twice()
        self.every_status_is_the_oracles()
        # These use cases know the doctor's name and no hours: a visit without a slot takes nothing.
        found = complaints(self.clinic.booking_store, DOCTOR, self.now)
        assert [finding for finding in found if finding.breach is not Breach.UNPLACED] == []

    def i1_i2_every_place_is_counted_and_nobody_is_double_booked(self, known: dict[str, Slot]) -> None:
        for slot in known.values():
            assert 0 <= slot.reserved_count == len(slot.holders) <= slot.capacity
        taken = [slot for slot in known.values() if slot.holders]
        assert not any(a.overlaps(b.start, b.buffer_until) for a, b in combinations(taken, 2))
        found = self.clinic.booking_store.bookings(DOCTOR, *sorted(known))
        on_sheets = {slot for booking in found if booking for sheet in booking.sheets for slot in sheet.taken}
        assert on_sheets == {slot.slot_id for slot in taken}

    def i3_who_holds_a_place_is_expected(self, known: dict[str, Slot]) -> None:
        for slot in known.values():
            for who in slot.booked:
                reservation = self.clinic.booking_store.reservation(who)
                assert reservation is not None
                assert reservation.status.is_active
                assert (reservation.details.slot_id, reservation.appointment_time) == (
                    slot.slot_id,
                    slot.start,
                )
            for who in slot.pending:
                request = self.clinic.booking_store.request(who)
                assert request is not None
                assert request.is_pending
                assert request.details.slot_id == slot.slot_id

    def i5_the_slots_are_the_hours_and_what_is_held(self, known: dict[str, Slot]) -> None:
        expected = self.oracle.slots
        assert {name: (s.start, s.end, s.buffer_until, s.capacity) for name, s in known.items()} == {
            name: (s.start, s.end, s.until, s.capacity) for name, s in expected.items()
        }
        held = {(slot.slot_id, who): True for slot in known.values() for who in slot.booked}
        held |= {(slot.slot_id, who): False for slot in known.values() for who in slot.pending}
        assert held == self.oracle.held

    def i6_no_visit_is_refunded_twice(self) -> None:
        refunded = [request.charge_id for request, _ in self.clinic.payments.made]
        assert len(set(refunded)) == len(refunded)

    def every_status_is_the_oracles(self) -> None:
        for who in EVERYBODY:
            reservation, visit = self.clinic.booking_store.reservation(who), self.oracle.visits.get(who)
            assert (reservation is None) is (visit is None), who
            if reservation is not None and visit is not None:
                state = PLACEHOLDER if reservation.is_placeholder else STATES[reservation.status.value]
                assert (state, reservation.rescheduled_to) == (visit.state, visit.moved_to)
                if visit.state == ACTIVE:
                    assert (reservation.appointment_time, reservation.details.slot_id) == (
                        visit.start,
                        visit.slot,
                    )
        for who in REQUESTED:
            request, asked = self.clinic.booking_store.request(who), self.oracle.asked.get(who)
            assert (request and request.status.value) == (asked and asked.status)

    def the_refunds_are_those_that_were_due(self) -> None:
        due = {who for who, v in self.oracle.visits.items() if v.state == CANCELLED and v.is_refunded}
        assert {request.reservation_id for request, _ in self.clinic.payments.made} == due


class BookingsInAnyOrderOnDynamoDB(BookingsInAnyOrder):
    """The same on DynamoDB, as moto plays it: fewer examples and looks, for it is slower by far."""

    looks_at_every = 8

    def open(self) -> tuple[BookingStore, SlotStore]:
        self.moto = ExitStack()
        booking_store = self.moto.enter_context(moto_booking_store())
        return booking_store, DynamoSlotStore.open(booking_store.connection, SLOTS_TABLE.name)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.moto.close()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


TestBookingsInAnyOrder = BookingsInAnyOrder.TestCase
TestBookingsInAnyOrder.settings = settings(
    max_examples=250, stateful_step_count=40, phases=[Phase.generate, Phase.shrink]
)

TestBookingsInAnyOrderOnDynamoDB = BookingsInAnyOrderOnDynamoDB.TestCase
TestBookingsInAnyOrderOnDynamoDB.settings = settings(
    max_examples=4, stateful_step_count=20, phases=[Phase.generate]
)

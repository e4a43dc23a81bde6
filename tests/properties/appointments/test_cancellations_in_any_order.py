"""Bookings, requests and their cancellations in any order and number, with deaths: the calm run's end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.contracts.events.base import Received
from clinic.domain.appointments.cancellations import RefundProgress
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.requests.request import RequestStatus
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.completion import CancellationAccount
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.requests.decisions import RequestDecisions
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.bookings import approved, asked, slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, again, cancelled
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.appointments.refunds import MemoryPayments, MortalBookingStore
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns

PLACE = slot(IN_NINE_DAYS, capacity=2)
OF_THE_END = ("appointment_cancelled", "request_withdrawn_patient")
BOTH = ["appointment_cancelled", "appointment_cancelled_doctor"]
CLINIC_IN_WORDS: dict[str, Any] = {"clinicName": "Clínica Ejemplo", "clinicAddress": "Calle Ficticia 123"}
IN_A_SLOT: dict[str, Any] = {"profileId": "dr-1", "slotId": PLACE.slot_id, "chargeId": "ch_1"}
STEP = timedelta(minutes=7)


@dataclass
class Clinic:
    """Everything in memory, with processes that die around two of the commits.

    Attributes:
        request_id: the request's own id; that of its reservation is r-17.
        cancelled_as, approved_as: by which of the two the events name it.
        refund: what a cancellation asks to be given back; none if 0.
        charge_id: what the request says was paid.
        waiting: the runs that wait for something that has not come.
    """

    dies_before: int | None = None
    dies_after: int | None = None
    stored: MemoryBookingStore = field(
        default_factory=lambda: MemoryBookingStore(slots={PLACE.slot_id: PLACE})
    )
    payments: MemoryPayments = field(default_factory=MemoryPayments)
    request_id: str = "r-17"
    cancelled_as: str = "r-17"
    approved_as: str = "r-17"
    refund: int = 100
    charge_id: str | None = None
    waiting: list[Callable[[datetime], bool]] = field(default_factory=list)
    accounts: list[CancellationAccount] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.booking_store: BookingStore = MortalBookingStore(self.stored, self.dies_before, self.dies_after)
        self.bench = CancellationBench(self.booking_store, self.stored.ledger, self.payments)
        self.bus = MemoryEvents()
        self.requests = RequestKeeping(self.booking_store, appointments(), self.bus)
        self.decisions = RequestDecisions(self.booking_store, appointments(), self.bus, MemoryRuns())
        self.letters = MessageDelivery(self.stored.ledger, ScriptedMessenger(), gate_on(), MemoryMeter())

    def deliver(self, name: str, now: datetime) -> None:
        """An event comes."""
        run = partial(getattr(self, f"_{name.rstrip('0123456789')}"), name)
        if not run(now):
            self.waiting.append(run)

    def settle(self, now: datetime) -> None:
        """Every run that waits looks again, until none does."""
        for turn in range(4):
            self.waiting = [run for run in self.waiting if not run(now + turn * STEP)]
        assert self.waiting == []

    def _created(self, name: str, now: datetime) -> bool:
        again(lambda: self.bench.planning.plan(event(name, NOW, **IN_A_SLOT), RUN, now))
        return True

    def _cancelled(self, name: str, now: datetime) -> bool:
        account = self.bench.run(self._cancellation(name), now)
        self.accounts += [account] if account else []
        return account is not None

    def _cancellation(self, name: str) -> Received[ReservationCancelled]:
        refund = self.refund or None
        return cancelled(name, AN_HOUR_LATER, reservationId=self.cancelled_as, refundAmount=refund)

    def _requested(self, name: str, now: datetime) -> bool:
        until = IN_NINE_DAYS - timedelta(days=1)
        particulars = {**CLINIC_IN_WORDS, "reservationId": "r-17", "chargeId": self.charge_id}
        wanted = asked(self.request_id, PLACE.slot_id, until, NOW, **particulars)
        plan = again(lambda: self.requests.receive(wanted, f"{RUN}{name}", now))
        for intent in plan.open_intents:
            self.letters.deliver(intent.id, now, f"{name}-{now}")
        return True

    def _approved(self, name: str, now: datetime) -> bool:
        decision = again(lambda: self.decisions.decide(approved(self.approved_as), now))
        if decision.is_booked and decision.request is not None:
            announced = appointment_created(decision.request.details)
            envelope = {
                "eventId": f"a-{name}",
                "eventTime": "2026-11-23T15:30:00Z",
                "detail": announced.to_detail(),
            }
            received = ReceivedAppointmentCreated.parse(envelope)
            again(lambda: self.bench.planning.plan(received, RUN, now))
        return decision.retry_at is None


def play(clinic: Clinic, names: list[str]) -> Clinic:
    now = AN_HOUR_LATER
    for name in names:
        now += STEP
        clinic.deliver(name, now)
    clinic.settle(now + STEP)
    return clinic


def end_of(clinic: Clinic) -> tuple[object, ...]:
    """What must be the same however it came about."""
    reservation = clinic.stored.reservation("r-17")
    assert reservation is not None
    assert reservation.cancellation is not None
    intents = clinic.stored.intents(SUBJECT)
    return (
        reservation.status,
        reservation.is_placeholder,
        reservation.details.patient_name,
        reservation.cancellation,
        clinic.stored.slots[PLACE.slot_id].holders,
        sorted(clinic.bench.messages()),
        [(i.kind, i.status, i.parameters) for i in intents if not i.id.follows_appointment],
        [i.kind for i in intents if i.status.is_open],
        [receipt for _, receipt in clinic.payments.made],
        list(clinic.bench.statistics.kept.values()),
    )


commit_numbers = st.none() | st.integers(1, 6)
of_a_booking = st.lists(
    st.sampled_from(["created1", "created2", "cancelled1", "cancelled2"]), min_size=2, max_size=7
).filter(lambda names: {"created", "cancelled"} == {name.rstrip("12") for name in names})
of_a_request = st.lists(
    st.sampled_from(["requested1", "approved1", "cancelled1", "cancelled2"]), min_size=2, max_size=7
).filter(lambda names: {"requested", "cancelled"} <= {name.rstrip("12") for name in names})


@given(of_a_booking, commit_numbers, commit_numbers)
@example(["cancelled1", "created1"], None, None)
@example(["cancelled1", "cancelled2", "created2", "created1"], 1, 2)
def test_a_booking_that_was_cancelled_ends_as_in_the_calm_run(
    names: list[str], dies_before: int | None, dies_after: int | None
) -> None:
    calm = play(Clinic(), ["created1", "cancelled1"])
    assert sorted(calm.bench.messages()) == BOTH
    clinic = play(Clinic(dies_before, dies_after), names)
    assert end_of(clinic) == end_of(calm)
    assert clinic.accounts[-1] == calm.accounts[-1]


@given(of_a_request, commit_numbers, commit_numbers)
@example(["cancelled1", "requested1", "approved1"], None, None)
@example(["requested1", "cancelled1", "approved1"], None, None)
def test_a_request_that_was_cancelled_holds_nothing_and_its_patient_is_told_once(
    names: list[str], dies_before: int | None, dies_after: int | None
) -> None:
    clinic = play(Clinic(dies_before, dies_after), names)
    require_nothing_left(clinic)
    assert clinic.payments.made == []


either = st.sampled_from(["q-1", "r-17"])


@given(of_a_request, st.tuples(either, either), st.sampled_from([0, 100]), commit_numbers, commit_numbers)
@example(["requested1", "cancelled1"], ("r-17", "q-1"), 100, None, None)
@example(["cancelled1", "requested1", "approved1"], ("q-1", "q-1"), 100, None, None)
@example(["requested1", "approved1", "cancelled1"], ("q-1", "r-17"), 100, None, None)
@example(["cancelled1", "requested1", "cancelled2"], ("q-1", "q-1"), 0, 2, 3)
def test_a_request_with_an_id_of_its_own_ends_the_same_by_whichever_id_its_events_name_it(
    names: list[str], called: tuple[str, str], refund: int, dies_before: int | None, dies_after: int | None
) -> None:
    clinic = Clinic(
        dies_before,
        dies_after,
        request_id="q-1",
        cancelled_as=called[0],
        approved_as=called[1],
        refund=refund,
        charge_id="ch_1",
    )
    require_nothing_left(play(clinic, names))
    assert [receipt.money.amount for _, receipt in clinic.payments.made] == [refund] * bool(refund)
    owed = [
        kept.cancellation.refund.progress
        for kept in clinic.stored.ledger.reservations.values()
        if kept.cancellation is not None and kept.cancellation.refund is not None
    ]
    assert owed == [RefundProgress.MADE] * bool(refund)


def require_nothing_left(clinic: Clinic) -> None:
    request, reservation = clinic.stored.request(clinic.request_id), clinic.stored.reservation("r-17")
    assert request is not None
    assert request.status in {RequestStatus.WITHDRAWN, RequestStatus.APPROVED}
    assert reservation is None or reservation.status is ReservationStatus.CANCELLED
    assert clinic.stored.slots[PLACE.slot_id].holders == frozenset()
    told = [template for template in clinic.bench.messages() if template in OF_THE_END]
    assert told == [OF_THE_END[request.status is RequestStatus.WITHDRAWN]]
    open_ones = [i.kind for i in clinic.stored.ledger.rows.values() if i.status.is_open]
    assert set(open_ones) <= {"approval_too_late_doctor"}

"""A cancellation's text is true of money when it leaves, and the patient reads of a refund once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.appointments.cancellations import RefundProgress
from clinic.domain.errors import (
    CitasError,
    MessageRefusedError,
    MessengerDeferredError,
    MessengerOutcomeUnknownError,
    PaymentsAccountError,
)
from clinic.domain.messages.intent import Intent, IntentStatus, Reason
from clinic.services.messages.delivery import MessageDelivery
from clinic.templates.catalogue import CATALOGUE
from clinic.templates.template import LONGEST_TEXT
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.refunds import MemoryPayments
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ProcessDied
from tests.fakes.requests.desk import Desk
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords
from tests.fakes.workflow_ports import MemoryMeter
from tests.properties.messages.stand_ins import InterruptedLedger

NO_REFUND = "No aplica"
IN_TOUCH = "El consultorio se comunicará con usted al respecto"
ALL_OF_IT = "$500.00"
THREE_HOURS_LATER = AN_HOUR_LATER + timedelta(hours=2)


def later() -> MessengerDeferredError:
    """WhatsApp says: not before three seconds have gone by."""
    return MessengerDeferredError("x", 131056, 3)


def booked(booking_store: StoredRecords) -> CancellationBench:
    bench = CancellationBench(booking_store, booking_store.ledger, MemoryPayments())
    bench.book(profileId="dr-1", chargeId="ch_1")
    return bench


@pytest.fixture
def bench(booking_store: StoredRecords) -> CancellationBench:
    return booked(booking_store)


@pytest.fixture
def in_memory() -> CancellationBench:
    return booked(MemoryBookingStore())


def cancelled_late(bench: CancellationBench, **first: Any) -> None:
    """The visit is cancelled, the doctor is told, and the patient's notice could not leave."""
    bench.messenger.script = [later()]
    bench.run(cancelled("c-1", AN_HOUR_LATER, **first), AN_HOUR_LATER)
    assert bench.messages() == ["appointment_cancelled_doctor"]


def refunded(bench: CancellationBench, now: datetime = AN_HOUR_LATER) -> None:
    """A second event asks for money, and it is given back; nothing is sent yet."""
    bench.cancel(event_id="c-2", refundAmount=500)
    bench.refunding.refund("r-17", now)


def one(bench: CancellationBench, kind: str) -> Intent:
    (found,) = (intent for intent in bench.booking_store.intents(SUBJECT) if intent.kind == kind)
    return found


def send(bench: CancellationBench, kind: str, now: datetime) -> datetime | None:
    """Ask for it to be sent; when to ask again, if it is too early to say."""
    return bench.delivery.deliver(one(bench, kind).id, now, f"{kind}-{now}").retry_at


def said_of_money(bench: CancellationBench) -> list[str]:
    """What the accepted texts say of it."""
    parameters = [message.values for message in bench.messenger.accepted]
    return [values["refund_amount"] for values in parameters if "refund_amount" in values]


def test_a_text_that_leaves_late_names_the_refund_that_was_made_meanwhile(bench: CancellationBench) -> None:
    cancelled_late(bench)
    assert one(bench, "cancellation").parameters["refund_amount"] == NO_REFUND
    bench.run(cancelled("c-2", AN_HOUR_LATER, refundAmount=500), THREE_HOURS_LATER)
    assert bench.messages() == ["appointment_cancelled_doctor", "appointment_cancelled"]
    assert said_of_money(bench) == [ALL_OF_IT]
    assert one(bench, "cancellation").parameters["refund_amount"] == ALL_OF_IT
    told = one(bench, "refund_made")
    assert (told.status, told.reason) == (IntentStatus.SKIPPED, Reason.TOLD_WITH_CANCELLATION)


def test_a_refund_that_was_not_settled_is_named_once_it_is_made(bench: CancellationBench) -> None:
    payments = bench.payments
    assert isinstance(payments, MemoryPayments)
    payments.script = [PaymentsAccountError("x")]
    cancelled_late(bench, refundAmount=500)
    assert one(bench, "cancellation").parameters["refund_amount"] == IN_TOUCH
    bench.run(cancelled("c-1", AN_HOUR_LATER, refundAmount=500), THREE_HOURS_LATER)
    assert said_of_money(bench) == [ALL_OF_IT]


def test_a_refund_that_is_asked_for_and_not_made_is_not_denied(bench: CancellationBench) -> None:
    cancelled_late(bench)
    bench.cancel(event_id="c-2", refundAmount=500)
    send(bench, "cancellation", THREE_HOURS_LATER)
    assert said_of_money(bench) == [IN_TOUCH]
    bench.refunding.refund("r-17", THREE_HOURS_LATER)
    send(bench, "refund_made", THREE_HOURS_LATER)
    assert said_of_money(bench) == [IN_TOUCH, ALL_OF_IT]


def test_a_refund_that_is_made_while_the_text_is_about_to_be_claimed_is_in_it(
    bench: CancellationBench,
) -> None:
    cancelled_late(bench)
    bench.cancel(event_id="c-2", refundAmount=500)
    ledger = InterruptedLedger(bench.ledger, meanwhile=lambda: refunded(bench))
    bench.delivery = MessageDelivery(ledger, bench.messenger, gate_on(), MemoryMeter(), "MXN")
    send(bench, "cancellation", THREE_HOURS_LATER)
    send(bench, "refund_made", THREE_HOURS_LATER)
    assert said_of_money(bench) == [ALL_OF_IT]


@pytest.mark.parametrize("is_answered", [True, False], ids=["accepted", "no answer"])
def test_a_refund_that_is_made_while_the_text_leaves_is_told_by_itself_unless_it_leaves_again(
    in_memory: CancellationBench, is_answered: bool
) -> None:
    bench = in_memory
    cancelled_late(bench)

    def meanwhile() -> None:
        refunded(bench)
        if not is_answered:
            raise MessengerOutcomeUnknownError("x")

    bench.messenger.script = [meanwhile]
    send(bench, "cancellation", THREE_HOURS_LATER)
    again_at = send(bench, "refund_made", THREE_HOURS_LATER)
    if is_answered:
        assert said_of_money(bench) == [NO_REFUND, ALL_OF_IT]
        return
    assert again_at is not None  # whether the first was accepted nobody knows yet
    assert said_of_money(bench) == []
    send(bench, "cancellation", THREE_HOURS_LATER + timedelta(minutes=15))
    send(bench, "refund_made", THREE_HOURS_LATER + timedelta(minutes=16))
    assert said_of_money(bench) == [ALL_OF_IT]


def test_the_refunds_own_text_waits_for_the_cancellations(in_memory: CancellationBench) -> None:
    bench = in_memory
    cancelled_late(bench)
    refunded(bench)
    now, looks = AN_HOUR_LATER, 0
    while (retry_at := send(bench, "refund_made", now)) is not None:
        looks += 1
        assert retry_at > now
        now = retry_at
        if now >= AN_HOUR_LATER + timedelta(hours=6) and one(bench, "cancellation").status.is_open:
            send(bench, "cancellation", now)
    assert looks < 30
    assert said_of_money(bench) == [ALL_OF_IT]


@pytest.mark.parametrize("how", ["refused", "too late", "nobody asks for it"])
def test_a_refund_is_told_by_itself_where_the_cancellations_text_never_leaves(
    in_memory: CancellationBench, how: str
) -> None:
    bench = in_memory
    cancelled_late(bench)
    refunded(bench, AN_HOUR_LATER + timedelta(minutes=1))
    bench.messenger.script = [MessageRefusedError("x", None)] if how == "refused" else []
    now = AN_HOUR_LATER + (timedelta(hours=24) if how != "refused" else timedelta(hours=2))
    if how != "nobody asks for it":
        send(bench, "cancellation", now)
    # It stays of use for a day after the other one can't leave any more.
    send(bench, "refund_made", now + timedelta(hours=23))
    assert said_of_money(bench) == [ALL_OF_IT]
    assert bench.messages()[-1] == "refund_made"


def test_a_withdrawn_requests_text_names_the_refund_too() -> None:
    desk = Desk()
    desk.ask(chargeId="ch_1")
    bench = CancellationBench(desk.booking_store, desk.booking_store.ledger)
    now = AN_HOUR_LATER
    bench.messenger.script = [later()]
    bench.run(cancelled("c-1", now, reservationId="q-1"), now)
    five_minutes_later = now + timedelta(minutes=5)
    bench.run(cancelled("c-2", now, reservationId="q-1", refundAmount=500), five_minutes_later)
    assert bench.messages() == ["request_withdrawn_patient"]
    assert said_of_money(bench) == [ALL_OF_IT]


def test_a_longer_sentence_about_the_refund_leaves_the_text_within_what_whatsapp_takes(
    in_memory: CancellationBench,
) -> None:
    bench = in_memory
    cancelled_late(bench, cancellationReason="El paciente no puede venir ese día. " * 40)
    planned = one(bench, "cancellation")
    bench.cancel(event_id="c-2", refundAmount=9000)
    send(bench, "cancellation", THREE_HOURS_LATER)
    (sent,) = (message for message in bench.messenger.accepted if message.name == planned.template)
    assert sent.values["refund_amount"] == IN_TOUCH
    assert len(CATALOGUE[sent.name, sent.language].render(sent.values)) <= LONGEST_TEXT
    assert len(CATALOGUE[sent.name, sent.language].render(planned.parameters)) > LONGEST_TEXT - 60


# -- in any order -----------------------------------------------------------------------------------------


@dataclass
class Postman:
    """A cancelled visit whose notices leave, fail and wait while its refund is asked for, made or not.

    Attributes:
        truths: what was true of the refund when each text about it was handed to WhatsApp.
    """

    bench: CancellationBench = field(default_factory=lambda: booked(MemoryBookingStore()))
    now: datetime = AN_HOUR_LATER
    truths: list[bool] = field(default_factory=list)
    claims: int = 0

    def __post_init__(self) -> None:
        self.bench.cancel()

    def is_made(self) -> bool:
        reservation = self.bench.booking_store.reservation("r-17")
        assert reservation is not None
        assert reservation.cancellation is not None
        refund = reservation.cancellation.refund
        return refund is not None and refund.progress is RefundProgress.MADE

    def step(self, name: str) -> None:
        """One thing happens; afterwards a little time has passed."""
        getattr(self, name)()
        self.now += timedelta(minutes=20)

    def asks(self) -> None:
        self.bench.cancel(event_id="c-2", now=self.now, refundAmount=500)

    def refunds(self) -> None:
        if self.asked:
            self.bench.refunding.refund("r-17", self.now)

    def gives_up(self) -> None:
        if self.asked:
            self.bench.refunding.record_failure("r-17", "PaymentsUnavailableError", self.now)

    @property
    def asked(self) -> bool:
        reservation = self.bench.booking_store.reservation("r-17")
        assert reservation is not None
        assert reservation.cancellation is not None
        return reservation.cancellation.refund is not None

    def cancellation_leaves(self) -> None:
        self._leaves("cancellation")

    def refund_made_leaves(self) -> None:
        self._leaves("refund_made")

    def is_held_back(self) -> None:
        self.bench.messenger.script = [later()]
        self._leaves("cancellation")

    def dies(self) -> None:
        self.bench.messenger.script = [ProcessDied()]
        self._leaves("cancellation")

    def refund_comes_between(self) -> None:
        self.bench.messenger.script = [self.refunds]
        self._leaves("cancellation")

    def _leaves(self, kind: str) -> None:
        known = self.bench.booking_store.intents(SUBJECT)
        for intent in (it for it in known if it.kind == kind):
            self.claims += 1
            before, is_made = len(self.bench.messenger.accepted), self.is_made()
            try:
                self.bench.delivery.deliver(intent.id, self.now, f"claim-{self.claims}")
            except (ProcessDied, CitasError):
                self.bench.delivery.record_failure(intent.id, "Runtime.ExitError", self.now)
            if len(self.bench.messenger.accepted) > before:
                self.truths.append(is_made)
        self.bench.messenger.script = []


STEPS = [
    *("asks", "refunds", "gives_up", "refund_comes_between"),
    *("cancellation_leaves", "refund_made_leaves", "is_held_back", "dies"),
]


@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_in_any_order_every_text_is_true_when_it_leaves_and_one_names_the_amount(steps: list[str]) -> None:
    postman = Postman()
    for name in steps:
        postman.step(name)
    for _ in range(4):
        postman.step("cancellation_leaves")
        postman.step("refund_made_leaves")
    told = said_of_money(postman.bench)
    assert [text == ALL_OF_IT for text in told] == postman.truths
    assert told.count(ALL_OF_IT) == postman.is_made()

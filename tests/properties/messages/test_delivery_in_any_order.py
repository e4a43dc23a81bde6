"""Events, deliveries, failures, cancellations and the clock in any order: each message at most once."""

from collections.abc import Callable
from contextlib import ExitStack, nullcontext, suppress
from datetime import datetime, timedelta

import boto3
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clinic.contracts.tables import RESERVATIONS
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    InvalidEventError,
    MessageRefusedError,
    MessengerAccountError,
    MessengerDeferredError,
    MessengerOutcomeUnknownError,
    MessengerThrottledError,
    MessengerUnavailableError,
    RecipientUnreachableError,
    StoreUnavailableError,
    TemplateRejectedError,
    TemplateSuspectedError,
)
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.services.messages.delivery import MessageDelivery
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import MemoryLedger, ProcessDied
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords, moto_booking_store
from tests.fakes.workflow_ports import MemoryMeter
from tests.properties.messages.oracle import Oracle, Told
from tests.properties.messages.stand_ins import Failure, InterruptedLedger, JudgedMessenger

SUBJECT = "reservation#r-17"
PHONES = ["+525500000001", "+525500000002"]
LEADS = [timedelta(days=9), timedelta(hours=25), timedelta(hours=10), timedelta(hours=1), timedelta(hours=24)]
STEPS = [
    *(
        timedelta(milliseconds=1),
        timedelta(seconds=1),
        timedelta(seconds=59),
        timedelta(seconds=61),
        timedelta(minutes=15),
    ),
    *(timedelta(hours=1), timedelta(hours=22), timedelta(days=1)),
]
FINAL = {IntentStatus.SENT, IntentStatus.FAILED, IntentStatus.SKIPPED, IntentStatus.SUPERSEDED}

NOT_ACCEPTED: list[Failure] = [
    MessengerUnavailableError("x"),
    MessengerThrottledError("x"),
    MessengerAccountError("x"),
    StoreUnavailableError("x"),
    ConfigurationError("x"),
    MessengerDeferredError("x", 131056, 4),
    MessengerDeferredError("x", 131049, 86400),
    RecipientUnreachableError("x", 131026),
    TemplateRejectedError("x", 132001),
    TemplateSuspectedError("x", 132000),
    MessageRefusedError("x", None),
    MessengerOutcomeUnknownError("x"),
    ProcessDied(),
]
ACCEPTED_AND_THEN: list[Failure] = [MessengerOutcomeUnknownError("x"), ProcessDied()]
MEANWHILE = ["another asks", "it is cancelled", "it is moved", "its failure is recorded"]


class DeliveryInAnyOrder(RuleBasedStateMachine):
    """One reservation in a ledger, and all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.oracle = Oracle()
        self.booking_store = self.open_booking_store()
        self.ledger = InterruptedLedger(self.booking_store.ledger)
        self.messenger = JudgedMessenger(self.oracle, lambda: self.now)
        self.delivery = MessageDelivery(self.ledger, self.messenger, gate_on(), MemoryMeter())
        self.planning = planning_on(self.booking_store)
        self.told: list[Told] = []
        self.settled: dict[IntentId, IntentStatus] = {}
        self.claims = 0

    def open_booking_store(self) -> StoredRecords:
        """The records under test."""
        self.memory = MemoryLedger()
        return MemoryBookingStore(self.memory)

    def write_cancellation(self) -> None:
        """What whoever owns the reservation writes."""
        self.memory.set_status("r-17", ReservationStatus.CANCELLED)

    @initialize(lead=st.sampled_from(LEADS))
    def book(self, lead: timedelta) -> None:
        self.tell(self.now + lead, PHONES[0], timedelta(0))

    @rule(lead=st.sampled_from(LEADS), phone=st.sampled_from(PHONES), ago=st.integers(-1, 3))
    def another_event_moves_it(self, lead: timedelta, phone: str, ago: int) -> None:
        self.tell(self.now.replace(microsecond=0) + lead, phone, timedelta(hours=ago))

    @rule(phone=st.sampled_from(PHONES), ago=st.integers(0, 1))
    def another_event_corrects_it(self, phone: str, ago: int) -> None:
        self.tell(self.oracle.versions[self.oracle.version].visit, phone, timedelta(hours=ago))

    @rule(past=st.timedeltas(timedelta(0), timedelta(days=1)))
    def an_event_names_a_time_that_is_over(self, past: timedelta) -> None:
        self.tell(self.now - past, PHONES[0], timedelta(0))

    @rule(data=st.data())
    def an_event_comes_again(self, data: st.DataObject) -> None:
        self.hear(data.draw(st.sampled_from(self.told)))

    @precondition(lambda self: not self.oracle.cancelled)
    @rule()
    def it_is_cancelled(self) -> None:
        self.cancel()

    @rule()
    def time_passes_to_the_next_messages_turn(self) -> None:
        ahead = [i.due_at for i in self.intents() if i.status.is_open and i.due_at > self.now]
        self.now = min(ahead, default=self.now)

    @rule(step=st.sampled_from(STEPS))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(
        data=st.data(), early=st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(hours=-1)])
    )
    def time_passes_to_an_edge_of_a_window(self, data: st.DataObject, early: timedelta) -> None:
        intent = self.one_of_them(data)
        edge = data.draw(st.sampled_from([intent.due_at, intent.useful_until]))
        self.now = max(self.now, edge - early)

    @rule(data=st.data())
    def one_is_asked_for(self, data: st.DataObject) -> None:
        self.deliver(self.one_of_them(data).id)

    @rule(data=st.data(), answer=st.sampled_from(NOT_ACCEPTED))
    def one_is_asked_for_and_not_accepted(self, data: st.DataObject, answer: Failure) -> None:
        self.messenger.refusal = answer
        self.deliver(self.one_of_them(data).id)

    @rule(data=st.data(), answer=st.sampled_from(ACCEPTED_AND_THEN))
    def one_is_accepted_and_the_answer_lost(self, data: st.DataObject, answer: Failure) -> None:
        self.messenger.lost_answer = answer
        self.deliver(self.one_of_them(data).id)

    @rule(data=st.data(), what=st.sampled_from(MEANWHILE), is_refused=st.booleans())
    def something_happens_while_one_is_sent(
        self, data: st.DataObject, what: str, *, is_refused: bool
    ) -> None:
        intent_id = self.one_of_them(data).id
        self.messenger.meanwhile = self.meanwhile(what, intent_id)
        self.messenger.refusal = MessengerUnavailableError("x") if is_refused else None
        self.deliver(intent_id)

    @rule(data=st.data(), what=st.sampled_from(MEANWHILE))
    def something_happens_before_a_write(self, data: st.DataObject, what: str) -> None:
        intent_id = self.one_of_them(data).id
        self.ledger.meanwhile = self.meanwhile(what, intent_id)
        self.deliver(intent_id)
        self.ledger.meanwhile = None

    @rule(data=st.data())
    def a_failure_is_recorded(self, data: st.DataObject) -> None:
        self.record_failure(self.one_of_them(data).id)

    @invariant()
    def everything_holds(self) -> None:
        intents = self.intents()
        self.what_is_final_stays_so(intents)
        self.the_ledger_tells_the_truth(intents)
        self.nothing_is_in_doubt_without_a_reason(intents)
        self.the_reservation_is_what_the_newest_event_said(intents)
        self.every_version_has_its_messages(intents)

    def what_is_final_stays_so(self, intents: list[Intent]) -> None:
        for intent in intents:
            if intent.id in self.settled:
                assert intent.status is self.settled[intent.id]
            if intent.status in FINAL:
                assert intent.reason
                self.settled[intent.id] = intent.status

    def the_ledger_tells_the_truth(self, intents: list[Intent]) -> None:
        accepted = {(version, kind) for version, kind, _ in self.oracle.accepted}
        for intent in intents:
            key = (intent.id.version, intent.kind)
            if intent.status is IntentStatus.SENT:
                assert key in accepted
            elif key not in self.oracle.doubtful and intent.status is not IntentStatus.SENDING:
                assert key not in accepted

    def nothing_is_in_doubt_without_a_reason(self, intents: list[Intent]) -> None:
        open_ended = {IntentStatus.UNKNOWN, IntentStatus.SENDING}
        assert {i.id for i in intents if i.status in open_ended} <= self.messenger.in_doubt

    def the_reservation_is_what_the_newest_event_said(self, intents: list[Intent]) -> None:
        reservation = self.ledger.reservation("r-17")
        if reservation is None:
            return
        assert reservation.version == self.oracle.version
        assert reservation.appointment_time == self.oracle.versions[self.oracle.version].visit
        assert reservation.details.patient_phone == self.oracle.phone
        assert reservation.reminders_sent == {
            intent.kind.removeprefix("reminder_"): intent.sent_at
            for intent in intents
            if intent.id.version == reservation.version
            and intent.status is IntentStatus.SENT
            and intent.kind != "confirmation"
        }

    def every_version_has_its_messages(self, intents: list[Intent]) -> None:
        expected = {
            (version, kind)
            for version, known in self.oracle.versions.items()
            for kind in ("confirmation", "reminder_24h", "reminder_2h")
            if known.visit > known.known_at or kind == "confirmation"  # a walk-in is reminded of nothing
        }
        assert {(intent.id.version, intent.kind) for intent in intents} == expected

    def teardown(self) -> None:
        """In the end each is asked for twice more, after all waits would have run out: none stays open."""
        if self.oracle.versions:
            self.now = max(self.now, *(a.visit for a in self.oracle.versions.values())) + timedelta(days=1)
        for intent in [*self.intents(), *self.intents()]:
            self.deliver(intent.id)
        assert [i for i in self.intents() if i.status.is_open or not i.reason] == []
        self.everything_holds()

    def intents(self) -> list[Intent]:
        return self.ledger.intents(SUBJECT)

    def one_of_them(self, data: st.DataObject) -> Intent:
        """Any intent, but oftener one that can still be sent now."""
        everyone = self.intents()
        open_now = [i for i in everyone if i.status.is_open and i.due_at <= self.now < i.useful_until]
        return data.draw(st.sampled_from(everyone) | st.sampled_from(open_now or everyone))

    def tell(self, visit: datetime, phone: str, ago: timedelta) -> None:
        second = (self.now - ago).replace(microsecond=0)
        self.told.append(Told(f"e-{len(self.told)}", second, visit.replace(microsecond=0), phone))
        self.hear(self.told[-1])

    def hear(self, told: Told) -> None:
        received = event(
            told.event_id, told.second, appointmentTime=to_text(told.visit), patientPhone=told.phone
        )
        self.oracle.hears(told, self.now)
        # A cancelled visit that is booked anew by its old id is refused.
        with suppress(InvalidEventError) if self.oracle.cancelled else nullcontext():
            self.planning.plan(received, RUN, self.now)

    def meanwhile(self, what: str, intent_id: IntentId) -> Callable[[], None]:
        """Something that somebody else does."""
        others: dict[str, Callable[[], None]] = {
            "another asks": lambda: self.deliver(intent_id),
            "it is cancelled": self.cancel,
            "it is moved": lambda: self.tell(self.now + timedelta(days=3), PHONES[1], timedelta(0)),
            "its failure is recorded": lambda: self.record_failure(intent_id),
        }
        return others[what]

    def cancel(self) -> None:
        self.oracle.cancelled = True
        self.write_cancellation()

    def deliver(self, intent_id: IntentId) -> None:
        self.claims += 1
        try:
            delivery = self.delivery.deliver(intent_id, self.now, f"request-{self.claims}")
        except (CitasError, ProcessDied):
            return
        finally:
            self.messenger.refusal = self.messenger.lost_answer = self.messenger.meanwhile = None
        intent, retry_at = delivery.intent, delivery.retry_at
        assert (retry_at is not None) or not intent.status.is_open, "nobody asks for it again"
        if retry_at is None:
            return
        if intent.status is IntentStatus.PLANNED:
            assert self.now < retry_at < intent.useful_until, "to be asked for when it is of no use"
        if intent.status is IntentStatus.UNKNOWN:
            assert self.now <= retry_at <= max(intent.useful_until, self.now)

    def record_failure(self, intent_id: IntentId) -> None:
        intent = self.ledger.intent(intent_id)
        if intent is not None and intent.status is IntentStatus.SENDING:
            self.messenger.in_doubt.add(intent_id)
        self.delivery.record_failure(intent_id, "MessengerUnavailableError", self.now)


class DeliveryInAnyOrderOnDynamoDB(DeliveryInAnyOrder):
    """The same on DynamoDB, as moto plays it: fewer examples, for it is slower by far."""

    def open_booking_store(self) -> StoredRecords:
        self.moto = ExitStack()
        booking_store = self.moto.enter_context(moto_booking_store())
        self.client = boto3.client("dynamodb")
        return booking_store

    def write_cancellation(self) -> None:
        self.client.update_item(
            TableName=RESERVATIONS.name,
            Key={RESERVATIONS.partition_key: {"S": "r-17"}},
            UpdateExpression="SET #status = :cancelled",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":cancelled": {"S": ReservationStatus.CANCELLED.value}},
        )

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.moto.close()


TestDeliveryInAnyOrder = DeliveryInAnyOrder.TestCase
TestDeliveryInAnyOrder.settings = settings(
    max_examples=250, stateful_step_count=30, phases=[Phase.generate, Phase.shrink]
)

TestDeliveryInAnyOrderOnDynamoDB = DeliveryInAnyOrderOnDynamoDB.TestCase
TestDeliveryInAnyOrderOnDynamoDB.settings = settings(
    max_examples=10, stateful_step_count=20, phases=[Phase.generate]
)

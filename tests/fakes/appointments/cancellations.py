"""Cancellations, and the steps of their workflow in the order the state machine takes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.base import Received, receive
from clinic.domain.errors import CitasError, PaymentsThrottledError, PaymentsUnavailableError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus, reservation_subject
from clinic.services.appointments.cancellation import CancellationPlan, ReservationCancelling
from clinic.services.appointments.completion import CancellationAccount, CancellationCompletion
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.appointments.refunding import Payments, Refunding
from clinic.services.messages.delivery import Ledger, MessageDelivery
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.appointments.refunds import MemoryPayments
from tests.fakes.examples import CLINIC, NOW, PROFILE, event
from tests.fakes.messages.channel import MemoryChannel, gate_on
from tests.fakes.ports import MemoryDirectory, ProcessDied, ScriptedMessenger
from tests.fakes.workflow_ports import MemoryMeter, MemoryRuns, MemoryStatistics

AN_HOUR_LATER = NOW + timedelta(hours=1)
SUBJECT = reservation_subject("r-17")
# What the definition retries, and how often.
_RETRIES = 2
_ResultT = TypeVar("_ResultT")


def cancellation_detail(**changes: Any) -> dict[str, Any]:
    """The detail of a ``reservation/cancelled``; a change to None leaves the field out."""
    whole = {"reservationId": "r-17", "cancelledBy": "patient", **changes}
    return {name: value for name, value in whole.items() if value is not None}


def cancellation_envelope(
    event_id: str = "c-1", at: datetime = AN_HOUR_LATER, **changes: Any
) -> dict[str, Any]:
    """What the rule hands to the state machine."""
    return {"id": event_id, "time": to_text(at), "detail": cancellation_detail(**changes)}


def cancelled(
    event_id: str = "c-1", at: datetime = AN_HOUR_LATER, **changes: Any
) -> Received[ReservationCancelled]:
    """A valid ``reservation/cancelled``."""
    envelope = cancellation_envelope(event_id, at, **changes)
    return receive(envelope, ReservationCancelled)


@dataclass
class CancellationBench:
    """The workflow's steps on these records, with everything around them in memory."""

    booking_store: BookingStore
    ledger: Ledger
    payments: Payments = field(default_factory=MemoryPayments)
    messenger: ScriptedMessenger = field(default_factory=ScriptedMessenger)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    statistics: MemoryStatistics = field(default_factory=MemoryStatistics)
    channel: MemoryChannel = field(default_factory=MemoryChannel)

    def __post_init__(self) -> None:
        self.profiles = {"dr-1": PROFILE}
        reader = appointments(MemoryDirectory(clinics={"main": CLINIC}, profiles=self.profiles))
        self.planning = ReminderPlanning(self.booking_store, reader)
        self.cancelling = ReservationCancelling(self.booking_store, reader, "MXN")
        self.refunding = Refunding(self.booking_store, self.payments, "MXN")
        self.completion = CancellationCompletion(self.booking_store, self.runs, self.statistics)
        self.delivery = MessageDelivery(self.ledger, self.messenger, gate_on(self.channel), MemoryMeter())

    def book(self, at: datetime = NOW, event_id: str = "e-1", **changes: Any) -> None:
        """Have r-17 booked by its ``appointment/created``."""
        self.planning.plan(event(event_id, at, **changes), RUN, at)
        self.runs.running.add(RUN)

    def cancel(self, now: datetime = AN_HOUR_LATER, **changes: Any) -> CancellationPlan:
        """The first step alone."""
        return self.cancelling.cancel(cancelled(**changes), now)

    def run(self, cancellation: Received[ReservationCancelled], now: datetime) -> CancellationAccount | None:
        """A whole run; None where the booking is still to be waited for."""
        plan = again(lambda: self.cancelling.cancel(cancellation, now))
        if plan.retry_at is not None:
            return None
        notices = plan.open_notices
        if plan.is_refund_due:
            notices = self._refund(plan.reservation_id, now)
        for intent in notices:
            again(partial(self.delivery.deliver, intent.id, now, f"request-{intent.id}"))
        if plan.runs:
            again(lambda: self.completion.stop_reminders(plan.reservation_id, now))
        return again(lambda: self.completion.record(plan.reservation_id))

    def _refund(self, reservation_id: str, now: datetime) -> Any:
        try:
            return again(lambda: self.refunding.refund(reservation_id, now)).open_notices
        except CitasError as error:
            name = type(error).__name__
            return again(lambda: self.refunding.record_failure(reservation_id, name, now)).open_notices

    def messages(self) -> list[str]:
        """The templates of what WhatsApp accepted."""
        return [message.name for message in self.messenger.accepted]

    def statuses(self) -> dict[str, IntentStatus]:
        """r-17's intents by kind."""
        return {intent.kind: intent.status for intent in self.booking_store.intents(SUBJECT)}


def again(step: Callable[[], _ResultT]) -> _ResultT:
    """Call a step as its state does: again if its process dies, or if the payment provider is not there."""
    for _ in range(_RETRIES):
        try:
            return step()
        except (ProcessDied, PaymentsUnavailableError, PaymentsThrottledError):
            continue
    return step()

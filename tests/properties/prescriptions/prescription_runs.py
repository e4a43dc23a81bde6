"""Prescriptions' runs in memory and in virtual time: the use cases as the state machine calls them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.domain.messages.intent import Intent
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.ports import Message
from clinic.services.prescriptions.ports import PrescriptionChanges
from clinic.services.prescriptions.prescribing import DosePlan, Prescribing
from clinic.services.prescriptions.prescription_runs import PrescriptionRuns
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ProcessDied
from tests.fakes.prescriptions.prescriptions import MemoryPrescriptions, prescription_envelope, regimens
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns

ResultT = TypeVar("ResultT")
Event = Received[PrescriptionCreated] | Received[PrescriptionStopped] | Received[PrescriptionContinued]


@dataclass
class MortalPrescriptions(MemoryPrescriptions):
    """Prescriptions around some of whose commits the process dies.

    Attributes:
        dies_before, dies_after: the numbers of those commits, from 0.
    """

    dies_before: frozenset[int] = frozenset()
    dies_after: frozenset[int] = frozenset()
    commits: int = 0

    def commit(self, changes: PrescriptionChanges) -> None:
        number, self.commits = self.commits, self.commits + 1
        if number in self.dies_before:
            raise ProcessDied
        super().commit(changes)
        if number in self.dies_after:
            raise ProcessDied


@dataclass
class Ward:
    """Events, runs and a WhatsApp that takes every message.

    Attributes:
        reminded: every message that left: when, and for which instant.
        batches: how many doses each run kept time for.
        went_on: the version and the end of the batch before, of each run that went on.
        delivered_twice: whether the bus delivers what Citas puts there twice.
    """

    stored: MortalPrescriptions = field(default_factory=MortalPrescriptions)
    bus: MemoryEvents = field(default_factory=MemoryEvents)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    reminded: list[tuple[datetime, datetime]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    went_on: list[tuple[int, datetime]] = field(default_factory=list)
    delivered_twice: bool = False

    def __post_init__(self) -> None:
        self._ahead: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._numbers = count()
        self._now: datetime | None = None
        self.prescribing = Prescribing(self.stored, regimens())
        self.prescription_runs = PrescriptionRuns(self.stored, self.bus, self.runs)
        self.delivery = MessageDelivery(self.stored.ledger, self, gate_on(), MemoryMeter())

    def send(self, message: Message, recipient: str, attempt: int) -> str:
        """WhatsApp."""
        assert self._now is not None
        intent = next(i for i in self.stored.ledger.rows.values() if str(i.id) == message.intent_id)
        self.reminded.append((self._now, intent.happens_at))
        return f"wamid.{len(self.reminded)}"

    def deliver(self, event: Event, at: datetime) -> None:
        """Have the bus deliver an event then."""
        self._at(at, lambda now: self._begin(event, now))

    def run(self) -> None:
        """Let time pass until nothing lies ahead."""
        while self._ahead:
            self._now, _, action = heappop(self._ahead)
            action(self._now)

    def _at(self, instant: datetime, action: Callable[[datetime], None]) -> None:
        heappush(self._ahead, (instant, next(self._numbers), action))

    def _begin(self, event: Event, now: datetime) -> None:
        run = f"run-{next(self._numbers)}"
        self.runs.running.add(run)
        plan = again(lambda: self._apply(event, run, now))
        if plan.prescription.earlier_runs:
            again(lambda: self.prescription_runs.stop_earlier(plan.prescription.prescription_id, run, now))
        self.batches.append(len(plan.open_doses))
        if plan.outcome.is_continued and isinstance(event.detail, PrescriptionContinued):
            self.went_on.append((event.detail.version, event.detail.after))
        self._next(run, plan, list(plan.open_doses), now)

    def _apply(self, event: Event, run: str, now: datetime) -> DosePlan:
        match event.detail:
            case PrescriptionCreated() as created:
                return self.prescribing.create(Received(event.event_id, event.event_time, created), run, now)
            case PrescriptionStopped() as stopped:
                return self.prescribing.stop(Received(event.event_id, event.event_time, stopped), now)
            case PrescriptionContinued() as continued:
                return self.prescribing.go_on(Received(event.event_id, event.event_time, continued), run, now)

    def _next(self, run: str, plan: DosePlan, left: list[Intent], now: datetime) -> None:
        if left:
            self._at(max(left[0].due_at, now), lambda at: self._dose(run, plan, left, at))
        elif plan.is_more_to_come and plan.prescription.planned_until is not None:
            until = plan.prescription.planned_until
            self._at(max(until, now), lambda at: self._hand_on(run, plan, until, at))
        else:
            self.runs.running.discard(run)

    def _dose(self, run: str, plan: DosePlan, left: list[Intent], now: datetime) -> None:
        if run not in self.runs.running:
            return
        result = self.delivery.deliver(left[0].id, now, f"claim-{next(self._numbers)}")
        assert result.retry_at is None
        self._next(run, plan, left[1:], now)

    def _hand_on(self, run: str, plan: DosePlan, until: datetime, now: datetime) -> None:
        if run not in self.runs.running:
            return
        self.runs.running.discard(run)
        prescription = plan.prescription
        again(
            lambda: self.prescription_runs.hand_on(prescription.prescription_id, prescription.version, until)
        )
        published, self.bus.published = self.bus.published, []
        for event in published * (2 if self.delivered_twice else 1):
            envelope = prescription_envelope(
                event.detail_type, dict(event.to_detail()), f"e-own-{next(self._numbers)}", now
            )
            self.deliver(receive(envelope, PrescriptionContinued), now)


def again(step: Callable[[], ResultT]) -> ResultT:
    """A step whose process died is called again, as often as it takes."""
    while True:
        try:
            return step()
        except ProcessDied:
            continue

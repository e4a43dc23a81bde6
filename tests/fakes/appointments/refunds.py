"""Refunds in memory, and records and payments around which a process dies."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.errors import CitasError, RefundRefusedError
from clinic.domain.money import Money
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.refunding import RefundReceipt, RefundRequest
from clinic.services.unit_of_work import BookingStore, Changes
from tests.fakes.payments import pesos
from tests.fakes.ports import ProcessDied


@dataclass
class MemoryPayments:
    """Refunds charges as Stripe does: by idempotency key, never more than was paid, in the charge's currency.

    Attributes:
        charges: what was paid, by charge.
        made: every refund that was carried out.
        keys: what was answered to which key; emptying it is what a day does.
        script: what the next calls meet before they are carried out; None: nothing.
        answers_lost: how many of the next refunds are carried out and then not answered.
        asked: how often an existing refund was looked for.
    """

    charges: dict[str, Money] = field(default_factory=lambda: {"ch_1": pesos("500.00")})
    made: list[tuple[RefundRequest, RefundReceipt]] = field(default_factory=list)
    keys: dict[str, RefundReceipt] = field(default_factory=dict)
    script: list[CitasError | ProcessDied | None] = field(default_factory=list)
    answers_lost: int = 0
    status: RefundStatus = RefundStatus.SUCCEEDED
    asked: int = 0

    def refund(self, request: RefundRequest) -> RefundReceipt:
        obstacle = self.script.pop(0) if self.script else None
        if obstacle is not None:
            raise obstacle
        if request.idempotency_key not in self.keys:
            self.keys[request.idempotency_key] = self._carry_out(request)
        if self.answers_lost:
            self.answers_lost -= 1
            raise ProcessDied
        return self.keys[request.idempotency_key]

    def refund_of(self, request: RefundRequest) -> RefundReceipt | None:
        self.asked += 1
        return next(
            (
                receipt
                for made, receipt in self.made
                if (made.reservation_id, made.charge_id) == (request.reservation_id, request.charge_id)
            ),
            None,
        )

    def paid(self, request: RefundRequest) -> Money:
        if request.charge_id not in self.charges:
            raise RefundRefusedError("no such charge", "resource_missing")
        return self.charges[request.charge_id]

    def _carry_out(self, request: RefundRequest) -> RefundReceipt:
        paid = self.charges.get(request.charge_id)
        if paid is None:
            raise RefundRefusedError("no such charge", "resource_missing")
        same = (made.money.amount for made, _ in self.made if made.charge_id == request.charge_id)
        given = sum(same, Decimal())
        if given + request.money.amount > paid.amount:
            raise RefundRefusedError("more than was paid", "amount_too_large")
        money = Money(request.money.amount, paid.currency)
        receipt = RefundReceipt(f"re_{len(self.made) + 1}", self.status, money)
        self.made.append((request, receipt))
        return receipt


@dataclass
class MortalBookingStore:
    """Records whose user dies around a commit.

    Attributes:
        dies_before, dies_after: around which commit, counted from 1; None: around none.
        commits: how many were asked for.
    """

    inner: BookingStore
    dies_before: int | None = None
    dies_after: int | None = None
    commits: int = 0

    def commit(self, changes: Changes) -> None:
        self.commits += 1
        number = self.commits
        if number == self.dies_before:
            raise ProcessDied
        self.inner.commit(changes)
        if number == self.dies_after:
            raise ProcessDied

    def reservation(self, reservation_id: str) -> Any:
        return self.inner.reservation(reservation_id)

    def request(self, request_id: str) -> Any:
        return self.inner.request(request_id)

    def request_for(self, reservation_id: str) -> Any:
        return self.inner.request_for(reservation_id)

    def overdue_requests(self, profile_id: str, until: datetime) -> list[str]:
        return self.inner.overdue_requests(profile_id, until)

    def intents(self, subject: str) -> Any:
        return self.inner.intents(subject)

    def bookings(self, profile_id: str, *slots: str | Slot) -> Any:
        return self.inner.bookings(profile_id, *slots)

"""Meta's webhooks in virtual time: what is posted when, in one body, again, and with which faults.

What comes due in one second goes into one body. What is not answered 200 is posted again after a growing gap,
for seven days.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from local.emulator.session import HttpExchange
from local.faults.plan import FaultPlan
from local.faults.rules import digits
from local.simulators.webhook_bodies import (
    Inbound,
    Status,
    message_body,
    message_id,
    received_in,
    signed,
    status_body,
)
from local.workers import ClockClosedError

SENT_AFTER = timedelta(seconds=1)
DELIVERED_AFTER = timedelta(seconds=4)
FAILED_AFTER = timedelta(seconds=2)
MOST_IN_ONE_BODY = 1000
RETRIED_FOR = timedelta(days=7)
_FIRST_GAP, _LONGEST_GAP, _GROWTH = timedelta(seconds=30), timedelta(days=1), 3
_SECOND = timedelta(seconds=1)
_TAKEN = 200
_FORGERS_SECRET = "nobody's"  # noqa: S105 - wrong on purpose

Post = Callable[[Mapping[str, str], bytes], int]


class WebhookNotConnectedError(RuntimeError):
    """The template has no webhook: its output WhatsAppWebhookUrl is missing."""


class Timetable(Protocol):
    """The virtual time of webhooks."""

    def now(self) -> datetime:
        """The virtual instant (UTC)."""

    def call_at(self, instant: datetime, call: Callable[[], None], label: str = "") -> None:
        """Have ``call`` called at ``instant``."""


@dataclass(frozen=True)
class Webhook:
    """A body that was posted.

    Attributes:
        status: the HTTP status it was answered with.
        told: what became of messages.
        received: what people wrote.
        attempt: 1 at first; more where the one before was not taken.
        forged: whether its signature was wrong.
    """

    at: datetime
    status: int
    told: tuple[Status, ...]
    received: tuple[Inbound, ...]
    attempt: int
    forged: bool

    @property
    def statuses(self) -> int:
        """How many statuses it told."""
        return len(self.told)

    @property
    def messages(self) -> int:
        """How many messages it handed over."""
        return len(self.received)


@dataclass(frozen=True)
class _Body:
    """A body on its way; ``begun``: when it was first posted."""

    content: bytes
    begun: datetime
    told: tuple[Status, ...]
    received: tuple[Inbound, ...]
    forged: bool = False
    attempt: int = 1


@dataclass(frozen=True)
class Sent:
    """A message that was accepted, as far as its statuses go.

    Attributes:
        code: it fails with this error code of Meta's.
        read_after: it is read so long after it was delivered.
    """

    message_id: str
    to: str
    intent: str | None
    category: str
    code: int | None = None
    read_after: timedelta | None = None


class Webhooks:
    """Posts to the webhook of one number, once it is connected.

    Args:
        app_secret: what bodies are signed with.
        statuses: tell what became of messages; without, only what somebody writes is posted.
    """

    def __init__(
        self,
        clock: Timetable,
        phone_number_id: str,
        app_secret: str,
        faults: FaultPlan | None = None,
        *,
        statuses: bool = True,
    ) -> None:
        self.posted: list[Webhook] = []
        self._clock = clock
        self._phone_number_id = phone_number_id
        self._app_secret = app_secret
        self._faults = faults or FaultPlan()
        self._tells = statuses
        self._post: Post | None = None
        self._due: dict[tuple[datetime, bool], list[Status]] = {}
        self._received = 0
        self._on_failed: Callable[[int], None] | None = None
        self._lock = threading.Lock()

    def connect(self, post: Post) -> None:
        """From now on there is somebody to post to; ``post`` gives the HTTP status of the answer."""
        self._post = post

    def on_failed(self, callback: Callable[[int], None]) -> None:
        """Have ``callback`` called with the code once it was told, and taken, that a message failed."""
        self._on_failed = callback

    def accepted(self, message: Sent) -> None:
        """Have the statuses of a message posted that was accepted now."""
        if self._post is None or not self._tells:
            return
        with self._lock:
            for instant, status, forged in self._planned(_statuses(message, self._clock.now())):
                self._add(instant, status, forged=forged)

    def receive(self, sender: str, text: str, *, late: timedelta = timedelta(0), times: int = 1) -> None:
        """Post a text that ``sender`` writes now: at once or ``late``, so many times.

        Raises:
            WebhookNotConnectedError: there is nobody to post to.
        """
        if self._post is None:
            raise WebhookNotConnectedError("the template has no output WhatsAppWebhookUrl")
        self._received += 1
        seed = hashlib.sha256(f"received {self._received}".encode()).digest()
        message = Inbound(message_id(seed), digits(sender), text, self._clock.now())
        content = message_body(self._phone_number_id, message)
        for _ in range(times):
            if late:
                self._at(self._clock.now() + late, partial(self._send_new, content, received=(message,)))
            else:
                self._send_new(content, received=(message,))

    # -- inside ---------------------------------------------------------------------------------

    def _planned(self, statuses: Sequence[Status]) -> list[tuple[datetime, Status, bool]]:
        """When each is posted, and whether forged, as the fault plan will have it."""
        plan: list[tuple[datetime, Status, bool]] = []
        faults = [self._faults.for_webhook(one.recipient, one.intent, one.status) for one in statuses]
        not_before = self._clock.now()  # moved by a status that comes before those that it follows
        for status, fault in reversed(list(zip(statuses, faults, strict=True))):
            due = max(whole_second(status.at), not_before)
            if fault is None:
                plan.append((due, status, False))
            elif not fault.lost:
                due = whole_second(due + fault.late)
                plan += [(due + copy * _SECOND, status, fault.forged) for copy in range(fault.delivered)]
                not_before = due + _SECOND if fault.first else not_before
        return sorted(plan, key=lambda planned: (planned[0], planned[1].at))

    def _add(self, instant: datetime, status: Status, *, forged: bool) -> None:
        batch = self._due.setdefault((instant, forged), [])
        batch.append(status)
        if len(batch) == 1:
            self._at(instant, partial(self._send_due, instant, forged))

    def _send_due(self, instant: datetime, forged: bool) -> None:
        with self._lock:
            due = self._due.pop((instant, forged), [])
        for first in range(0, len(due), MOST_IN_ONE_BODY):
            batch = due[first : first + MOST_IN_ONE_BODY]
            self._send_new(status_body(self._phone_number_id, batch), told=tuple(batch), forged=forged)

    def _send_new(
        self,
        content: bytes,
        *,
        told: tuple[Status, ...] = (),
        received: tuple[Inbound, ...] = (),
        forged: bool = False,
    ) -> None:
        self._send(_Body(content, self._clock.now(), told, received, forged))

    def _send(self, body: _Body) -> None:
        if self._post is None:
            return
        headers = signed(body.content, _FORGERS_SECRET if body.forged else self._app_secret)
        now = self._clock.now()
        status = self._post(headers, body.content)
        self.posted.append(Webhook(now, status, body.told, body.received, body.attempt, body.forged))
        if self._on_failed is not None and status == _TAKEN:
            for code in (told.code for told in body.told if told.code is not None):
                self._on_failed(code)
        gap = min(_FIRST_GAP * _GROWTH ** (body.attempt - 1), _LONGEST_GAP)
        # Of a forged one Meta knows nothing, and whoever forged it does not try again.
        if status != _TAKEN and not body.forged and now + gap - body.begun <= RETRIED_FOR:
            self._at(now + gap, partial(self._send, replace(body, attempt=body.attempt + 1)))

    def _at(self, instant: datetime, call: Callable[[], None]) -> None:
        try:
            self._clock.call_at(instant, call, "webhook")
        except ClockClosedError:
            return  # the stack is closing: nothing will be posted any more


def _statuses(message: Sent, now: datetime) -> list[Status]:
    """What a message goes through, in order."""

    def status(name: str, at: datetime, code: int | None = None) -> Status:
        return Status(
            message.message_id, name, at, digits(message.to), message.intent, message.category, code
        )

    if message.code is not None:
        return [status("failed", now + FAILED_AFTER, message.code)]
    delivered = now + DELIVERED_AFTER
    statuses = [status("sent", now + SENT_AFTER), status("delivered", delivered)]
    if message.read_after is not None:
        statuses.append(status("read", delivered + message.read_after))
    return statuses


def whole_second(instant: datetime) -> datetime:
    """The instant, or the next whole second: WhatsApp's timestamps know no parts of one."""
    whole = instant.astimezone(UTC).replace(microsecond=0)
    return whole if whole == instant else whole + _SECOND


@dataclass(frozen=True)
class InboundMessage:
    """A text that was posted to the webhook, whoever did.

    Attributes:
        sender: the number's digits.
        status: the HTTP status with which the webhook answered.
    """

    at: datetime
    message_id: str
    sender: str
    text: str
    status: int


class InboundLog:
    """Every text that was posted, in order; one that is posted again stands here again."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []

    def note(self, exchange: HttpExchange) -> None:
        """Keep what people wrote of a request to an HTTP API."""
        # Statuses come by the thousand, and nobody has written them.
        if exchange.method == "POST" and b'"from"' in exchange.body:
            self.messages += (
                InboundMessage(it.at, it.message_id, it.sender, it.text, exchange.status)
                for it in received_in(exchange.body, exchange.at)
            )

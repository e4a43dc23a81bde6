"""Where the health check does not fire by itself: it is fired when WhatsApp failed a message in passing.

Every five minutes of a week in virtual time would be two thousand runs that find nothing. On AWS
they happen; the runs that have something to do are the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from clinic.channels.whatsapp import WHATSAPP
from clinic.contracts.schedules import HEALTH
from clinic.domain.instants import from_text
from clinic.domain.messages.intent import IntentStatus
from console.run.item_rows import plain

_A_RUN = timedelta(minutes=1)
_JUST_BEFORE = timedelta(seconds=1)


class _Clock(Protocol):
    def now(self) -> datetime:
        """The virtual instant (UTC)."""

    def call_at(self, instant: datetime, fn: Callable[[], None], label: str) -> object:
        """Have ``fn`` called when virtual time reaches ``instant``."""


class MonitoredParts(Protocol):
    """What of a stack is needed here."""

    @property
    def clock(self) -> _Clock:
        """Its virtual time."""

    def items(self, output: str) -> list[dict[str, Any]]:
        """Every item of the table that an output names."""

    def on_failed_message(self, callback: Callable[[int], None]) -> None:
        """Have ``callback`` called with the code when WhatsApp has told that a message failed."""

    def fires_after(self, rule: str, instant: datetime) -> datetime | None:
        """When a rule's schedule has its next time."""

    def fire(self, rule: str) -> None:
        """Fire a rule with a schedule now."""


class SendingAgain:
    """Fires the health check at those of its times at which a failed message may leave again."""

    def __init__(self, stack: MonitoredParts) -> None:
        self._stack = stack
        self._armed: set[datetime] = set()

    def begin(self) -> None:
        """Look at messages that fail from now on."""
        self._stack.on_failed_message(self._failed)

    def _failed(self, code: int) -> None:
        meaning = WHATSAPP.meanings.get(code)
        if meaning is not None and meaning.is_passing:
            self._arm(self._stack.clock.now())

    def _arm(self, instant: datetime) -> None:
        at = self._stack.fires_after(HEALTH.name, instant)
        if at is not None and at not in self._armed:
            self._armed.add(at)
            self._stack.clock.call_at(at, self._fire, HEALTH.name)

    def _fire(self) -> None:
        now = self._stack.clock.now()
        self._armed.discard(now)
        self._stack.fire(HEALTH.name)
        self._stack.clock.call_at(now + _A_RUN, self._look, HEALTH.name)

    def _look(self) -> None:
        waiting = [
            from_text(row["retry_at"])
            for row in map(plain, self._stack.items("MessagesTable"))
            if row["status"] == IntentStatus.PLANNED and row.get("retry_at")
        ]
        if waiting:
            self._arm(max(min(waiting) - _JUST_BEFORE, self._stack.clock.now()))

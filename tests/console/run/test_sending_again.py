"""Where the health check does not fire by itself it fires when a failed message may leave, and only then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from clinic.domain.instants import to_text
from console.run.sending_again import SendingAgain
from local.schedules import parse_schedule
from tests.fakes.examples import NOW

MINUTE = timedelta(minutes=1)


@dataclass
class Timed:
    """A stack with a clock, a schedule every five minutes, and rows in its message ledger."""

    at: datetime = NOW
    rows: list[dict[str, Any]] = field(default_factory=list)
    fired: list[timedelta] = field(default_factory=list)
    ahead: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    tell: Callable[[int], None] = print

    @property
    def clock(self) -> Self:
        return self

    def now(self) -> datetime:
        return self.at

    def call_at(self, instant: datetime, fn: Callable[[], None], label: str) -> None:
        self.ahead.append((instant, fn))

    def items(self, output: str) -> list[dict[str, Any]]:
        return self.rows

    def on_failed_message(self, callback: Callable[[int], None]) -> None:
        self.tell = callback

    def fires_after(self, rule: str, instant: datetime) -> datetime | None:
        return parse_schedule("cron(0/5 * * * ? *)", NOW).after(instant)

    def fire(self, rule: str) -> None:
        self.fired.append(self.at - NOW)

    def run(self) -> list[timedelta]:
        """Until nothing lies ahead; when it was fired."""
        while self.ahead:
            self.at, fn = self.ahead.pop(self.ahead.index(min(self.ahead, key=lambda it: it[0])))
            fn()
        return self.fired


def planned(retry_at: datetime, status: str = "planned") -> dict[str, Any]:
    return {"status": {"S": status}, "retry_at": {"S": to_text(retry_at)}}


def test_it_fires_soon_and_again_when_the_message_may_leave() -> None:
    stack = Timed()
    SendingAgain(stack).begin()
    stack.rows = [planned(NOW + 40 * MINUTE)]
    stack.call_at(NOW + 41 * MINUTE, stack.rows.clear, "sent")
    for _ in range(3):
        stack.tell(131000)
    assert stack.run() == [5 * MINUTE, 40 * MINUTE]


def test_it_does_not_fire_for_what_is_final_or_settled() -> None:
    stack = Timed(rows=[planned(NOW, status="delivered"), {"status": {"S": "planned"}}])
    SendingAgain(stack).begin()
    stack.tell(131026)
    assert stack.run() == []
    stack.tell(131049)
    assert stack.run() == [5 * MINUTE]

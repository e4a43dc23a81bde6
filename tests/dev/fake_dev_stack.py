"""A fake stack that lives through a script, one step for each time it is waited for, until Ctrl-C."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from console.dev.dev_stack import DevStackRequest
from console.run.stack import StackRequest
from tests.console.fake_stack import FakeStack

START = datetime(2026, 11, 23, 15, tzinfo=UTC)
Step = Callable[["FakeDevStack"], object]


class FakeDevStack(FakeStack):
    """Time on the machine goes on by a minute whenever it is waited for."""

    def __init__(self, script: Sequence[Step], asked: DevStackRequest) -> None:
        super().__init__(StackRequest(start=START, faults=asked.faults))
        port = asked.port or 40000
        self.outputs |= {"EventBusName": "citas-dev", "AppointmentRemindersArn": "arn:reminders"}
        self.environment = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        self.machine = START
        self.driven: list[datetime] = []
        self.script = list(script)

    def machine_time(self) -> datetime:
        return self.machine

    def wait_for_wakeup(self, seconds: float) -> bool:
        self.machine += timedelta(minutes=1)
        if not self.script:
            raise KeyboardInterrupt
        self.script.pop(0)(self)
        return True

    def run_until(self, instant: datetime) -> None:
        self.driven.append(instant)
        super().run_until(instant)


class Opener:
    """Opens one, and keeps it."""

    def __init__(self, *script: Step) -> None:
        self._script = script
        self.stacks: list[FakeDevStack] = []
        self.asked: list[DevStackRequest] = []

    def __call__(self, asked: DevStackRequest) -> AbstractContextManager[FakeDevStack]:
        self.asked.append(asked)
        self.stacks.append(FakeDevStack(self._script, asked))
        return self.stacks[-1]

    @property
    def stack(self) -> FakeDevStack:
        return self.stacks[0]

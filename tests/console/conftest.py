import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from moto import mock_aws
from typer.testing import CliRunner, Result

from console.main import app
from console.run.stack import StackRequest
from tests.console.account import NOW, REGION, Account
from tests.console.fake_stack import FakeStack

Citas = Callable[..., Result]


@pytest.fixture
def stacks() -> list[FakeStack]:
    """The stacks that commands opened."""
    return []


@pytest.fixture
def citas(stacks: list[FakeStack], monkeypatch: pytest.MonkeyPatch) -> Citas:
    """Runs `citas …` on a fake stack, of another kind if ``stack`` says so."""
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: object, stack: type[FakeStack] = FakeStack, stdin: str | None = None) -> Result:
        def open_stack(request: StackRequest) -> FakeStack:
            stacks.append(stack(request))
            return stacks[-1]

        return CliRunner().invoke(app, [str(part) for part in arguments], obj=open_stack, input=stdin)

    return invoke


def event(at: str = "2026-11-23T15:00:00Z", detail_type: str = "appointment/created", **detail: Any) -> str:
    """A line of an event file: r-1, nine days ahead."""
    booking = {
        "reservationId": "r-1",
        "patientName": "Ana Ficticia",
        "patientPhone": "+525500000001",
        "appointmentTime": "2026-12-02T16:00:00Z",
    }
    return json.dumps({"at": at, "detail-type": detail_type, "detail": booking | detail}, ensure_ascii=False)


@pytest.fixture
def events(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines to an event file."""

    def write(*lines: str) -> Path:
        path = tmp_path / "events.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
        yield Account(clock)

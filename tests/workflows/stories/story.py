"""One workflow's story: what it is asked, and what must have come of it, however that came about."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from clinic.contracts.workflows import (
    Workflow,
)
from local.records import Execution
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack

StackT = TypeVar("StackT", bound=ClinicStack)
AN_HOUR_LATER = NOW + timedelta(hours=1)
REMINDED = ["appointment_reminder_24h", "appointment_reminder_2h"]


@dataclass(frozen=True)
class Story(Generic[StackT]):
    """One event for one workflow.

    Attributes:
        stack: opens a local stack, with ``faults`` and ``concurrent``.
        before: what has happened on it by then.
        event, at: detail-type and detail, and when it is said.
        is_from_citas: whether Citas says it by itself.
        end: what is read of a stack on which all is done, and ``expected`` what that must be.
        output: what the run ends with.
        sends: the step that sends the message ``template``, which is due at ``due``.
    """

    workflow: Workflow
    stack: Callable[..., AbstractContextManager[StackT]]
    before: Callable[[StackT], object]
    event: tuple[str, dict[str, Any]]
    at: datetime
    end: Callable[[StackT], dict[str, Any]]
    expected: dict[str, Any]
    output: dict[str, Any]
    sends: str
    template: str
    due: datetime
    is_from_citas: bool = False

    def begin(self, stack: StackT, line: int | None = None) -> None:
        """Have all happen up to the event, and the event too; ``line`` is for a fault plan."""
        self.before(stack)
        if not self.is_from_citas:
            stack.at(self.at, lambda: self.say(stack, line))

    def play(self, stack: StackT) -> None:
        """Have all of it happen."""
        self.begin(stack)
        stack.stack.run_until_idle()

    def say(self, stack: StackT, line: int | None = None) -> None:
        """Put the event on the bus now."""
        stack.stack.publish(*self.event, line=line)

    def runs(self, stack: StackT) -> list[Execution]:
        """The workflow's runs, in the order they were started."""
        return stack.runs(self.workflow)


def nothing(_: ClinicStack) -> None:
    """Nothing has happened by then."""


def templates(stack: ClinicStack) -> list[str]:
    return sorted(template for template, _ in stack.sent())

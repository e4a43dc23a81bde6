"""Plain records of what a run leaves behind."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from local.emulator.session import Accepted, Undelivered


@dataclass(frozen=True)
class Execution:
    """A run of a state machine.

    Attributes:
        workflow: the state machine's name without the stage.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        transitions: states entered and tries repeated, as AWS bills them.
    """

    workflow: str
    name: str
    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    error: str | None
    cause: str | None
    input_text: str = field(repr=False)
    output_text: str | None = field(repr=False)
    transitions: int

    @cached_property
    def input(self) -> Any:
        """What it was started with, decoded; its text where that is no JSON."""
        return _decoded(self.input_text)

    @cached_property
    def output(self) -> Any:
        """What it ended with, decoded; None where there is none."""
        return _decoded(self.output_text)

    @classmethod
    def of(cls, record: dict[str, Any], stack: str, transitions: int) -> "Execution":
        """From the emulator's record."""
        stopped, status = record["stopDate"], record["status"]
        return cls(
            workflow=record["stateMachineArn"].rsplit(":", 1)[-1].removeprefix(f"{stack}-"),
            name=record["name"],
            arn=record["executionArn"],
            status=status,
            started_at=datetime.fromisoformat(record["startDate"]),
            stopped_at=datetime.fromisoformat(stopped) if stopped else None,
            error=record.get("error") or None,
            cause=record.get("cause") or None,
            input_text=record["input"],
            output_text=record["output"] if status == "SUCCEEDED" else None,
            transitions=transitions,
        )


@dataclass(frozen=True)
class BusEvent:
    """An event that the bus took, whoever put it there."""

    at: datetime
    event_id: str
    source: str
    detail_type: str
    detail_text: str = field(repr=False)

    @cached_property
    def detail(self) -> Any:
        """Its payload, decoded."""
        return _decoded(self.detail_text)

    @classmethod
    def of(cls, accepted: Accepted) -> "BusEvent":
        """From the emulator's record."""
        return cls(
            at=accepted.at,
            event_id=accepted.event_id,
            source=accepted.source,
            detail_type=accepted.detail_type,
            detail_text=accepted.detail,
        )


@dataclass(frozen=True)
class UndeliveredEvent:
    """An event that no target took.

    Attributes:
        code, reason: ERROR_CODE and ERROR_MESSAGE of the dead letter.
        kept: whether a dead-letter queue holds it; if not, AWS would have dropped it.
    """

    at: datetime
    event_id: str | None
    detail_type: str | None
    rule: str
    target: str
    code: str
    reason: str
    event: dict[str, Any]
    kept: bool

    @classmethod
    def of(cls, undelivered: Undelivered) -> "UndeliveredEvent":
        """From the emulator's record."""
        event = json.loads(undelivered.event)
        return cls(
            at=undelivered.at,
            event_id=event.get("id"),
            detail_type=event.get("detail-type"),
            rule=undelivered.rule,
            target=undelivered.target,
            code=undelivered.code,
            reason=undelivered.message,
            event=event,
            kept=undelivered.kept,
        )


def _decoded(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text

"""Tells what has happened on a stack since the last look: lines for a person, fields for a program."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from clinic.domain.messages.intent import IntentId
from console.explain.messages import kind_name
from console.output.bookings import RefundRow
from console.run.collect import execution_row, subjects
from console.run.payments import refund_rows
from console.run.stack import Stack
from console.show.routine import is_routine_event, is_routine_run, slots_made
from console.show.timeline import (
    Entry,
    EntryKind,
    nearest,
    refund_entry,
    run_begins,
    run_ends,
    subject_name,
)

if TYPE_CHECKING:  # `citas --help` is there sooner without
    from local.records import BusEvent, Execution, UndeliveredEvent
    from local.simulators.payments import Call as PaymentsCall
    from local.simulators.webhook_bodies import Status
    from local.simulators.webhooks import InboundMessage
    from local.simulators.whatsapp import Call, SentMessage

ACCEPTED = 200
FAILED = "failed"
# What somebody stopped has not failed.
_ENDS_WELL = frozenset({"SUCCEEDED", "ABORTED"})
_SNAKE = re.compile(r"([A-Z])")
RecordT = TypeVar("RecordT")


@dataclass(frozen=True)
class Activity:
    """One thing that happened.

    Attributes:
        entry: as a person reads it.
        what: which kind of thing, for a program; with ``fields``.
        routine: whether it is one of the many things of every night, which a person need not read.
    """

    entry: Entry
    what: str
    fields: Mapping[str, Any]
    routine: bool = False


class ActivityReader:
    """Looks at a stack again and again.

    Args:
        runs: tell of each run's beginning and end, of events that reached no run, of what WhatsApp says
            became of messages, and of what people write; else, of all that, only of the slots that runs made.
    """

    def __init__(self, stack: Stack, *, runs: bool) -> None:
        self._stack = stack
        self._runs = runs
        self._seen: Counter[str] = Counter()
        self._ended: set[tuple[str, datetime]] = set()
        self._taken: set[str] = set()

    def read(self) -> list[Activity]:
        """What has come since the last call, in the order of time."""
        stack = self._stack
        activities = [*map(_event, self._new("events", stack.events_put()))]
        activities += [
            _refusal(it) for it in self._new("calls", stack.simulator.calls) if it.status != ACCEPTED
        ]
        activities += map(_message, self._new("sent", stack.simulator.sent))
        activities += map(_refund, self._new("refunds", refund_rows(stack)))
        payments = self._new("payments", stack.payments.calls)
        activities += [_payments(call) for call in payments if call.status != ACCEPTED]
        executions = stack.executions()
        ended = self._newly_ended(executions)
        if self._runs:
            activities += map(_begins, self._new("runs", executions))
            activities += map(_ends, ended)
            webhooks = self._new("webhooks", stack.simulator.webhooks)
            activities += [_status(it.at, told) for it in webhooks if not it.forged for told in it.told]
            activities += map(_undelivered, self._new("undelivered", stack.undelivered_events()))
            activities += self._written()
        else:
            activities += [_slots(run, made) for run in ended if (made := _slots_made(run)) is not None]
        return sorted(activities, key=lambda it: (it.entry.at, it.entry.kind))

    def _new(self, name: str, known: Sequence[RecordT]) -> Sequence[RecordT]:
        new = known[self._seen[name] :]
        self._seen[name] += len(new)
        return new

    def _newly_ended(self, executions: Sequence["Execution"]) -> list["Execution"]:
        """Those that have ended since; one that was retried ends again."""
        endings = [(run, (run.arn, run.stopped_at)) for run in executions if run.stopped_at is not None]
        new = [(run, ending) for run, ending in endings if ending not in self._ended]
        self._ended.update(ending for _, ending in new)
        return [run for run, _ in new]

    def _written(self) -> Iterator[Activity]:
        """What people wrote, once it is taken; what is posted again by then is the same."""
        for it in self._new("inbound", self._stack.inbound_messages()):
            if it.status != ACCEPTED:
                yield _not_taken(it)
            elif it.message_id not in self._taken:
                self._taken.add(it.message_id)
                yield _inbound(it)


def _event(event: "BusEvent") -> Activity:
    about = nearest(event.detail) or "nobody"
    by = " (by Citas)" if event.source == OWN_SOURCE else ""
    entry = Entry(event.at, EntryKind.EVENT, f"{event.detail_type} for {about}{by}", style="cyan")
    fields = {"event_id": event.event_id, "source": event.source, "detail_type": event.detail_type}
    # Citas' own events have no line of an input; of the others any will do.
    routine = is_routine_event(event.detail_type, None if event.source == OWN_SOURCE else 0)
    return Activity(entry, "event", fields | subjects(event.detail), routine)


def _undelivered(event: "UndeliveredEvent") -> Activity:
    # Quoted: a space too many is what an eye does not see.
    name = repr(event.detail_type) if event.detail_type is not None else "an event"
    where = "goes to the dead letters" if event.kept else "is lost"
    title = f"NOT TAKEN: {name} {where}: {event.code}: {event.reason}{_by_id(event.event_id)}"
    fields: dict[str, Any] = {"event_id": event.event_id, "detail_type": event.detail_type}
    fields |= {"error": event.code, "reason": event.reason, "kept": event.kept}
    return Activity(Entry(event.at, EntryKind.EVENT, title, style="bold red"), "undelivered", fields)


def _inbound(message: "InboundMessage") -> Activity:
    fields = {"message_id": message.message_id, "from": f"+{message.sender}", "text": message.text}
    entry = Entry(message.at, EntryKind.INBOUND, f"+{message.sender} writes", message.text, "cyan")
    return Activity(entry, "inbound", fields)


def _not_taken(message: "InboundMessage") -> Activity:
    # Who has written, and what, is believed of a body alone that the webhook has taken.
    title = f"NOT TAKEN: what somebody writes: the webhook answers {message.status}"
    fields: dict[str, Any] = {"message_id": message.message_id, "status": message.status}
    return Activity(Entry(message.at, EntryKind.INBOUND, title, style="bold red"), "inbound_refused", fields)


def _message(message: "SentMessage") -> Activity:
    title = f"{_intent(message.intent_id)} → +{message.to.lstrip('+')}"
    fields = {"message_id": message.message_id, "intent_id": message.intent_id, "to": message.to}
    fields |= {"template": message.template, "text": message.text}
    return Activity(Entry(message.at, EntryKind.MESSAGE, title, message.text, "green"), "message", fields)


def _status(at: datetime, told: "Status") -> Activity:
    code = f", code {told.code}" if told.code is not None else ""
    title = f"{_intent(told.intent)} {told.status}{code}"
    style = "red" if told.status == FAILED else "dim"
    fields = {"message_id": told.message_id, "intent_id": told.intent, "status": told.status}
    # That it was accepted is told by the message itself.
    routine = told.status == "sent"
    entry = Entry(at, EntryKind.MESSAGE, title, style=style)
    return Activity(entry, "status", fields | {"code": told.code}, routine)


def _refusal(call: "Call") -> Activity:
    title = f"{_intent(call.intent_id)}: WhatsApp answers {_answer(call)}"
    fields = {"intent_id": call.intent_id, "status": call.status, "code": call.code}
    return Activity(Entry(call.at, EntryKind.MESSAGE, title, style="red"), "message_refused", fields)


def _refund(row: RefundRow) -> Activity:
    return Activity(refund_entry(row), "refund", row.model_dump(mode="json", exclude={"at"}))


def _payments(call: "PaymentsCall") -> Activity:
    title = f"the payment provider answers {_answer(call)}"
    fields = {"status": call.status, "code": call.code}
    return Activity(Entry(call.at, EntryKind.REFUND, title, style="red"), "payment_refused", fields)


def _begins(run: "Execution") -> Activity:
    row = execution_row(run, {})
    return Activity(run_begins(row), "run_started", _run_fields(run), is_routine_run(run.workflow, None))


def _ends(run: "Execution") -> Activity:
    row = execution_row(run, {})
    made = _slots_made(run)
    routine = is_routine_run(run.workflow, None) and run.status == "SUCCEEDED" and made is None
    entry = run_ends(row, made)
    if run.status not in _ENDS_WELL:
        title = f"FAILED: {entry.title}{_by_id(row.event_id)}"
        entry = replace(entry, title=title, style="bold red")
    return Activity(entry, "run_ended", _run_fields(run), routine)


def _by_id(event_id: str | None) -> str:
    return f" (event {event_id})" if event_id is not None else ""


def _run_fields(run: "Execution") -> dict[str, Any]:
    row = execution_row(run, {}).model_dump(mode="json", exclude={"line", "transitions"})
    return row | {"arn": run.arn}


def _slots(run: "Execution", made: str) -> Activity:
    profile_id = subjects(run.input["detail"])["profile_id"]
    entry = Entry(run.stopped_at or run.started_at, EntryKind.SLOTS, f"{profile_id}: {made}", style="blue")
    return Activity(entry, "slots", {"profile_id": profile_id, "slots": made})


def _slots_made(run: "Execution") -> str | None:
    """What a run that made slots came to; None of any other run."""
    if run.workflow != DAILY_SLOT_GENERATION.name or not isinstance(run.output, dict):
        return None
    return slots_made({_SNAKE.sub(r"_\1", name).lower(): value for name, value in run.output.items()})


def _answer(call: "Call | PaymentsCall") -> str:
    if call.status is None:
        return "nothing"
    return f"{call.status}, code {call.code}" if call.code else f"{call.status}"


def _intent(intent_id: str | None) -> str:
    parsed = IntentId.parse(intent_id) if intent_id is not None else None
    return f"{subject_name(parsed.subject)} {kind_name(parsed.kind)}" if parsed is not None else "a message"


def for_people(activities: Sequence[Activity]) -> Iterator[Entry]:
    """What of it a person reads."""
    return (it.entry for it in activities if not it.routine)

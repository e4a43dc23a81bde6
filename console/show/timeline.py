"""Lists what happened in the order of virtual time: events, runs, and messages with their text."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from clinic.domain.messages.intent import prescription_subject, reservation_subject
from clinic.domain.statistics import StatisticKind
from console.audit.evidence import Publication
from console.explain.messages import message_name
from console.inputs.events import InboundMessage
from console.output.bookings import RefundRow
from console.output.result import RunResult
from console.output.rows import ExecutionRow, MessageRow
from console.run.collect import subjects
from console.show.routine import is_routine_event, is_routine_run, slots_made
from console.terminal.text import count, printable

SHORT = 60


class EntryKind(IntEnum):
    """What an entry is about; within one instant entries stand in this order."""

    EVENT = 0
    INBOUND = 1
    RUN = 2
    SLOTS = 3
    REFUND = 4
    MESSAGE = 5
    ENDED = 6


_LABELS = {
    EntryKind.EVENT: "event",
    EntryKind.INBOUND: "inbound",
    EntryKind.RUN: "run",
    EntryKind.SLOTS: "slots",
    EntryKind.REFUND: "refund",
    EntryKind.MESSAGE: "message",
    EntryKind.ENDED: "run",
}
_NEAREST = ("request_id", "reservation_id", "profile_id")
_STYLES = {
    "sent": "green",
    "delivered": "green",
    "read": "green",
    "failed": "red",
    "unknown": "yellow",
    "skipped": "dim",
    "superseded": "dim",
    "planned": "dim",
}


@dataclass(frozen=True)
class Entry:
    """One line of the timeline.

    Attributes:
        text: a message's text, as it is read.
        line: the event's line it belongs to; keeps an event, its run and its message of one instant together.
    """

    at: datetime
    kind: EntryKind
    title: str
    text: str | None = None
    style: str = ""
    line: float = math.inf


def entries(
    result: RunResult, publications: Sequence[Publication], zone: str, inbound: Sequence[InboundMessage] = ()
) -> list[Entry]:
    """All entries in order; ``zone``: the clinic's, where a dose's hour has none of its own."""
    found = [
        *_events(publications),
        *map(_inbound_entry, inbound),
        *_runs(result),
        *_refunds(result),
        *_messages(result, publications, zone),
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.kind is EntryKind.ENDED, entry.line, entry.kind))


def event_entry(event: Publication) -> Entry:
    """An event's own line."""
    about = nearest(event.detail)
    origin = f"line {event.line}" if event.line is not None else "by Citas"
    title = f"{event.detail_type} for {about} ({origin})" if about else f"{event.detail_type} ({origin})"
    if event.refusal is not None:
        title = f"{event.detail_type} ({origin}): refused by the bus: {event.refusal}"
    style = "red" if event.refusal is not None else "cyan"
    return Entry(event.at, EntryKind.EVENT, title, style=style, line=_place(event.line))


def _inbound_entry(message: InboundMessage) -> Entry:
    title = f"{message.sender} writes (line {message.line})"
    return Entry(message.at, EntryKind.INBOUND, title, message.text, "cyan", line=_place(message.line))


def refund_entry(row: RefundRow) -> Entry:
    """A refund's own line."""
    title = f"{row.reservation_id} gets {row.amount} {row.currency} of {row.charge_id} back: {row.status}"
    return Entry(row.at, EntryKind.REFUND, title, style="magenta")


def _place(line: int | None) -> float:
    return line if line is not None else math.inf


def nearest(detail: Any) -> str | None:
    """Whom or what an event is about in the first place."""
    return next(_about(detail), None)


def _about(detail: Any) -> Iterator[str]:
    """What an event is about, the nearest first: a request, a reservation, a doctor."""
    named = subjects(detail)
    return (name for column in _NEAREST if (name := named[column]) is not None)


def _events(publications: Sequence[Publication]) -> Iterator[Entry]:
    return (
        event_entry(event) for event in publications if not is_routine_event(event.detail_type, event.line)
    )


def _runs(result: RunResult) -> Iterator[Entry]:
    failed = {row.event_id for row in result.events_failed if row.where == "execution"}
    made = {
        row.subject.rpartition("#")[2]: slots_made(row.values)
        for row in result.statistics
        if row.kind == StatisticKind.SLOT_GENERATION
    }
    for run in result.executions:
        if run.status == "ABORTED" and run.event_id not in failed:
            yield from _run(run, _stopped(run), "dim")
        elif run.status not in {"RUNNING", "SUCCEEDED"}:
            yield from _run(run, _failed(run), "red")
        elif run.event_id in made:
            yield from _run(run, _ended(run, made[run.event_id]), "")
        elif not is_routine_run(run.workflow, run.line):
            yield from _run(run, _ended(run), "")


def _run(run: ExecutionRow, ending: str, style: str) -> Iterator[Entry]:
    """Its beginning and its end; of the routine, and where both are one instant of failure, the end alone."""
    if style == "red" and run.stopped_at == run.started_at:
        yield _of_run(run, run.started_at, EntryKind.RUN, ending, style)
        return
    if not is_routine_run(run.workflow, run.line):
        yield run_begins(run)
    if run.stopped_at is not None:
        yield _of_run(run, run.stopped_at, EntryKind.ENDED, ending, style)


def run_begins(run: ExecutionRow) -> Entry:
    """The line of a run's beginning."""
    return _of_run(run, run.started_at, EntryKind.RUN, "begins")


def run_ends(run: ExecutionRow, slots: str | None = None) -> Entry:
    """The line of the end of a run that has ended; ``slots``: what generating them came to."""
    at = run.stopped_at or run.started_at
    if run.status == "SUCCEEDED":
        return _of_run(run, at, EntryKind.ENDED, _ended(run, slots))
    if run.status == "ABORTED":
        return _of_run(run, at, EntryKind.ENDED, _stopped(run), "dim")
    return _of_run(run, at, EntryKind.ENDED, _failed(run), "red")


def _of_run(run: ExecutionRow, at: datetime, kind: EntryKind, happens: str, style: str = "") -> Entry:
    about = run.request_id or run.reservation_id or run.profile_id or run.name
    name = f"{run.workflow} (line {run.line})" if run.line is not None else f"{run.workflow} for {about}"
    return Entry(at, kind, f"{name} {happens}", style=style, line=_place(run.line))


def _ended(run: ExecutionRow, slots: str | None = None) -> str:
    """How it succeeded: what it came to, which may be nothing to do."""
    ending = f"ends: {run.outcome.replace('_', ' ')}" if run.outcome else "ends well"
    return ending if slots is None else f"{ending}; slots: {slots}"


def _stopped(run: ExecutionRow) -> str:
    return f"is stopped: {run.cause or run.error or ''}"


def _failed(run: ExecutionRow) -> str:
    return ": ".join(part for part in (run.status.lower(), run.error, run.cause) if part)


def _refunds(result: RunResult) -> Iterator[Entry]:
    return map(refund_entry, result.refunds)


def _messages(result: RunResult, publications: Sequence[Publication], zone: str) -> Iterator[Entry]:
    zones = {prescription_subject(row.prescription_id): row.time_zone or zone for row in result.prescriptions}
    lines = {
        (event.at, about): _place(event.line)
        for event in reversed(publications)
        for about in _about(event.detail)
    }
    parked = {
        reservation_subject(row.reservation_id): row.parked_until
        for row in result.reservations
        if row.parked_until is not None
    }
    for row in result.messages:
        name = f"{subject_name(row.subject)} {message_name(row, zones.get(row.subject, zone))}"
        for at, title, text in _message(row, name):
            line = lines.get((at, row.reservation_id or subject_name(row.subject)), math.inf)
            if row.status == "planned" and (until := parked.get(row.subject)) is not None:
                yield Entry(at, EntryKind.MESSAGE, f"{title}: parked until {until:%Y-%m-%d}", text, "", line)
            else:
                yield Entry(at, EntryKind.MESSAGE, title, text, _STYLES.get(row.status, ""), line)


def _message(row: MessageRow, what: str) -> Iterator[tuple[datetime, str, str | None]]:
    """When the intent was settled, what became of it, and the text that left; twice if it failed later."""
    if row.sent_at is not None:
        yield row.sent_at, f"{what} → {row.to}", row.text
        if row.status != "failed":
            return
    at, became = _outcome(row)
    yield at, f"{what} {became}", row.text if row.sent_at is None else None


def _outcome(row: MessageRow) -> tuple[datetime, str]:
    if row.status in {"planned", "sending"}:
        return row.due_at, f"{row.status}, not sent yet"
    reason = f": {row.reason}" if row.reason else ""
    return row.updated_at or row.due_at, f"{row.status}{reason}"


def subject_name(subject: str) -> str:
    """``r-17`` of ``reservation#r-17``."""
    return subject.partition("#")[2] or subject


def show(console: Console, all_entries: Sequence[Entry], zone: str, *, full: bool) -> None:
    """Print the timeline, the first ``SHORT`` entries of it unless ``full``."""
    shown = all_entries if full else all_entries[:SHORT]
    printer = EntryPrinter(console, zone)
    for entry in shown:
        printer.show(entry)
    if len(shown) < len(all_entries):
        rest = count(len(all_entries) - len(shown), "more entry", "more entries")
        console.print(
            f"\n… and {rest} up to the end; --full shows them all, --json keeps them all.", style="bold"
        )


class EntryPrinter:
    """Prints entries one after the other, a heading for each new day of the clinic."""

    def __init__(self, console: Console, zone: str) -> None:
        self._console = console
        self._zone = ZoneInfo(zone)
        self._zone_name = zone
        self._day = ""
        self._instant: datetime | None = None

    def show(self, entry: Entry) -> None:
        """Print one entry."""
        local = entry.at.astimezone(self._zone)
        day = local.strftime("%A %Y-%m-%d")
        if day != self._day:
            self._console.print(
                Text.assemble("\n", (day, "bold"), (f"  {self._zone_name}, then day and time in UTC", "dim"))
            )
            self._day, self._instant = day, None
        second = entry.at - timedelta(microseconds=entry.at.microsecond)
        when = f"{local:%H:%M:%S} {entry.at:%dT%H:%M:%S}Z" if second != self._instant else ""
        self._instant = second
        line = Text.assemble((f"  {when:<22}", "dim"), (f"{_LABELS[entry.kind]:<8} ", entry.style))
        line.append(printable(entry.title), entry.style)
        self._console.print(line, soft_wrap=True)
        if entry.text is not None:
            for part in filter(str.strip, entry.text.splitlines()):
                self._console.print(Text(f"      │ {printable(part)}"), soft_wrap=True)

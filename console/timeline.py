"""What happened, in the order of virtual time: events, runs, and messages with their text."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from console.audit.evidence import Publication
from console.output.result import MessageRow, RunResult
from console.text import count, printable

SHORT = 60


class What(IntEnum):
    """What an entry is about; within one instant entries stand in this order."""

    EVENT = 0
    RUN = 1
    MESSAGE = 2
    ENDED = 3


_LABELS = {What.EVENT: "event", What.RUN: "run", What.MESSAGE: "message", What.ENDED: "run"}
_STYLES = {
    "sent": "green",
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
        text: a message's Spanish text.
        line: the event's line it belongs to; keeps an event, its run and its message of one instant together.
    """

    at: datetime
    what: What
    title: str
    text: str | None = None
    style: str = ""
    line: float = math.inf


def entries(result: RunResult, publications: Sequence[Publication]) -> list[Entry]:
    """All entries in order."""
    return sorted(
        [*_events(publications), *_runs(result), *_messages(result, publications)],
        key=lambda entry: (entry.at, entry.what is What.ENDED, entry.line, entry.what),
    )


def _events(publications: Sequence[Publication]) -> Iterator[Entry]:
    for event in publications:
        title, style = f"{event.detail_type} (line {event.line})", "cyan"
        if event.refusal is not None:
            title, style = f"{title}: refused by the bus: {event.refusal}", "red"
        yield Entry(event.at, What.EVENT, title, style=style, line=event.line)


def _runs(result: RunResult) -> Iterator[Entry]:
    for run in result.executions:
        name = f"{run.workflow} (line {run.line})" if run.line is not None else f"{run.workflow} {run.name}"
        line = run.line or math.inf
        ended_badly = run.status not in {"RUNNING", "SUCCEEDED"}
        ending = ": ".join(part for part in (run.status.lower(), run.error, run.cause) if part)
        if ended_badly and run.stopped_at == run.started_at:
            yield Entry(run.started_at, What.RUN, f"{name} {ending}", style="red", line=line)
            continue
        yield Entry(run.started_at, What.RUN, f"{name} begins", line=line)
        if run.stopped_at is not None:
            title, style = (f"{name} {ending}", "red") if ended_badly else (f"{name} ends well", "")
            yield Entry(run.stopped_at, What.ENDED, title, style=style, line=line)


def _messages(result: RunResult, publications: Sequence[Publication]) -> Iterator[Entry]:
    lines = {
        (event.at, event.detail.get("reservationId")): event.line
        for event in reversed(publications)
        if isinstance(event.detail, Mapping) and isinstance(event.detail.get("reservationId"), str)
    }
    for row in result.messages:
        at, title = _message(row)
        line = lines.get((at, row.reservation_id), math.inf)
        yield Entry(at, What.MESSAGE, title, row.text, _STYLES.get(row.status, ""), line)


def _message(row: MessageRow) -> tuple[datetime, str]:
    """When the intent was settled, and what became of it."""
    what = f"{row.reservation_id or row.subject} {row.kind}"
    if row.sent_at is not None:
        return row.sent_at, f"{what} → {row.to}"
    if row.status in {"planned", "sending"}:
        return row.due_at, f"{what} {row.status}, not sent yet"
    reason = f": {row.reason}" if row.reason else ""
    return row.updated_at or row.due_at, f"{what} {row.status}{reason}"


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
            self._console.print(Text.assemble("\n", (day, "bold"), (f"  {self._zone_name}", "dim")))
            self._day, self._instant = day, None
        second = entry.at - timedelta(microseconds=entry.at.microsecond)
        when = f"{local:%H:%M:%S} {entry.at:%dT%H:%M:%S}Z" if second != self._instant else ""
        self._instant = second
        line = Text.assemble((f"  {when:<22}", "dim"), (f"{_LABELS[entry.what]:<8} ", entry.style))
        line.append(printable(entry.title), entry.style)
        self._console.print(line, soft_wrap=True)
        if entry.text is not None:
            for part in filter(str.strip, entry.text.splitlines()):
                self._console.print(Text(f"      │ {printable(part)}"), soft_wrap=True)

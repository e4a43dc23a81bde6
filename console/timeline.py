"""What happened, in the order of virtual time: events, runs, and messages with their text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
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
    """One line of the timeline; ``text`` is a message's Spanish text."""

    at: datetime
    what: What
    title: str
    text: str | None = None
    style: str = ""


def entries(result: RunResult, publications: Sequence[Publication]) -> list[Entry]:
    """All entries in order."""
    return sorted(
        [*_events(publications), *_runs(result), *map(message_entry, result.messages)],
        key=lambda entry: (entry.at, entry.what),
    )


def _events(publications: Sequence[Publication]) -> Iterator[Entry]:
    for event in publications:
        title = f"{event.detail_type} (line {event.line})"
        if event.refusal is not None:
            yield Entry(event.at, What.EVENT, f"{title}: refused by the bus: {event.refusal}", style="red")
        else:
            yield Entry(event.at, What.EVENT, title, style="cyan")


def _runs(result: RunResult) -> Iterator[Entry]:
    for run in result.executions:
        name = f"{run.workflow} (line {run.line})" if run.line is not None else f"{run.workflow} {run.name}"
        if run.stopped_at == run.started_at and run.status != "SUCCEEDED":
            yield Entry(
                run.started_at, What.RUN, f"{name} {_ending(run.status, run.error, run.cause)}", style="red"
            )
            continue
        yield Entry(run.started_at, What.RUN, f"{name} begins")
        if run.stopped_at is not None:
            style = "" if run.status == "SUCCEEDED" else "red"
            yield Entry(
                run.stopped_at, What.ENDED, f"{name} {_ending(run.status, run.error, run.cause)}", style=style
            )


def _ending(status: str, error: str | None, cause: str | None) -> str:
    if status == "SUCCEEDED":
        return "ends well"
    return ": ".join(part for part in (status.lower(), error, cause) if part)


def message_entry(row: MessageRow) -> Entry:
    """The entry of one intent, at the instant that settled it."""
    subject = row.reservation_id or row.subject
    style = _STYLES.get(row.status, "")
    if row.sent_at is not None:
        return Entry(row.sent_at, What.MESSAGE, f"{subject} {row.kind} → {row.to}", row.text, style)
    at = row.updated_at or row.due_at
    reason = f": {row.reason}" if row.reason else ""
    if row.status in {"planned", "sending"}:
        return Entry(
            row.due_at, What.MESSAGE, f"{subject} {row.kind} {row.status}, not sent yet", style=style
        )
    return Entry(at, What.MESSAGE, f"{subject} {row.kind} {row.status}{reason}", row.text, style)


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
        when = f"{local:%H:%M:%S}  {entry.at:%d %H:%M:%S}Z" if second != self._instant else ""
        self._instant = second
        line = Text.assemble((f"  {when:<23}", "dim"), (f"{_LABELS[entry.what]:<8} ", entry.style))
        line.append(printable(entry.title), entry.style)
        self._console.print(line, soft_wrap=True)
        if entry.text is not None:
            quote = "\n".join(printable(part) for part in entry.text.splitlines() if part.strip())
            self._console.print(Padding(Text(quote), (0, 0, 0, 34)))

"""An account for a person: a few lines of facts, and a table of messages."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from clinic.domain.instants import from_text
from clinic.domain.messages.intent import IntentStatus
from console.explain.accounts import Account
from console.explain.messages import message_name
from console.explain.reasons import reason_text
from console.output.rows import MessageRow
from console.terminal.records import Column, Row, show_records
from console.terminal.text import count, printable

_STYLES = {
    "sent": "green",
    "delivered": "green",
    "read": "green",
    "failed": "red",
    "unknown": "yellow",
    "skipped": "dim",
    "superseded": "dim",
}
_ARRIVING = frozenset({IntentStatus.SENT, IntentStatus.DELIVERED, IntentStatus.READ})
_INSTANTS = {
    "appointment_time": "visit",
    "expires_at": "answer until",
    "parked_until": "parked until",
    "takes_from": "takes time from",
    "takes_until": "takes time until",
    "cancelled_at": "cancelled",
    "conflict_told": "conflict told",
    "created_at": "known since",
    "updated_at": "last changed",
}
_COLUMNS = (
    Column("Message", is_prose=True),
    *map(Column, ("Due", "Status")),
    Column("What became of it", is_prose=True),
)
_HEADLINE = ("status", "version", "time_zone")


def show_account(screen: Console, account: Account) -> None:
    """Print one account; instants are on the clock of its zone."""
    facts, zone = account.facts(), ZoneInfo(account.zone)
    title = Text(printable(account.subject.replace("#", " ")), "bold")
    standing = "no record of its own here"
    if facts:
        version = f", version {facts['version']}" if "version" in facts else ""
        standing = f"{facts['status']}{version}"
    screen.print(title.append(f": {standing}", "not bold"), soft_wrap=True)
    for name, value in facts.items():
        if name not in _HEADLINE:
            shown = _clock(from_text(value), zone) if name in _INSTANTS and value else str(value or "not yet")
            label = _INSTANTS.get(name, name.removesuffix("_id").replace("_", " "))
            screen.print(Text(f"  {label:<13} {printable(shown)}"), soft_wrap=True)
    screen.print(Text(f"  {'instants in':<14}{account.zone}", "dim"))
    for sentence in account.not_told():
        screen.print(Text(f"  {printable(sentence)}", "red"), soft_wrap=True)
    screen.print()
    if account.messages:
        show_records(screen, _COLUMNS, _rows(account, zone), indent=2)
    else:
        screen.print("  No message was planned.")
    screen.print()
    for failure in account.failures:
        run = f", run {failure.run}" if failure.run else ""
        text = f"  failed {_clock(failure.at, zone)}  {failure.what}{run}: {failure.reason}"
        screen.print(Text(printable(text), "red"), soft_wrap=True)
    if account.failures:
        screen.print()


def _rows(account: Account, zone: ZoneInfo) -> list[Row]:
    rows = []
    for row in account.messages:
        name = message_name(row, account.zone) + (f" (version {row.version})" if row.version > 1 else "")
        due = f"{row.due_at.astimezone(zone):%Y-%m-%d %H:%M}"
        told = story(row, zone, account.stopped.get(row.intent_id))
        rows.append(Row((name, due, row.status, told), styles=((2, _STYLES.get(row.status, "")),)))
    return rows


def story(row: MessageRow, zone: ZoneInfo, stopped_until: datetime | None = None) -> str:
    """Why it stands where it stands, what happened to it when, and until when its template is stopped."""
    if stopped_until is not None:
        stopped = f"waits: WhatsApp has stopped its template until {_clock(stopped_until, zone)}"
        return ", ".join([stopped, *_happenings(row, zone)])
    if row.status in _ARRIVING:
        waits = ["no word of its delivery"] if row.status == IntentStatus.SENT else []
        return ", ".join([*_happenings(row, zone), *waits])
    why = reason_text(row.reason) or "not sent yet"
    happenings = ", ".join(_happenings(row, zone))
    return f"{why} ({happenings})" if happenings else why


def _happenings(row: MessageRow, zone: ZoneInfo) -> Iterator[str]:
    if row.attempts > 1:
        yield count(row.attempts, "attempt")
    for failed in row.failed_tries:
        instant, _, why = failed.partition(" ")
        tried_at = from_text(instant)
        is_told = row.status != IntentStatus.PLANNED and (tried_at, why) == (row.updated_at, row.reason)
        if not is_told:  # by the status
            yield f"tried {_clock(tried_at, zone, near=row.due_at)}: {reason_text(why)}"
    steps = {"accepted": row.sent_at, "on the phone": row.delivered_at, "read": row.read_at}
    if row.status not in _ARRIVING and row.status != IntentStatus.PLANNED:
        steps[row.status] = row.updated_at
    for word, at in steps.items():
        if at is not None:
            yield f"{word} {_clock(at, zone, near=row.due_at)}"


def _clock(at: datetime, zone: ZoneInfo, near: datetime | None = None) -> str:
    """On the zone's clock, to the second; without the date where it is that of ``near``."""
    local = at.astimezone(zone)
    if near is not None and near.astimezone(zone).date() == local.date():
        return f"{local:%H:%M:%S}"
    return f"{local:%Y-%m-%d %H:%M:%S}"

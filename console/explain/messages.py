"""Says in words what became of each message."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.messages.kinds import DOSE, kind_of
from console.explain.reasons import reason_text
from console.output.rows import MessageRow

_TO_THE_DOCTOR = ", to the doctor"

# Once WhatsApp has accepted it, unless its webhook says that it failed.
_ARRIVING = {"sent", "delivered", "read"}


def explain_messages(messages: Iterable[MessageRow]) -> Iterator[tuple[str, list[str]]]:
    """For each subject, in order, its name and one sentence a message."""

    def subject(row: MessageRow) -> str:
        return row.reservation_id or row.subject

    ordered = sorted(messages, key=lambda row: (subject(row), row.version, row.due_at, row.kind))
    for name, rows in groupby(ordered, key=subject):
        yield name, [explain_message(row) for row in rows]


def explain_message(row: MessageRow) -> str:
    """One sentence: what it is, what became of it, and why."""
    what = kind_name(row.kind)
    if row.version > 1:
        what += f" (version {row.version})"
    if row.sent_at is not None and row.status in _ARRIVING:
        again = f", at the {_ordinal(row.attempts)} attempt" if row.attempts > 1 else ""
        seen = "".join(
            f", {word} {to_text(at.replace(microsecond=0))}"
            for word, at in (("delivered", row.delivered_at), ("read", row.read_at))
            if at is not None
        )
        return f"{what}: sent {to_text(row.sent_at.replace(microsecond=0))}{again}{seen}"
    reason = reason_text(row.reason)
    waits = ": WhatsApp's webhook will tell" if row.status == IntentStatus.UNKNOWN else ""
    return f"{what}: {row.status}" + (f"; {reason}{waits}" if reason else "")


def kind_name(kind: str) -> str:
    """What a person calls a kind of message."""
    row = kind_of(kind)
    return row.called_of(kind) + (_TO_THE_DOCTOR if row.is_for_doctor else "")


def message_name(row: MessageRow, zone: str) -> str:
    """What a person calls a message; of a dose with its hour in the zone: ``dose 08:00``."""
    name = kind_name(row.kind)
    if DOSE.holds(row.kind) and row.appointment_time is not None:
        return f"{name} {row.appointment_time.astimezone(ZoneInfo(row.time_zone or zone)):%H:%M}"
    return name


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")

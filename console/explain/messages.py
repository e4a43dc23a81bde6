"""What became of each message, in words."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from clinic.domain.appointments.reminders import CONFIRMATION, REMINDER_PREFIX
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import DOSE_PREFIX, FOLLOW_UP_PREFIX, IntentStatus
from clinic.domain.messages.notices import NoticeKind
from console.explain.reasons import reason_text
from console.output.rows import MessageRow

TO_THE_DOCTOR = ", to the doctor"
DOCTOR_KINDS = frozenset(
    {
        NoticeKind.CANCELLATION_DOCTOR,
        NoticeKind.REQUEST_DOCTOR,
        NoticeKind.REQUEST_EXPIRED_DOCTOR,
        NoticeKind.APPROVAL_TOO_LATE_DOCTOR,
    }
)
_KINDS = {
    CONFIRMATION: "confirmation",
    NoticeKind.CANCELLATION: "cancellation",
    NoticeKind.CANCELLATION_DOCTOR: "cancellation, to the doctor",
    NoticeKind.REFUND_MADE: "refund made",
    NoticeKind.RESCHEDULING: "new time",
    NoticeKind.RESCHEDULING_REFUSED: "no new time, the old one stays",
    NoticeKind.REQUEST_DOCTOR: "request, to the doctor",
    NoticeKind.REQUEST_DECLINED: "request declined",
    NoticeKind.REQUEST_EXPIRED: "request expired",
    NoticeKind.REQUEST_EXPIRED_DOCTOR: "request expired, to the doctor",
    NoticeKind.APPROVAL_TOO_LATE_DOCTOR: "approved too late, to the doctor",
}

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
    if kind.startswith(REMINDER_PREFIX):
        return f"{kind.removeprefix(REMINDER_PREFIX)} reminder"
    if kind.startswith(FOLLOW_UP_PREFIX):
        return f"{kind.removeprefix(FOLLOW_UP_PREFIX)} follow-up"
    if kind.startswith(DOSE_PREFIX):
        return "dose"
    return _KINDS.get(kind, kind)


def message_name(row: MessageRow, zone: str) -> str:
    """What a person calls a message; of a dose with its hour in the zone: ``dose 08:00``."""
    name = kind_name(row.kind)
    if row.kind.startswith(DOSE_PREFIX) and row.appointment_time is not None:
        return f"{name} {row.appointment_time.astimezone(ZoneInfo(row.time_zone or zone)):%H:%M}"
    return name


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")

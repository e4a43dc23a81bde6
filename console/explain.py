"""What became of each message, in words."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from clinic.domain.instants import to_text
from clinic.domain.notices import NoticeKind
from clinic.domain.reminders import CONFIRMATION, REMINDER_PREFIX
from console.output.rows import MessageRow

_KINDS = {
    CONFIRMATION: "confirmation",
    NoticeKind.CANCELLATION: "cancellation",
    NoticeKind.CANCELLATION_DOCTOR: "cancellation, to the doctor",
    NoticeKind.RESCHEDULING: "new time",
    NoticeKind.RESCHEDULING_REFUSED: "no new time, the old one stays",
    NoticeKind.REQUEST_DOCTOR: "request, to the doctor",
    NoticeKind.REQUEST_DECLINED: "request declined",
    NoticeKind.REQUEST_EXPIRED: "request expired",
    NoticeKind.REQUEST_EXPIRED_DOCTOR: "request expired, to the doctor",
    NoticeKind.APPROVAL_TOO_LATE_DOCTOR: "approved too late, to the doctor",
}
_REASONS = {
    "booked_after_due": "the visit was booked after it was due",
    "appointment_moved": "the visit was moved",
    "reservation_cancelled": "the visit was cancelled",
    "reservation_closed": "the visit is over",
    "reservation_missing": "there is no such reservation",
    "no_longer_useful": "it would have come too late to be of use",
    "request_closed": "the request had been answered by then",
    "no_longer_wanted": "a newer event no longer asks for it",
    "no_answer_after_request": "the request left and no answer came: WhatsApp's webhook will tell",
    "interrupted_while_sending": "the process died around the request: WhatsApp's webhook will tell",
    "whatsapp:131026": "WhatsApp can't reach this number (131026)",
}


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
    if row.sent_at is not None:
        again = f", at the {_ordinal(row.attempts)} attempt" if row.attempts > 1 else ""
        return f"{what}: sent {to_text(row.sent_at.replace(microsecond=0))}{again}"
    reason = _REASONS.get(row.reason or "", row.reason or "")
    return f"{what}: {row.status}" + (f"; {reason}" if reason else "")


def kind_name(kind: str) -> str:
    """What a person calls a kind of message."""
    if kind.startswith(REMINDER_PREFIX):
        return f"{kind.removeprefix(REMINDER_PREFIX)} reminder"
    return _KINDS.get(kind, kind)


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")

"""What is known of a subject: facts of its record, and every message with what became of it, by ids alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clinic.domain.instants import to_text
from clinic.domain.intents import SUBJECT_SEPARATOR, request_subject, reservation_subject
from console.explain import message_name
from console.output.bookings import RequestRow, ReservationRow
from console.output.rows import MessageRow
from console.reasons import reason_text
from console.subjects.names import Asked
from console.subjects.sources import Record, Source

# Neither names nor numbers nor texts: what an operator shows to others.
_FACTS = (
    *(
        "status",
        "version",
        "appointment_time",
        "expires_at",
        "time_zone",
        "profile_id",
        "clinic_id",
    ),
    *("service_id", "slot_id", "reservation_id", "rescheduled_to", "is_placeholder", "closed_because"),
    *("created_at", "updated_at"),
)
_OF_A_MESSAGE = (
    *("intent_id", "kind", "version", "status", "reason", "attempts", "template", "appointment_time"),
    *("due_at", "useful_until", "sent_at", "delivered_at", "read_at", "message_id", "created_at"),
    "updated_at",
)


@dataclass(frozen=True)
class Account:
    """What is known of one subject."""

    subject: str
    record: Record | None
    messages: Sequence[MessageRow]
    zone: str

    def facts(self) -> dict[str, Any]:
        """The record's facts that are set, by their columns' names."""
        if self.record is None:
            return {}
        row = self.record.model_dump(mode="json")
        own_id = self.subject.partition(SUBJECT_SEPARATOR)[0] + "_id"
        facts = {name: row[name] for name in _FACTS if row.get(name) not in (None, False) and name != own_id}
        note = self.record.cancellation if isinstance(self.record, ReservationRow) else None
        if note is not None:
            facts["cancelled_at"] = to_text(note.at)
            if note.refund is not None:
                facts["refund"] = note.refund.status
        return facts

    def document(self) -> dict[str, Any]:
        """The account for programs."""
        return {
            "subject": self.subject,
            "time_zone": self.zone,
            "record": self.facts() or None,
            "messages": [self._message(row) for row in self.messages],
        }

    def _message(self, row: MessageRow) -> dict[str, Any]:
        values = row.model_dump(mode="json", include=set(_OF_A_MESSAGE))
        in_words = {"name": message_name(row, self.zone), "reason_in_words": reason_text(row.reason) or None}
        return {name: values[name] for name in _OF_A_MESSAGE} | in_words


def accounts(asked: Asked, source: Source, zone: str) -> list[Account]:
    """An account of each thing that has the name; ``zone``: where a record names none."""
    found = []
    for subject in _with_their_other_halves(asked, source):
        record, messages = source.record(subject), source.messages(subject)
        if asked.intent_id is not None:
            messages = [row for row in messages if row.intent_id == asked.intent_id]
        if messages or (record is not None and asked.intent_id is None):
            own = record.time_zone if record is not None else None
            messages.sort(key=lambda row: (row.version, row.due_at, row.kind))
            found.append(Account(subject, record, messages, own or _zone_of(messages) or zone))
    return found


def _with_their_other_halves(asked: Asked, source: Source) -> list[str]:
    """The subjects, and beside a request its reservation, beside a reservation the request that led to it."""
    if asked.intent_id is not None:
        return list(asked.subjects)
    subjects = dict.fromkeys(asked.subjects)
    for subject in asked.subjects:
        kind, _, name = subject.partition(SUBJECT_SEPARATOR)
        if kind == "reservation" and (request_id := source.request_for(name)) is not None:
            subjects[request_subject(request_id)] = None
        if kind == "request" and isinstance(record := source.record(subject), RequestRow):
            subjects[reservation_subject(record.reservation_id)] = None
    return list(subjects)


def _zone_of(messages: Sequence[MessageRow]) -> str | None:
    return next((row.time_zone for row in messages if row.time_zone is not None), None)

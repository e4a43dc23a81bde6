"""An account of a subject: facts of its record, and every message with what became of it, by ids alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from clinic.domain.errors import DoctorNotToldError
from clinic.domain.instants import to_text
from clinic.domain.messages.arrivals import is_patient_to_be_phoned
from clinic.domain.messages.intent import (
    SUBJECT_SEPARATOR,
    IntentStatus,
    Reason,
    request_subject,
    reservation_subject,
)
from clinic.domain.messages.kinds import kind_of
from console.explain.messages import message_name
from console.explain.names import Asked
from console.explain.reasons import reason_text
from console.explain.sources import Failure, Record, Source
from console.output.bookings import RequestRow, ReservationRow
from console.output.rows import MessageRow

# Neither names nor numbers nor texts: what an operator shows to others.
_FACTS = (
    *(
        "status",
        "version",
        "appointment_time",
        "expires_at",
        "parked_until",
        "time_zone",
        "profile_id",
        "clinic_id",
    ),
    *(
        "service_id",
        "slot_id",
        "takes_from",
        "takes_until",
        "reservation_id",
        "rescheduled_to",
        "is_placeholder",
        "is_unplaced",
        "closed_because",
    ),
    *("created_at", "updated_at"),
)
_OF_A_MESSAGE = (
    *("intent_id", "kind", "version", "status", "reason", "attempts", "failed_tries", "template"),
    *(
        "appointment_time",
        "due_at",
        "useful_until",
        "sent_at",
        "delivered_at",
        "read_at",
        "message_id",
        "created_at",
    ),
    "updated_at",
)
_NOT_TOLD = frozenset({IntentStatus.FAILED, IntentStatus.SKIPPED})


@dataclass(frozen=True)
class Account:
    """What is known of one subject.

    Attributes:
        failures: what failed about it and was not tried again.
        stopped: by the intent ids of messages that wait for a template until when WhatsApp has stopped it.
    """

    subject: str
    record: Record | None
    messages: Sequence[MessageRow]
    zone: str
    failures: Sequence[Failure] = ()
    stopped: Mapping[str, datetime] = field(default_factory=dict)

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
                money = (note.refund.amount, note.refund.currency)
                facts["refund"] = " ".join(str(it) for it in (note.refund.status, *money) if it is not None)
                if note.refund.explanation or note.refund.reason:
                    facts["refund_because"] = note.refund.explanation or note.refund.reason
        conflict = self.record.conflict if isinstance(self.record, ReservationRow) else None
        if conflict is not None:
            meets = ", ".join([*conflict.slot_ids, *conflict.reservation_ids])
            facts["conflict"] = f"meets {meets}"
            facts["conflict_told"] = to_text(conflict.told_at) if conflict.told_at else None
        return facts

    def not_told(self) -> list[str]:
        """What a doctor or the patient has not been told, and why, in a sentence each."""
        found = [
            f"the doctor was not told: {kind.called}: {why}"
            for row in self.messages
            if (kind := kind_of(row.kind)).is_for_doctor
            and row.status in _NOT_TOLD
            and (why := reason_text(row.reason))
            if row.reason != Reason.REQUEST_CLOSED  # answered before the question left: nothing to tell
        ]
        found += [
            f"the patient was not told: {kind_of(row.kind).called}: {reason_text(row.reason)}"
            for row in self.messages
            if is_patient_to_be_phoned(row)
        ]
        untold = DoctorNotToldError.__name__
        return found + [failure.reason for failure in self.failures if failure.reason.startswith(untold)]

    def document(self) -> dict[str, Any]:
        """The account for programs."""
        return {
            "subject": self.subject,
            "time_zone": self.zone,
            "record": self.facts() or None,
            "not_told": self.not_told(),
            "messages": [self._message(row) for row in self.messages],
            "failures": [{**asdict(failure), "at": to_text(failure.at)} for failure in self.failures],
        }

    def _message(self, row: MessageRow) -> dict[str, Any]:
        values = row.model_dump(mode="json", include=set(_OF_A_MESSAGE))
        in_words = {"name": message_name(row, self.zone), "reason_in_words": reason_text(row.reason) or None}
        waits = self.stopped.get(row.intent_id)
        in_words["waits_until"] = to_text(waits) if waits is not None else None
        return {name: values[name] for name in _OF_A_MESSAGE} | in_words


def accounts(asked: Asked, source: Source, zone: str) -> list[Account]:
    """An account of each thing that has the name; ``zone``: where a record names none."""
    found = []
    for subject in _with_their_other_halves(asked, source):
        record, messages = source.record(subject), source.messages(subject)
        if asked.intent_id is not None:
            messages = [row for row in messages if row.intent_id == asked.intent_id]
        failures = source.failures(subject) if asked.intent_id is None else []
        if messages or failures or (record is not None and asked.intent_id is None):
            own = record.time_zone if record is not None else None
            messages.sort(key=lambda row: (row.version, row.due_at, row.kind))
            own_zone = own or _zone_of(messages) or zone
            found.append(Account(subject, record, messages, own_zone, failures, _stopped(messages, source)))
    return found


def _stopped(messages: Sequence[MessageRow], source: Source) -> dict[str, datetime]:
    """Until when the templates of messages that are still to leave have been stopped."""
    planned = [row for row in messages if row.status == IntentStatus.PLANNED]
    names = dict.fromkeys((row.template, row.language) for row in planned)
    until = {name: at for name in names if (at := source.stopped_until(*name)) is not None}
    return {
        row.intent_id: until[row.template, row.language]
        for row in planned
        if (row.template, row.language) in until and row.due_at < until[row.template, row.language]
    }


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

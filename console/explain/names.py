"""Reads a person's name for a subject: `r-17`, `reservation#r-17`, or a message's whole id."""

from dataclasses import dataclass

from clinic.domain.messages.intent import SUBJECT_SEPARATOR, IntentId
from console.terminal.errors import InputError

RECORDS = ("reservation", "request", "prescription")
"""What has a record of its own, by the word that opens its subject."""

_KINDS = (*RECORDS, "rescheduling")
ACCEPTED = "an id such as r-17, or reservation#r-17, request#q-1, prescription#p-1 or a message's intent id"


@dataclass(frozen=True)
class Asked:
    """What was asked for.

    Attributes:
        subjects: what the name may stand for.
        intent_id: the one message that was asked for; None: all of them.
    """

    text: str
    subjects: tuple[str, ...]
    intent_id: str | None = None


def parse_subject(text: str) -> Asked:
    """Read a name.

    Raises:
        InputError: it is none; the text says what would be.
    """
    kind, separator, name = text.partition(SUBJECT_SEPARATOR)
    if not separator and text.strip():
        return Asked(text, tuple(f"{kind}{SUBJECT_SEPARATOR}{text}" for kind in _KINDS))
    if kind in _KINDS and name and SUBJECT_SEPARATOR not in name:
        return Asked(text, (text,))
    try:
        intent_id = IntentId.parse(text)
    except ValueError:
        raise InputError([f"{text!r}: expected {ACCEPTED}"]) from None
    return Asked(text, (intent_id.subject,), text)

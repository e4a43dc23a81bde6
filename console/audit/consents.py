"""I4: nothing is sent to a person who has said not to want it, by what they wrote themselves."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.instants import to_text
from clinic.domain.intents import DOSE_PREFIX, FOLLOW_UP_PREFIX
from clinic.domain.phone import person_of
from console.audit.evidence import Evidence, Findings
from console.output.people import ConsentRow

APPOINTMENTS, FOLLOW_UPS, MEDICATION = "appointments", "follow_ups", "medication"
# The words that patients are told, read as plainly as they are written; the code reads more spellings.
_WORDS = {"BAJA": False, "STOP": False, "ALTA": True, "START": True}
_ABOUT = {
    "": (APPOINTMENTS, FOLLOW_UPS, MEDICATION),
    "RECORDATORIOS": (APPOINTMENTS,),
    "CITAS": (APPOINTMENTS,),
    "SEGUIMIENTOS": (FOLLOW_UPS,),
    "MEDICAMENTOS": (MEDICATION,),
}
_WISH = re.compile(r"\s*(BAJA|STOP|ALTA|START)(?:\s+([A-Z]+))?\s*")
_TAKEN = 200


@dataclass(frozen=True)
class Word:
    """What somebody said of a category: ``known_at``: from when on Citas could know."""

    said_at: datetime
    known_at: datetime
    is_wanted: bool

    @property
    def weight(self) -> tuple[datetime, bool]:
        """The newest word counts, and of one second the refusal."""
        return self.said_at, not self.is_wanted


def check_consents(evidence: Evidence, findings: Findings) -> None:
    """No delivery against the weightiest word that was known before it; and the rows say what was said."""
    words = _words(evidence)
    rows = {row.person: row for row in evidence.consents}
    for (person, category), said in words.items():
        last = max(said, key=lambda word: word.weight)
        if _is_wanted(rows.get(person), category) is not last.is_wanted:
            # The person is a phone number: the message's instant names the case as well.
            findings.violated(
                f"somebody's word on {category} of {to_text(last.said_at)} is not what the consents say"
            )
    kinds = {row.intent_id: row.kind for row in evidence.messages}
    for delivery in evidence.deliveries:
        kind = kinds.get(delivery.intent_id or "")
        if kind is None:
            continue
        said = words.get((_person(delivery.to), category_of(kind)), [])
        known = [word for word in said if word.known_at < delivery.at]
        if known and not (last := max(known, key=lambda word: word.weight)).is_wanted:
            findings.violated(
                f"sent {to_text(delivery.at)}, though refused {to_text(last.said_at)}",
                delivery.intent_id or "",
            )


def category_of(kind: str) -> str:
    """What a person refuses to get no message of this kind."""
    if kind.startswith(FOLLOW_UP_PREFIX):
        return FOLLOW_UPS
    return MEDICATION if kind.startswith(DOSE_PREFIX) else APPOINTMENTS


def _words(evidence: Evidence) -> dict[tuple[str, str], list[Word]]:
    found: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for webhook in evidence.webhooks:
        if webhook.answer != _TAKEN or webhook.forged:
            continue
        for message in webhook.received:
            wish = _WISH.fullmatch(message.text)
            for category in _ABOUT.get(wish[2] or "", ()) if wish is not None else ():
                said_at = message.at.replace(microsecond=0)
                word = Word(said_at, webhook.at, _WORDS[wish[1]] if wish is not None else True)
                found[_person(message.sender), category].append(word)
    return found


def _person(number: str) -> str:
    return person_of(f"+{number.lstrip('+')}")


def _is_wanted(row: ConsentRow | None, category: str) -> bool | None:
    if row is None:
        return None
    return {APPOINTMENTS: row.appointments, FOLLOW_UPS: row.follow_ups, MEDICATION: row.medication}[category]

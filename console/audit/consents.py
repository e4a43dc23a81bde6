"""I4: nothing is sent to a person who has said not to want it, by what they wrote themselves."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from unicodedata import combining, normalize

from clinic.domain.instants import to_text
from clinic.domain.people.phone import person_of
from console.audit.evidence import Evidence, Findings
from console.audit.kinds import DOSE_PREFIX, FOLLOW_UP_PREFIX
from console.output.people import ConsentRow

APPOINTMENTS, FOLLOW_UPS, MEDICATION = "appointments", "follow_ups", "medication"
# A list of its own: the audit would not see what the code reads wrongly if it read by the code's.
_NO, _YES = ("baja", "stop", "unsubscribe"), ("alta", "start")
_ABOUT = {
    APPOINTMENTS: ("recordatorio", "recordatorios", "cita", "citas"),
    FOLLOW_UPS: ("seguimiento", "seguimientos"),
    MEDICATION: ("medicamento", "medicamentos"),
}
_WISH = re.compile(
    rf"({'|'.join(_NO + _YES)})(?: ({'|'.join(word for words in _ABOUT.values() for word in words)}))?"
)
_LONGEST = 64
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
            is_wanted, categories = wish_of(message.text)
            for category in categories:
                word = Word(message.at.replace(microsecond=0), webhook.at, is_wanted)
                found[_person(message.sender), category].append(word)
    return found


def wish_of(text: str) -> tuple[bool, tuple[str, ...]]:
    """Whether somebody wants messages, and of which categories; no categories: it says nothing of that.

    One or two words, whatever their case, their accents and what stands around them.
    """
    unaccented = "".join(it for it in normalize("NFKD", text.casefold()) if not combining(it))
    letters = (it if it.isalnum() else " " for it in unaccented)
    wish = _WISH.fullmatch(" ".join("".join(letters).split())) if len(text) <= _LONGEST else None
    if wish is None:
        return True, ()
    about = tuple(category for category, words in _ABOUT.items() if wish[2] in {None, *words})
    return wish[1] in _YES, about


def _person(number: str) -> str:
    return person_of(f"+{number.lstrip('+')}")


def _is_wanted(row: ConsentRow | None, category: str) -> bool | None:
    if row is None:
        return None
    return {APPOINTMENTS: row.appointments, FOLLOW_UPS: row.follow_ups, MEDICATION: row.medication}[category]

"""The words by which a person gets no more messages, or gets them again."""

import re
import unicodedata
from dataclasses import dataclass

from clinic.domain.people.consents import Category

_IS_WANTED = {"baja": False, "stop": False, "unsubscribe": False, "alta": True, "start": True}
_CATEGORIES = {
    "recordatorio": Category.APPOINTMENTS,
    "cita": Category.APPOINTMENTS,
    "seguimiento": Category.FOLLOW_UPS,
    "medicamento": Category.MEDICATION,
}
_CATEGORIES |= {f"{word}s": category for word, category in _CATEGORIES.items()}
_NO_WORD = re.compile(r"[\W_]+")
LONGEST = 64


@dataclass(frozen=True)
class Wish:
    """Whether messages of these categories are wanted."""

    is_wanted: bool
    categories: frozenset[Category]


def wish_in(text: str) -> Wish | None:
    """The wish a message says and nothing else, whatever its case, accents and punctuation; or None.

    ``BAJA``, ``STOP``, ``UNSUBSCRIBE``; ``ALTA``, ``START``; each alone for all categories, or followed by
    one: ``RECORDATORIOS`` or ``CITAS``, ``SEGUIMIENTOS``, ``MEDICAMENTOS``.
    """
    if len(text) > LONGEST:
        return None
    match _words(text):
        case [word] if word in _IS_WANTED:
            return Wish(_IS_WANTED[word], frozenset(Category))
        case [word, about] if word in _IS_WANTED and about in _CATEGORIES:
            return Wish(_IS_WANTED[word], frozenset({_CATEGORIES[about]}))
        case _:
            return None


def _words(text: str) -> list[str]:
    letters = (it for it in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(it))
    return _NO_WORD.sub(" ", "".join(letters)).split()

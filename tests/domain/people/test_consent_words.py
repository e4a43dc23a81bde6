"""A person's words are read however they are spelled; anything else means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.people.consent_words import Wish, wish_in
from clinic.domain.people.consents import Category

ALL = frozenset(Category)
NO = ("BAJA", "STOP", "UNSUBSCRIBE")
YES = ("ALTA", "START")
ABOUT = {
    "RECORDATORIOS": Category.APPOINTMENTS,
    "CITAS": Category.APPOINTMENTS,
    "SEGUIMIENTO": Category.FOLLOW_UPS,
    "SEGUIMIENTOS": Category.FOLLOW_UPS,
    "MEDICAMENTO": Category.MEDICATION,
    "MEDICAMENTOS": Category.MEDICATION,
}
everything = [
    *((word, Wish(False, ALL)) for word in NO),
    *((word, Wish(True, ALL)) for word in YES),
    *((f"BAJA {about}", Wish(False, frozenset({it}))) for about, it in ABOUT.items()),
    *((f"ALTA {about}", Wish(True, frozenset({it}))) for about, it in ABOUT.items()),
]


@pytest.mark.parametrize(("text", "wish"), everything)
def test_each_word_is_understood(text: str, wish: Wish) -> None:
    assert wish_in(text) == wish


# Each leaves the words as they are for whoever reads them.
SPELLINGS = [
    str.lower,
    str.title,
    lambda text: f"  {text}\n",
    lambda text: f"¡{text}!",
    lambda text: f"«{text}».",
    lambda text: f"*{text}*",
    lambda text: f"{text} 🙏",
    lambda text: text.replace(" ", "   "),
    lambda text: text.replace(" ", " - "),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace("A", "Á").replace("I", "Í"),
    lambda text: text.replace("a", "a\u0301"),
    lambda text: text.translate({ord(c): 0xFEE0 + ord(c) for c in "ABJLT"}),  # full width
]


@given(st.sampled_from(everything), st.lists(st.sampled_from(SPELLINGS), max_size=4))
def test_case_accents_marks_and_spaces_make_no_difference(
    text: tuple[str, Wish], spelled: list[object]
) -> None:
    written, wish = text
    for spell in spelled:
        assert callable(spell)
        written = spell(written)
    assert wish_in(written) == wish


@pytest.mark.parametrize(
    "text",
    [
        "",
        "¡!",
        "hola",
        "Gracias",
        "No quiero dar de baja mi cita",
        "BAJA por favor",
        "La presión me baja",
        "bajas",
        "BAJA CITAS MEDICAMENTOS",
        "CITAS",
        "CITAS BAJA",
        "BAJA ALTA",
        "b a j a",
        "BAJA " * 2,
        "BAJA" + " " * 100,
        "unstop",
    ],
)
def test_anything_else_means_nothing(text: str) -> None:
    assert wish_in(text) is None


@given(st.text(max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    wish = wish_in(text)
    assert wish is None or wish.categories


def test_half_a_character_means_nothing() -> None:
    assert wish_in("\ud83d BAJA") == Wish(False, ALL)
    assert wish_in("\ud83d") is None

"""I4 of consent: what a person wrote decides, by when it could be known."""

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinic.domain.people.consent_words import wish_in
from clinic.domain.people.consents import Category
from console.audit.consents import wish_of
from console.audit.evidence import Evidence
from console.output.people import ConsentRow, WebhookRow
from tests.console.audit.aftercare import DOSES, FOLLOW_UP, SECOND, VISIT, breaches, calm, rows, wants, wrote

HOUR = timedelta(hours=1)
ASKED = VISIT + 24 * HOUR
REFUSED = f"sent 2026-12-01T16:00:00Z, though refused {'2026-12-01T15:00:00Z'}"
NOTHING = wants(appointments=False, follow_ups=False, medication=False)


def hearing(*words: WebhookRow, consents: list[ConsentRow]) -> Evidence:
    return calm(webhooks=[*calm().webhooks, *words], consents=consents)


def test_a_follow_up_after_a_refusal_is_found_and_a_dose_too() -> None:
    found = breaches(hearing(wrote("BAJA", ASKED - HOUR), consents=NOTHING))

    assert found[0] == ([FOLLOW_UP], REFUSED)
    assert [ids for ids, _ in found] == [[FOLLOW_UP], [DOSES[1]]]


@pytest.mark.parametrize(
    ("text", "row", "refused"),
    [
        ("BAJA SEGUIMIENTOS", {"follow_ups": False}, [FOLLOW_UP]),
        ("STOP MEDICAMENTOS", {"medication": False}, [DOSES[1]]),
        ("BAJA CITAS", {"appointments": False}, []),
        ("ALTA", {"appointments": True, "follow_ups": True, "medication": True}, []),
        ("Baja, seguimientos.", {"follow_ups": False}, [FOLLOW_UP]),
        ("báJa medicamento!", {"medication": False}, [DOSES[1]]),
        ("alta", {"appointments": True, "follow_ups": True, "medication": True}, []),
        ("baja por favor", {}, []),
        ("Gracias", {}, []),
    ],
)
def test_each_category_is_refused_by_itself(text: str, row: dict[str, bool], refused: list[str]) -> None:
    found = breaches(hearing(wrote(text, ASKED - HOUR), consents=wants(**row)))

    assert [ids for ids, _ in found] == [[name] for name in refused]


def test_another_spelling_of_the_number_is_the_same_person() -> None:
    word = wrote("BAJA SEGUIMIENTOS", ASKED - HOUR, sender="+5215500000001")

    assert breaches(hearing(word, consents=wants(follow_ups=False))) == [([FOLLOW_UP], REFUSED)]


def test_a_refusal_that_came_late_could_not_be_known_before() -> None:
    late = wrote("BAJA SEGUIMIENTOS", ASKED - HOUR, known_at=ASKED + SECOND)

    assert breaches(hearing(late, consents=wants(follow_ups=False))) == []


def test_the_newest_word_counts_whatever_came_first() -> None:
    def words(no: datetime, yes: datetime) -> tuple[WebhookRow, WebhookRow]:
        known = ASKED - HOUR
        return wrote("BAJA SEGUIMIENTOS", no, known), wrote("ALTA SEGUIMIENTOS", yes, known - HOUR)

    said = ASKED - 5 * HOUR
    assert breaches(hearing(*words(said, said + SECOND), consents=wants(follow_ups=True))) == []
    assert len(breaches(hearing(*words(said, said), consents=wants(follow_ups=False)))) == 1
    assert len(breaches(hearing(*words(said + SECOND, said), consents=wants(follow_ups=False)))) == 1


@pytest.mark.parametrize("consents", [[], wants(follow_ups=True), wants(medication=False)])
def test_a_word_that_the_consents_do_not_hold_is_found(consents: list[ConsentRow]) -> None:
    found = breaches(hearing(wrote("BAJA SEGUIMIENTOS", ASKED + HOUR), consents=consents))

    assert [detail for _, detail in found] == [
        "somebody's word on follow_ups of 2026-12-01T17:00:00Z is not what the consents say"
    ]


def test_a_word_in_a_webhook_that_was_not_taken_counts_for_nothing() -> None:
    word = wrote("BAJA", ASKED - HOUR).model_copy(update={"answer": 500})

    assert breaches(hearing(word, consents=[])) == []
    assert rows()[0].status == "delivered"


WORDS = ["baja", "STOP", "Unsubscribe", "Alta", "start", "recordatorios", "cita", "CITAS", "seguimiento"]
WORDS += ["medicamentos", "por favor", "todo", "", "no", "ALTAS"]
AROUND = st.sampled_from(["", " ", ", ", ".", "!", "_", "\n", "¡", "\u0301", "\u200b", "-", "  "])
SAID = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(AROUND, st.sampled_from(WORDS)), max_size=9).map("".join),
)


@given(SAID)
@settings(max_examples=300)
@example("Alta")
@example("BAJA" + " " * 61)
def test_the_audit_reads_a_message_as_the_code_does(text: str) -> None:
    wish = wish_in(text)
    names = {Category.APPOINTMENTS: "appointments", Category.FOLLOW_UPS: "follow_ups"}
    expected = {names.get(it, "medication") for it in wish.categories} if wish else set()
    is_wanted, categories = wish_of(text)
    assert set(categories) == expected
    assert wish is None or is_wanted is wish.is_wanted

"""Every language says everything: each template with the same values, each phrase with the same places."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

from clinic.domain.languages import LANGUAGES, language_of
from clinic.templates import languages
from clinic.templates.catalogue import CATALOGUE, TIME_TO_LIVE, phrases_in
from clinic.templates.language import Language, Phrases
from clinic.templates.template import LONGEST_TEXT
from tests.fakes.messages.texts import SPANISH

PLACE = re.compile(r"\{(\w+)\}")
OTHERS = LANGUAGES[1:]


def language(code: str) -> Language:
    found: Language = import_module(f"clinic.templates.languages.{code.lower()}").LANGUAGE
    return found


def places(phrase: object) -> list[set[str]]:
    parts = phrase if isinstance(phrase, tuple) else (phrase,)
    return [set(PLACE.findall(str(part))) for part in parts]


def test_every_language_listed_has_its_file_and_every_file_its_entry() -> None:
    files = {path.stem for path in Path(languages.__path__[0]).glob("*.py")} - {"__init__"}
    assert files == {code.lower() for code in LANGUAGES}
    assert [language(code).code for code in LANGUAGES] == list(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_has_every_text_and_no_other(code: str) -> None:
    assert set(language(code).bodies) == set(TIME_TO_LIVE)
    assert {name for name, own in CATALOGUE if own == code} == set(TIME_TO_LIVE)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", TIME_TO_LIVE)
def test_its_text_takes_the_same_values_as_the_spanish_one(code: str, name: str) -> None:
    text = CATALOGUE[name, code]
    assert sorted(text.parameters) == sorted(SPANISH[name].parameters)
    assert text.body != SPANISH[name].body
    assert (text.ttl_seconds, text.category) == (SPANISH[name].ttl_seconds, SPANISH[name].category)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", TIME_TO_LIVE)
def test_its_example_is_a_text_that_a_channel_takes(code: str, name: str) -> None:
    text = CATALOGUE[name, code].render(CATALOGUE[name, code].examples)
    assert "{{" not in text
    assert len(text) <= LONGEST_TEXT
    # Room for what a clinic and a patient are called, and a reason of a line.
    assert len(CATALOGUE[name, code].body) <= LONGEST_TEXT // 2


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", [field.name for field in fields(Phrases)])
def test_it_has_every_phrase_with_the_same_places(code: str, name: str) -> None:
    ours, spanish = getattr(phrases_in(code), name), getattr(phrases_in(LANGUAGES[0]), name)
    assert type(ours) is type(spanish)
    assert all(isinstance(ours, str) or part.strip() for part in ours)
    assert ours
    if isinstance(ours, str):
        assert places(ours) == places(spanish)


@pytest.mark.parametrize("code", OTHERS)
def test_it_borrows_no_sentence(code: str) -> None:
    ours, spanish = phrases_in(code), phrases_in(LANGUAGES[0])
    same = {f.name for f in fields(Phrases) if getattr(ours, f.name) == getattr(spanish, f.name)}
    assert same <= {"not_said"}


def test_what_is_missing_is_named() -> None:
    with pytest.raises(TypeError, match="clinic_phone"):
        Phrases(not_said="–")  # type: ignore[call-arg]  # that the others are missing is what is tested


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *(("es", "es_MX"), ("es-MX", "es_MX"), ("ES_mx", "es_MX"), ("es-419", "es_MX"), ("es-ES", "es_MX")),
        *(("en", "en_US"), ("en-US", "en_US"), ("en_us", "en_US"), (" EN ", "en_US"), ("en-GB", "en_US")),
        ("en-Latn-US", "en_US"),
    ],
)
def test_a_tag_asks_for_a_language_however_it_is_spelled(tag: str, code: str) -> None:
    assert language_of(tag) == code


REFUSED = ["", "fr", "español", "e", "english", "en US", "en-", "-en", "es/MX", "en_US.UTF-8"]


@pytest.mark.parametrize("tag", REFUSED)
def test_another_language_is_refused_with_those_that_there_are(tag: str) -> None:
    with pytest.raises(ValueError, match="es_MX, en_US"):
        language_of(tag)

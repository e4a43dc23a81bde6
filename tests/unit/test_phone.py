"""Phone numbers: which spellings are one number, which are one person, and which are none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.phone import person_of, to_e164


@pytest.mark.parametrize(
    "spelling",
    [
        "+525500000001",
        "+52 55 0000 0001",
        "+52 (55) 0000-0001",
        "+52.55.0000.0001",
        "  +52 55 0000 0001\t",
        "+52\u00a055\u202f0000\u20090001",
        "525500000001",
        "52 55 0000 0001",
    ],
)
def test_every_usual_spelling_is_one_number(spelling: str) -> None:
    assert to_e164(spelling) == "+525500000001"


@pytest.mark.parametrize("number", ["+4721000001", "+52155000000012", "+12345678", "+123456789012345"])
def test_numbers_of_eight_to_fifteen_digits_are_accepted(number: str) -> None:
    assert to_e164(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "none",
        "55 0000 0001",  # national: no country is named
        "5500000001",
        "+1234567",
        "+1234567890123456",
        "1234567890123456",
        "+0255000000001",
        "00525500000001",
        "+52 55 0000 0001 ext. 2",
        "+52 55 0000 000A",
        "++525500000001",
        "52+5500000001",
        "+52/5500000001",
        "whatsapp:+525500000001",
        "+525500000001,+525500000002",
        "+52550000000\u0661",  # a digit, but not one that can be dialled
        "+5\uff125500000001",
        "+52550000000\u00b2",
    ],
)
def test_what_is_no_international_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a phone number in international form") as raised:
        to_e164(text)
    assert re.search(r"\d", str(raised.value)) is None


def digits(count: int, first: str = "0-9") -> st.SearchStrategy[str]:
    return st.from_regex(f"[{first}][0-9]{{{count - 1}}}", fullmatch=True)


# Two spellings of one person's number, from the countries' numbering plans.
MEXICAN = digits(10, "2-9").map(lambda n: (f"+521{n}", f"+52{n}"))
ARGENTINE = digits(10, "1-9").map(lambda n: (f"+549{n}", f"+54{n}"))
BRAZILIAN = st.tuples(digits(2, "1-9"), digits(8, "6-9")).map(
    lambda n: (f"+55{n[0]}{n[1]}", f"+55{n[0]}9{n[1]}")
)
NUMBERS = st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True)


@given(MEXICAN | ARGENTINE | BRAZILIAN)
def test_two_spellings_of_one_number_are_one_person(spellings: tuple[str, str]) -> None:
    old, new = map(person_of, spellings)
    assert old == new


@given(NUMBERS | (MEXICAN | ARGENTINE | BRAZILIAN).map(lambda spellings: spellings[0]))
def test_a_persons_key_is_its_own_persons_key(number: str) -> None:
    assert person_of(person_of(number)) == person_of(number)


@given(st.tuples(*[MEXICAN | ARGENTINE | BRAZILIAN] * 2))
def test_two_people_are_two(numbers: tuple[tuple[str, str], tuple[str, str]]) -> None:
    first, second = numbers
    assert (person_of(first[0]) == person_of(second[1])) is (first == second)


@pytest.mark.parametrize(
    "number",
    [
        *("+525500000001", "+541100000001", "+5511900000001", "+551130000001", "+4721000001"),
        *("+15210000000", "+52155000000", "+549110000000", "+55119000000012"),
    ],
)
def test_landlines_and_all_other_numbers_stand_for_themselves(number: str) -> None:
    assert person_of(number) == number

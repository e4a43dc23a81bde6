"""Phone numbers: which spellings are one number, which are one person, and which are none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.people.phone import person_of, to_e164


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


@pytest.mark.parametrize("number", ["+4721000001", "+5215500000001", "+5491100000001", "+15550000001"])
def test_a_number_in_its_form_stays_as_it_is(number: str) -> None:
    assert to_e164(number) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 (0)20 0000 0021", "+442000000021"),
        ("+49 (0) 30 000021", "+4930000021"),
        ("+33 (0)1 00 00 00 21", "+33100000021"),
        ("+39 06 0000 0021", "+390600000021"),  # Italy's zero belongs to the number
        ("+7 8 900 000 00 21", "+79000000021"),
        ("+54 011 15 0000 0021", "+5491100000021"),
        ("+52 (01) 55 0000 0020", "+525500000020"),
        ("+52 044 55 0000 0020", "+525500000020"),
        ("+52-045-55-0000-0020", "+525500000020"),
        ("+52 (0) 55 0000 0020", "+525500000020"),
        ("\u202a+52 55 0000 0020\u202c", "+525500000020"),
        ("+52 55 0000\u20110020", "+525500000020"),
    ],
)
def test_what_is_dialled_within_a_country_alone_or_can_not_be_seen_is_dropped(text: str, number: str) -> None:
    assert to_e164(text) == number


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
        # A table's number that was read as one with decimals, remarks, and eleven digits of any country.
        *("525500000041.0", "551190000052.0", "+4930000021.0", "+525500000041.00", "5.25500000041e11"),
        *("+52 55 0000 0042 (2)", "+49 30 000021 (2)", "+52 55 0000 0042 x2", "+52 55 0000 0042 #2"),
        *("51 90000 0031", "1 55 0000 0048", "33 1 00 00 00 21", "47 2100 0001 0"),
        # No number of that country has this many digits.
        *(
            "+52 5 0000 0021",
            "+52 55 0000 0021 0",
            "+521 55 0000 002",
            "+52155000000012",
            "+521 01 55 0000 0021",
        ),
        # What is dialled within Mexico, and then too few digits: no number there begins with 0 or 1.
        *("+520155000000", "+520445550000", "+520455550000", "+52 01 5500 0021", "+5200155000000"),
        *("+520055000000", "+52 1 01 55 00 00 21", "+521 044 555 0000", "+520155000000000"),
        *("+44 (0)(0)20 0000 0021", "+34 0 600 00 00 21", "+12345678", "+550000021", "+210000000021"),
        "+52550000000\u0661",  # a digit, but not one that can be dialled
        "+5\uff125500000001",
        "+52550000000\u00b2",
    ],
)
def test_what_is_no_international_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a phone number in international form") as raised:
        to_e164(text)
    assert re.search(r"\d", str(raised.value)) is None


# Digits after the country code, from plans that have a single length: Mexico, North America, Spain, France,
# Portugal, Denmark.
_FIXED = {"52": 10, "1": 10, "34": 9, "33": 9, "351": 9, "45": 8}


@given(st.sampled_from(sorted(_FIXED)), st.from_regex(r"[2-9][0-9]{6,12}", fullmatch=True))
def test_a_number_is_taken_if_and_only_if_it_is_as_long_as_its_countrys(code: str, rest: str) -> None:
    number = f"+{code}{rest}"
    if len(rest) == _FIXED[code]:
        assert to_e164(number) == number
    else:
        with pytest.raises(ValueError, match="as long as the country's numbers are"):
            to_e164(number)


# The digit that is dialled within a country before the number, and a number's length without it.
_TRUNKS = {"44": ("0", 10), "33": ("0", 9), "61": ("0", 9), "54": ("0", 10), "81": ("0", 9), "41": ("0", 9)}


@given(st.sampled_from(sorted(_TRUNKS)), st.from_regex(r"[2-5][0-9]{9}", fullmatch=True))
def test_with_the_digit_dialled_within_the_country_and_without_it_is_one_number(code: str, rest: str) -> None:
    trunk, length = _TRUNKS[code]
    number = f"+{code}{rest[:length]}"
    assert to_e164(f"+{code} ({trunk}) {rest[:length]}") == to_e164(number) == number


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

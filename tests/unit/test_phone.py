"""Phone numbers: which spellings are one number, and which are none."""

import re

import pytest

from clinic.domain.phone import to_e164


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

"""Free text in a single line."""

import re
from time import process_time

import pytest

from clinic.domain.text import to_single_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Ayuno de 8 horas", "Ayuno de 8 horas"),
        ("  Ayuno  de\t8   horas  ", "Ayuno de 8 horas"),
        ("Ayuno\nTraiga estudios", "Ayuno · Traiga estudios"),
        ("Ayuno\r\n\r\n  Traiga estudios \n", "Ayuno · Traiga estudios"),
        ("Ayuno\u2028Traiga\u2029estudios\x85ya", "Ayuno · Traiga · estudios · ya"),
        ("Ayuno\v\f\x1c\x1d\x1eya", "Ayuno · ya"),
        ("Ayuno\u00a0\u202f\u3000  de 8", "Ayuno de 8"),
        ("Ayu\x00no\x07 de\x1b 8", "Ayuno de 8"),
        ('José "Pepe" O\'Neil Ñandú 😀', 'José "Pepe" O\'Neil Ñandú 😀'),
        ("👩\u200d⚕️ a las 8", "👩\u200d⚕️ a las 8"),
        ("José cortado \ud83d", "José cortado"),
        ("", ""),
        (" \n\t\x00\n ", ""),
    ],
)
def test_text_becomes_a_single_line(text: str, line: str) -> None:
    assert to_single_line(text) == line


@pytest.mark.parametrize("junk", [" ", "\t", "\n", "\u00a0", "x ", " \n", "\x00"])
def test_three_hundred_kilobytes_of_junk_take_no_time(junk: str) -> None:
    begun = process_time()
    line = to_single_line(junk * (300_000 // len(junk)) + "x")
    assert process_time() - begun < 2
    assert re.search(r"[\n\t]| {2}", line) is None

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
        # Marks of direction, of which one is enough to turn the rest of a message round.
        *(
            (f"Zoë {mark}Pérez", "Zoë Pérez")
            for mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f"
        ),
        ("\u2068Zoë\u2069 \u061cPérez\u202c", "Zoë Pérez"),
        ("Zo\u200bë\ufeff P\u2060é\u00adrez", "Zoë Pérez"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200dZoë\u200d \u200cPérez\ufe0f\u200d", "Zoë Pérez\ufe0f"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("Zoë\u3164Pérez\u2800", "Zoë Pérez"),
        ("", ""),
        (" \n\t\x00\n ", ""),
        # Nothing of these can be seen.
        *(
            (mark * 3, "")
            for mark in "\u200b\u200c\u200d\u2060\ufeff\u202e\u2800\u3164\uffa0\u115f\u1160\u00ad\u034f"
        ),
        *((mark * 3, "") for mark in "\ufe0f\u180e\u17b5\U000e0001\U000e0061\U000e0100\u0301\u2064"),
        ("\u3164 \u2800\n\u200d\ufe0f", ""),
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

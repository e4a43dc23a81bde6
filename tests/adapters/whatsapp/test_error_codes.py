"""WhatsApp's codes against what its documentation says of each, line by line."""

import pytest

from clinic.adapters.whatsapp.error_codes import HELD_BACK_WAIT_SECONDS, meaning_of, pair_wait_seconds
from clinic.channels.channel import Meaning
from clinic.channels.whatsapp import WHATSAPP

DOCUMENTED: list[tuple[str, Meaning]] = [
    ("4, 80007, 130429", Meaning.THROTTLED),
    ("131056", Meaning.PAIR_LIMIT),
    ("131057", Meaning.UPGRADING),
    ("131000, 131016", Meaning.TRANSIENT),
    ("131049", Meaning.HELD_BACK),
    ("131048", Meaning.ACCOUNT),
    ("131026", Meaning.RECIPIENT),
    ("131047", Meaning.RECIPIENT),
    ("131050, 130472", Meaning.RECIPIENT),
    ("132001, 132007, 132015, 132016", Meaning.TEMPLATE),
    ("132000", Meaning.SUSPECT),
    ("132005, 132012", Meaning.REFUSED),
    ("190, 10, 368, 131031, 131042", Meaning.ACCOUNT),
    (", ".join(map(str, range(200, 300))), Meaning.ACCOUNT),
]
# Codes that the list above leaves out: of the Graph API in general, and rarer ones of WhatsApp's.
ALSO_KNOWN = {0, 1, 2, 3, 33, 130497, 131005, 131037, 133010}
CODES = [(int(code), meaning) for codes, meaning in DOCUMENTED for code in codes.split(", ")]


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_a_code_means_what_is_documented(code: int, meaning: Meaning) -> None:
    assert meaning_of(code, 400) is meaning


def test_no_code_is_in_the_table_that_is_not_here() -> None:
    assert set(WHATSAPP.meanings) == {code for code, _ in CODES} | ALSO_KNOWN


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_answer_without_a_code_is_read_by_its_status(status: int) -> None:
    assert meaning_of(None, status) is Meaning.TRANSIENT


def test_the_waits_are_those_documented() -> None:
    assert [pair_wait_seconds(attempt) for attempt in (1, 2, 3)] == [4, 16, 64]
    assert HELD_BACK_WAIT_SECONDS == 24 * 60 * 60

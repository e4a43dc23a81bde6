"""What WhatsApp's error codes mean, as a table.

Source: Meta, WhatsApp Cloud API error codes, and its general Graph API codes.
"""

from enum import Enum

from clinic.domain.messages.receipts import UNREACHABLE_CODES
from clinic.domain.messages.resending import (
    HELD_BACK_CODE,
    HELD_BACK_FOR,
    PAIR_LIMIT_CODE,
    THROTTLED_CODES,
    TRANSIENT_CODES,
    UPGRADING_CODE,
)


class Meaning(Enum):
    """What to do about an error."""

    THROTTLED = "slow down and try again"
    TRANSIENT = "try again"
    PAIR_LIMIT = "too many messages to this person: wait 4^n seconds"
    UPGRADING = "the sending number is being upgraded: wait about a minute"
    HELD_BACK = "WhatsApp limits what this person gets: not before 24 hours"
    RECIPIENT = "this person can't be reached, or doesn't want to be: give up"
    TEMPLATE = "the template is missing, paused, disabled or wrong: stop it, alert"
    ACCOUNT = "token, permission, lock, payment or spam limit: stop everything, page"
    SUSPECT = "this message's values don't fit the template: give up; on the second one stop the template"
    REFUSED = "this one message is wrong: give up"


MEANINGS: dict[int, Meaning] = {
    **dict.fromkeys(THROTTLED_CODES, Meaning.THROTTLED),
    **dict.fromkeys(TRANSIENT_CODES, Meaning.TRANSIENT),
    PAIR_LIMIT_CODE: Meaning.PAIR_LIMIT,
    UPGRADING_CODE: Meaning.UPGRADING,
    HELD_BACK_CODE: Meaning.HELD_BACK,
    **dict.fromkeys(UNREACHABLE_CODES, Meaning.RECIPIENT),
    **dict.fromkeys((132001, 132007, 132015, 132016), Meaning.TEMPLATE),
    132000: Meaning.SUSPECT,
    **dict.fromkeys((132005, 132012), Meaning.REFUSED),
    **dict.fromkeys(
        (0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131048, 133010), Meaning.ACCOUNT
    ),
    **dict.fromkeys(range(200, 300), Meaning.ACCOUNT),
}

HELD_BACK_WAIT_SECONDS = int(HELD_BACK_FOR.total_seconds())
# A confirmation stays useful for up to a year, and a run 25,000 events of history; a try takes nine.
_LONGEST_WAIT_SECONDS = 6 * 60 * 60


def meaning_of(code: int | None, http_status: int) -> Meaning:
    """What an answer with this error code (None if it named none) and HTTP status means."""
    if code in MEANINGS:
        return MEANINGS[code]
    if http_status >= 500:
        return Meaning.TRANSIENT
    if http_status == 429:
        return Meaning.THROTTLED
    if http_status in {401, 403}:
        return Meaning.ACCOUNT
    return Meaning.REFUSED


def pair_wait_seconds(attempt: int) -> int:
    """How long to wait after the nth attempt met the limit for one person: 4, 16, 64 … seconds."""
    return int(min(4**attempt, _LONGEST_WAIT_SECONDS))


def upgrade_wait_seconds(attempt: int) -> int:
    """How long to wait after the nth attempt met an upgrade of the number: 60, 120, 240 … seconds."""
    return int(min(60 * 2 ** (attempt - 1), _LONGEST_WAIT_SECONDS))

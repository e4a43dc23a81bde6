"""WhatsApp's answers: the meaning of each beyond its code, and how long it asks to wait."""

from clinic.channels.channel import Meaning
from clinic.channels.whatsapp import WHATSAPP
from clinic.domain.messages.resending import HELD_BACK_FOR

HELD_BACK_WAIT_SECONDS = int(HELD_BACK_FOR.total_seconds())
# A confirmation stays useful for up to a year, and a run 25,000 events of history; a try takes nine.
_LONGEST_WAIT_SECONDS = 6 * 60 * 60


def meaning_of(code: int | None, http_status: int) -> Meaning:
    """What an answer with this error code (None if it named none) and HTTP status means."""
    if code is not None and code in WHATSAPP.meanings:
        return WHATSAPP.meanings[code]
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

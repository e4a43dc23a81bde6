"""A channel's failures as the ledger keeps them, ``<channel>:<code>``, and what they mean."""

from clinic.channels.channel import ChannelRules, Meaning
from clinic.channels.whatsapp import WHATSAPP

CHANNELS: tuple[ChannelRules, ...] = (WHATSAPP,)
"""All there are; a new one is an entry here."""

DEFAULT = CHANNELS[0]
"""The one by which a message goes out of which nothing else is said."""

_BY_NAME = {channel.name: channel for channel in CHANNELS}
_NO_CODE = "none"


def reason_of(channel: str, code: int | None) -> str:
    """The reason of an intent that a channel has failed, with the code it gave, if it gave one."""
    return f"{channel}:{_NO_CODE if code is None else code}"


def is_of_channel(reason: str | None) -> bool:
    """Whether a channel has named this reason, and not Citas itself."""
    return _parts(reason) is not None


def code_in(reason: str | None) -> int | None:
    """The code that a channel has named; None: it named none, or the reason is not a channel's."""
    parts = _parts(reason)
    return int(parts[1]) if parts is not None and parts[1].isascii() and parts[1].isdecimal() else None


def meaning_of(channel: str, code: int | None) -> Meaning | None:
    """What a channel's code means; None: nothing is known of it."""
    known = _BY_NAME.get(channel)
    return known.meanings.get(code) if known is not None and code is not None else None


def meaning_in(reason: str | None) -> Meaning | None:
    """What a reason means, if a channel has named it and the code is known."""
    parts = _parts(reason)
    return meaning_of(parts[0].name, code_in(reason)) if parts is not None else None


def is_nobody_there(reason: str | None) -> bool:
    """Whether a channel says that nobody could have reached this person."""
    parts = _parts(reason)
    return parts is not None and code_in(reason) in parts[0].nobody_there


def _parts(reason: str | None) -> tuple[ChannelRules, str] | None:
    name, separator, code = (reason or "").partition(":")
    channel = _BY_NAME.get(name)
    return (channel, code) if channel is not None and separator else None

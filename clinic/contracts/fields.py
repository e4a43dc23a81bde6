"""Field types that the contracts share. Errors say what would be accepted and never repeat the value."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, Strict

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain import instants
from clinic.domain.languages import language_of
from clinic.domain.messages.kinds import ReminderOffset
from clinic.domain.numbers import whole
from clinic.domain.people.phone import to_e164
from clinic.domain.text import to_single_line

LONGEST_NAME = 200
_SLOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,599}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
LONGEST_TEXT = 2000
_MINUTES_OF_A_DAY = 1440


def _require_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # noqa: TRY004 - pydantic reports ValueError only
    return value


def _identifier(value: Any) -> str:
    # Not pydantic's StringConstraints: loading its module takes a twentieth of a cold start.
    if not _IDENTIFIER.fullmatch(_require_text(value)):
        raise ValueError("expected up to 128 letters, digits and . _ : @ -")
    return str(value)


def is_identifier(value: Any) -> bool:
    """Whether it is spelled as an id."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _slot_id(value: Any) -> str:
    if not _SLOT_ID.fullmatch(_require_text(value)):
        raise ValueError("expected a slot's id, such as dr-1:s-1:20261130T1600Z")
    return str(value)


def _date(value: Any) -> date:
    if type(value) is date:
        return value
    try:
        if _DATE.fullmatch(_require_text(value)):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("expected a date such as 2026-11-30")


def _single_line(longest: int) -> BeforeValidator:
    def validate(value: Any) -> str:
        line = to_single_line(_require_text(value))
        if not line:
            raise ValueError("expected text that is not blank")
        if len(line) > longest:
            raise ValueError(f"expected at most {longest} characters")
        return line

    return BeforeValidator(validate)


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not to_single_line(value) else value


def _instant(value: Any) -> datetime:
    try:
        return instants.from_text(_require_text(value)).replace(microsecond=0)
    except (ValueError, OverflowError):
        accepted = "2026-11-30T16:00:00Z or 2026-11-30T10:00:00-06:00"
        raise ValueError(f"expected an ISO 8601 instant with its offset, such as {accepted}") from None


def _time_zone(value: str) -> str:
    if value not in iana_time_zones():
        raise ValueError("expected an IANA time zone, such as America/Mexico_City")
    return value


def _minutes(value: Any) -> int:
    value = whole(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MINUTES_OF_A_DAY:
        raise ValueError(f"expected whole minutes, 1 to {_MINUTES_OF_A_DAY}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")  # noqa: TRY004 - pydantic reports ValueError only
    return value


def _label(offset: ReminderOffset) -> str:
    return offset.label


def _offset(value: Any) -> ReminderOffset:
    return value if isinstance(value, ReminderOffset) else ReminderOffset.parse(_require_text(value))


Identifier = Annotated[str, BeforeValidator(_identifier)]
"""An id: up to 128 letters, digits and ``. _ : @ -``; nothing that separates keys."""

SlotId = Annotated[str, BeforeValidator(_slot_id)]
"""A slot's id; longer than other ids, since it is made of two of them."""

CalendarDate = Annotated[date, BeforeValidator(_date)]
"""A date, ``2026-11-30``; which day that is depends on a zone."""

Name = Annotated[str, _single_line(LONGEST_NAME)]
"""A name: one line, at most 200 characters."""

FreeText = Annotated[str, _single_line(LONGEST_TEXT)]
"""A text for the patient: brought to one line, at most 2,000 characters."""

OptionalName = Annotated[Name | None, BeforeValidator(_none_if_blank)]
"""A name that may be left out; publishers write ``""`` for that, too."""

OptionalText = Annotated[FreeText | None, BeforeValidator(_none_if_blank)]
"""A text for the patient that may be left out, also as ``""``."""

PhoneNumber = Annotated[str, BeforeValidator(_require_text), AfterValidator(to_e164)]
"""A phone number, brought to E.164."""

Instant = Annotated[datetime, BeforeValidator(_instant)]
"""An instant with an offset, brought to UTC and to whole seconds."""

TimeZone = Annotated[str, BeforeValidator(_require_text), AfterValidator(_time_zone)]
"""An IANA time zone."""

Language = Annotated[str, BeforeValidator(_require_text), AfterValidator(language_of)]
"""A language that messages are written in, however its tag is spelled: ``en``, ``en-US``, ``en_us``."""

OptionalLanguage = Annotated[Language | None, BeforeValidator(_none_if_blank)]
"""One that may be left out, also as ``""``."""

WholeNumber = Annotated[int, Strict(), BeforeValidator(whole)]
"""A whole number, also as ``2.0``; no text that looks like one."""

Minutes = Annotated[int, BeforeValidator(_minutes)]
"""A length of time in whole minutes, at most a day."""

Flag = Annotated[bool, BeforeValidator(_flag)]
"""``true`` or ``false``, and nothing that stands for them."""

Offset = Annotated[ReminderOffset, BeforeValidator(_offset), PlainSerializer(_label)]
"""A reminder offset such as ``24h``."""

"""Reads EVENTS.jsonl: one event a line, each to be put on the stack's bus at its instant.

Only the envelope is checked here. What stands in ``detail`` is the workflow's to accept or refuse, as it
is on AWS, so a malformed detail travels on. A line with ``inbound`` is no event but a message that somebody
writes to the clinic's number.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from clinic.contracts.events.appointments import AppointmentCreated
from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten
from console.terminal.errors import InputError
from console.terminal.instants import ACCEPTED_INSTANT, parse_instant

DEFAULT_SOURCE = "citas.publisher"
LONGEST_TEXT = 4096  # characters of a WhatsApp text message
_LINE = '{"at": …, "detail-type": …, "detail": {…}}'


def _instant(value: object) -> datetime:
    return parse_instant(value if isinstance(value, str) else "")


class EventLine(BaseModel):
    """The envelope of one event, as one line of the file holds it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)

    at: Annotated[datetime, BeforeValidator(_instant)] = Field(description=ACCEPTED_INSTANT)
    detail_type: str = Field(
        alias="detail-type",
        min_length=1,
        max_length=128,
        description=f'a text of 1 to 128 characters, like "{AppointmentCreated.detail_type}"',
    )
    detail: Any = Field(description="the event's payload, a JSON object")
    source: str = Field(
        default=DEFAULT_SOURCE,
        min_length=1,
        max_length=256,
        pattern=r"^[/.\-_A-Za-z0-9]+$",
        description="a name of letters, digits and . - _ /",
    )


class InboundPart(BaseModel):
    """Who writes, and what."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    sender: str = Field(
        alias="from",
        pattern=r"^\+[1-9][0-9]{7,14}$",
        description="a phone number with its country, like +525500000101",
    )
    text: str = Field(
        min_length=1, max_length=LONGEST_TEXT, description=f"a text of 1 to {LONGEST_TEXT} characters"
    )


class InboundLine(BaseModel):
    """A message to the clinic's number, as one line of the file holds it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    at: Annotated[datetime, BeforeValidator(_instant)] = Field(description=ACCEPTED_INSTANT)
    inbound: InboundPart = Field(description='an object with "from" and "text"')


@dataclass(frozen=True)
class InputEvent:
    """An event to publish and the line it stands on (the first is 1)."""

    line: int
    at: datetime
    detail_type: str
    detail: Any
    source: str = DEFAULT_SOURCE


@dataclass(frozen=True)
class InboundMessage:
    """A message that somebody writes, and the line it stands on."""

    line: int
    at: datetime
    sender: str = field(repr=False)
    text: str = field(repr=False)


InputLine: TypeAlias = InputEvent | InboundMessage


def read_events(path: str) -> list[InputLine]:
    """The events and messages of a file (``-``: standard input) in the order they happen.

    Events of one instant keep the order of their lines.

    Raises:
        InputError: the file can't be read, has no event, or a line's envelope is broken; every broken line
            is named with its field.
    """
    return parse_events(read_bytes(path), "standard input" if path == "-" else path)


def parse_events(content: bytes, name: str) -> list[InputLine]:
    """The events and messages in ``content``; ``name`` is how errors call the file."""
    events: list[InputLine] = []
    problems: list[str] = []
    for number, text in enumerate(content.split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            events.append(_parse_line(text, number, f"{name}: line {number}"))
        except InputError as error:
            problems.extend(error.problems)
    if problems and not events and _spans_lines(content):
        raise InputError([f"{name}: one value over several lines; an event is one line: jq -c . {name}"])
    if problems:
        raise InputError(shorten(problems))
    if not events:
        raise InputError([f"{name}: no event in it; a line is {_LINE}"])
    return sorted(events, key=lambda event: (event.at, event.line))


def refuse_events_before(events: Sequence[InputLine], start: datetime, name: str) -> None:
    """Refuse what would have to happen before the run begins.

    Raises:
        InputError: naming each such line.
    """
    early = [event for event in events if event.at < start]
    if early:
        raise InputError(
            shorten([f"{name}: line {event.line}: at: lies before the start of the run" for event in early])
        )


def _spans_lines(content: bytes) -> bool:
    """Whether the whole is JSON, of which a value goes over several lines."""
    try:
        text = content.decode("utf-8-sig").strip()
        decoder, begin, spans = json.JSONDecoder(), 0, False
        while begin < len(text):
            _, end = decoder.raw_decode(text, begin)
            spans = spans or "\n" in text[begin:end]
            begin = end + len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError):
        return False
    return spans


def _parse_line(text: bytes, number: int, place: str) -> InputLine:
    value = parse_json(text.strip(b"\r\n\t "), place)
    if not isinstance(value, dict):
        raise InputError([f'{place}: must be an object with "at", "detail-type" and "detail"'])
    model = InboundLine if "inbound" in value else EventLine
    try:
        line = model.model_validate(value)
    except ValidationError as error:
        raise InputError(describe(error, model, place)) from None
    if isinstance(line, InboundLine):
        return InboundMessage(number, line.at, line.inbound.sender, line.inbound.text)
    return InputEvent(number, line.at, line.detail_type, line.detail, line.source)

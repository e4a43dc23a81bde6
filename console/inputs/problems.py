"""Turns pydantic's validation errors into lines a person can act on.

Each line names the place, the field, what is wrong with it and, where the model's field carries a
description, what would be accepted.
"""

import difflib
import typing
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

MAX_PROBLEMS = 20
_SHOWN_VALUE = 40

Location: TypeAlias = tuple[int | str, ...]


def describe(error: ValidationError, model: type[BaseModel], place: str) -> list[str]:
    """One line for each problem, opened by ``place`` (the file, or the file and its line)."""
    return [f"{place}: {_describe_one(detail, model)}" for detail in error.errors(include_url=False)]


def shorten(problems: Sequence[str]) -> list[str]:
    """At most ``MAX_PROBLEMS`` lines, and one that counts the rest."""
    if len(problems) <= MAX_PROBLEMS:
        return list(problems)
    return [*problems[:MAX_PROBLEMS], f"… and {len(problems) - MAX_PROBLEMS} more problems like these"]


def _describe_one(detail: ErrorDetails, model: type[BaseModel]) -> str:
    location = detail["loc"]
    field = _dotted(location)
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"{field}: unknown field; {_known_fields(model, location)}"
    owner = _find_field(model, location)
    accepted = f"; it must be {owner.description}" if owner is not None and owner.description else ""
    if kind == "missing":
        return f"{field}: missing{accepted}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if kind in {"value_error", "assertion_error"}:
        scalar = not isinstance(detail["input"], dict | list)
        return f"{field}: {_shown(detail['input'])}: {message}" if scalar else f"{field}: {message}"
    return f"{field or 'the whole'}: {_shown(detail['input'])} is not accepted{accepted or f': {message}'}"


def _dotted(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}…"


def _known_fields(model: type[BaseModel], location: Location) -> str:
    parent = _find_model(model, location[:-1])
    names = sorted(field.alias or name for name, field in parent.model_fields.items()) if parent else []
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"the fields are {', '.join(names)}" if names else "remove it"


def _find_field(model: type[BaseModel], location: Location) -> FieldInfo | None:
    """The last named field on the way to the location."""
    current: type[BaseModel] | None = model
    found: FieldInfo | None = None
    for part in location:
        if isinstance(part, int):
            continue
        if current is None:
            return found
        found = next((f for name, f in current.model_fields.items() if part in {name, f.alias}), None)
        if found is None:
            return None
        current = next(_models_in(found.annotation), None)
    return found


def _find_model(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    if not any(isinstance(part, str) for part in location):
        return model
    field = _find_field(model, location)
    return next(_models_in(field.annotation), None) if field is not None else None


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)

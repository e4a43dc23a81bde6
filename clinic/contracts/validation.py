"""Turns pydantic's findings into one sentence that names each field and repeats no value."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from clinic.domain.errors import InvalidEventError, InvalidStepInputError, PermanentError

ModelT = TypeVar("ModelT", bound=BaseModel)

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "string_type": "expected text",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected an object",
    "model_type": "expected an object",
    "model_attributes_type": "expected an object",
}
_MOST_FINDINGS = 10


def describe(error: ValidationError) -> str:
    """List what is wrong as ``field: what would be accepted; …``, without the values that were given."""
    findings = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for finding in findings[:_MOST_FINDINGS]:
        place = ".".join(str(part) for part in finding["loc"]) or "(whole)"
        default = finding["msg"].removeprefix("Value error, ")
        lines.append(f"{place}: {_WORDS.get(finding['type'], default)}")
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"and {len(findings) - _MOST_FINDINGS} more")
    return "; ".join(lines)


def parse_event(model: type[ModelT], payload: Any, name: str) -> ModelT:
    """Read an event.

    Raises:
        InvalidEventError: it breaks its contract.
    """
    return _parse(model, payload, f"{name} is not valid", InvalidEventError)


def parse_step_input(model: type[ModelT], payload: Any) -> ModelT:
    """Read what a state sent its step.

    Raises:
        InvalidStepInputError: it is not what the step takes.
    """
    return _parse(model, payload, "the step's input is not valid", InvalidStepInputError)


def _parse(model: type[ModelT], payload: Any, prefix: str, error: type[PermanentError]) -> ModelT:
    if not isinstance(payload, Mapping):
        raise error(f"{prefix}: expected an object")
    try:
        return model.model_validate(payload)
    except ValidationError as invalid:
        raise error(f"{prefix}: {describe(invalid)}") from None

"""Reads FAULTS.json: what shall go wrong in a run. Its form is in `docs/faults.md`."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten
from console.terminal.errors import InputError

if TYPE_CHECKING:
    from local.faults.plan import FaultPlan


def read_faults(path: str) -> "FaultPlan":
    """The faults of a file (``-``: standard input).

    Raises:
        InputError: it can't be read or used; each problem names its field.
    """
    # The local stack's package is loaded only by those who use it.
    from local.faults.plan import FaultPlan

    name = "standard input" if path == "-" else path
    value = parse_json(read_bytes(path), name)
    if not isinstance(value, dict):
        raise InputError([f'{name}: must be an object, like {{"whatsapp": [{{"call": 3, "status": 500}}]}}'])
    try:
        return FaultPlan.model_validate(value)
    except ValidationError as error:
        raise InputError(shorten(describe(error, FaultPlan, name))) from None

"""Reading input files: bytes to JSON values, with the place named where that fails."""

import json
import sys
from pathlib import Path
from typing import Any

from console.terminal.errors import InputError

STDIN = "-"
MAX_BYTES = 512 * 1024 * 1024


def read_bytes(path: str) -> bytes:
    """The content of a file, or of standard input for ``-``.

    Raises:
        InputError: it can't be read; the text names the file and says why.
    """
    if path == STDIN:
        return sys.stdin.buffer.read()
    if not path:
        raise InputError(["a file's name is empty"])
    try:
        file = Path(path)
        if file.is_file() and file.stat().st_size > MAX_BYTES:
            raise InputError([f"{path}: larger than {MAX_BYTES // 1024**2} MB"])
        return file.read_bytes()
    except OSError as error:
        raise InputError([f"{path}: {error.strerror or error}"]) from None


def parse_json(text: bytes, place: str) -> Any:
    """The JSON value in ``text``; ``place`` (file, or file and line) opens the error's text.

    Raises:
        InputError: it is not UTF-8, or not JSON as RFC 8259 has it (``NaN`` and repeated names are refused).
    """
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([f"{place}: not UTF-8 (byte {error.start + 1}): save the file as UTF-8"]) from None
    try:
        return json.loads(decoded, object_pairs_hook=_no_repeats, parse_constant=_no_constants)
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
        raise InputError([f"{place}: not JSON: {error.msg} ({where})"]) from None
    except RecursionError:
        raise InputError([f"{place}: nested too deeply"]) from None
    except ValueError as error:
        raise InputError([f"{place}: {error}"]) from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated!r} stands twice in one object")
    return values


def _no_constants(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON value")

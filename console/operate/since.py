"""When a command looks from, by the machine's clock."""

from datetime import UTC, datetime

from console.errors import InputError
from console.instants import parse_ago


def machine_now() -> datetime:
    """The present instant: what an operator's words such as ``24h`` count from."""
    return datetime.now(UTC)  # noqa: TID251 - a command's entry; from there on it is a parameter


def instant_since(text: str, now: datetime) -> datetime:
    """Read ``--since``.

    Raises:
        InputError: it is neither an instant nor a length of time.
    """
    try:
        return parse_ago(text, now)
    except ValueError as error:
        raise InputError([f"--since: {text!r} {error}"]) from None

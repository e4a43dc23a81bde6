"""When a command looks from, by the stage's own clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from clinic.contracts.tables import MESSAGES
from console.operate.stage import Stage
from console.terminal.errors import InputError, StageError
from console.terminal.instants import parse_ago

_A_SECOND = timedelta(seconds=1)


def now_on(stage: Stage) -> datetime:
    """The present instant as the stage's answers date it, up to its second's end: nothing has ended later.

    A local stack's time may be moved, so the machine's own says nothing of it.

    Raises:
        StageError: it is not there, or did not answer.
    """
    client = stage.client("dynamodb")
    with stage.asking():
        answer = client.describe_table(TableName=stage.named(MESSAGES))
    dated = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if dated is None:
        raise StageError(f"{stage.name}: its answers have no date, as AWS's have")
    return parsedate_to_datetime(dated).astimezone(UTC) + _A_SECOND


def instant_since(text: str, now: datetime) -> datetime:
    """Read ``--since``.

    Raises:
        InputError: it is neither an instant nor a length of time.
    """
    try:
        return parse_ago(text, now)
    except ValueError as error:
        raise InputError([f"--since: {text!r} {error}"]) from None

"""Items of several tables in one read."""

from collections.abc import Mapping
from typing import Any

from pynamodb.connection import Connection

from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.errors import StoreUnavailableError


def one_of_each(
    connection: Connection, keys: Mapping[str, Mapping[str, str]], subject: str
) -> dict[str, dict[str, Any] | None]:
    """By table: the item with its key, or None; one consistent read of each, in one request.

    Args:
        keys: by table, the key's attributes, which are texts.
        subject: what is read, for an error's text.

    Raises:
        StoreUnavailableError: DynamoDB did not answer, or left a part out.
    """
    wanted = {
        table: {"Keys": [{name: {"S": text} for name, text in key.items()}], "ConsistentRead": True}
        for table, key in keys.items()
    }
    with store_errors(subject):
        # PynamoDB's own batch reads one table at a time.
        answer = connection.dispatch("BatchGetItem", {"RequestItems": wanted})
    if answer.get("UnprocessedKeys"):
        raise StoreUnavailableError(f"{subject}: DynamoDB left a part of the answer out")
    found = answer["Responses"]
    return {table: next(iter(found.get(table, [])), None) for table in keys}

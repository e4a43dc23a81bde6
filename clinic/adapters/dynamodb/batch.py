"""Items of several tables in one read."""

from collections.abc import Mapping, Sequence
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
    found = all_of(connection, {table: [key] for table, key in keys.items()}, subject)
    return {table: next(iter(items), None) for table, items in found.items()}


def all_of(
    connection: Connection, keys: Mapping[str, Sequence[Mapping[str, str]]], subject: str
) -> dict[str, list[dict[str, Any]]]:
    """By table: the items with these keys that there are, in any order; otherwise as `one_of_each`.

    Args:
        keys: a hundred at most in all, no two alike.
    """
    wanted = {
        table: {
            "Keys": [{name: {"S": text} for name, text in key.items()} for key in of_table],
            "ConsistentRead": True,
        }
        for table, of_table in keys.items()
    }
    with store_errors(subject):
        # PynamoDB's own batch reads one table at a time.
        answer = connection.dispatch("BatchGetItem", {"RequestItems": wanted})
    if answer.get("UnprocessedKeys"):
        raise StoreUnavailableError(f"{subject}: DynamoDB left a part of the answer out")
    found = answer["Responses"]
    return {table: list(found.get(table, [])) for table in keys}

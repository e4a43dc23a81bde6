"""Turns DynamoDB's errors into those that the use cases know."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError, VerboseClientError

from clinic.domain.errors import ConcurrentChangeError, StoreUnavailableError

_CONDITION_FAILED = {"ConditionalCheckFailedException", "ConditionalCheckFailed"}
_CONFLICT = {"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}
_SLOW_DOWN = {
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "ThrottlingException",
    "ThrottlingError",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
}


def failed_conditions(error: TransactWriteError) -> list[bool]:
    """For each action of a cancelled transaction, whether its own condition failed."""
    return [reason is not None and reason.code in _CONDITION_FAILED for reason in error.cancellation_reasons]


def is_conflict(error: TransactWriteError | UpdateError) -> bool:
    """Whether the write only met a transaction that was under way: it may be sent again at once."""
    codes = _codes(error.cause)
    return bool(codes & _CONFLICT) and not codes & _CONDITION_FAILED


def is_refused(error: ClientError) -> bool:
    """Whether a single write's condition failed."""
    return error.response["Error"]["Code"] in _CONDITION_FAILED


def item_in_the_way(error: ClientError) -> dict[str, Any] | None:
    """The item that a refused write met, if there was one and the write asked for it."""
    answer: dict[str, Any] = getattr(error.__cause__, "response", {})  # PynamoDB's own error leaves it out
    return answer.get("Item") or None


@contextmanager
def store_errors(subject: str) -> Iterator[None]:
    """Turn DynamoDB's errors into ours.

    Raises:
        ConcurrentChangeError: a condition failed or another transaction was in the way.
        StoreUnavailableError: DynamoDB did not answer or asks to slow down.
    """
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        cause = error.cause if isinstance(error, PynamoDBException) else error
        codes = _codes(cause)
        if codes & (_CONDITION_FAILED | _CONFLICT):
            raise ConcurrentChangeError(f"{subject} was changed by somebody else") from None
        if codes & _SLOW_DOWN or isinstance(cause, BotoCoreError) or _is_servers_fault(cause):
            raise StoreUnavailableError(f"{subject}: DynamoDB is not available") from None
        raise


def _codes(cause: Exception | None) -> set[str]:
    codes = {cause.response["Error"]["Code"]} if isinstance(cause, ClientError) else set()
    if isinstance(cause, VerboseClientError):
        codes |= {reason.code for reason in cause.cancellation_reasons if reason is not None}
    return codes


def _is_servers_fault(cause: Exception | None) -> bool:
    # An answer that is no JSON has the HTTP status for its code.
    if not isinstance(cause, ClientError):
        return False
    return cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500

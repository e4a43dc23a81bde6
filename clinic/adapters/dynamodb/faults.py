"""What DynamoDB's errors mean to the use cases."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError, VerboseClientError

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


def is_conflict(error: TransactWriteError) -> bool:
    """Whether the transaction only met another one that was under way: it may be sent again at once."""
    codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
    return bool(codes & _CONFLICT) and not codes & _CONDITION_FAILED


@contextmanager
def store_errors(subject: str) -> Iterator[None]:
    """Turn DynamoDB's errors into ours.

    Raises:
        ConcurrentChangeError: a condition failed or another transaction was in the way.
        StoreUnavailableError: DynamoDB did not answer or asks to slow down.
    """
    try:
        yield
    except PynamoDBException as error:
        codes = _codes(error)
        if codes & (_CONDITION_FAILED | _CONFLICT):
            raise ConcurrentChangeError(f"{subject} was changed by somebody else") from None
        if codes & _SLOW_DOWN or isinstance(error.cause, BotoCoreError):
            raise StoreUnavailableError(f"{subject}: DynamoDB is not available") from None
        raise
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, BotoCoreError) or error.response["Error"]["Code"] in _SLOW_DOWN:
            raise StoreUnavailableError(f"{subject}: DynamoDB is not available") from None
        raise


def _codes(error: PynamoDBException) -> set[str]:
    codes = {error.cause_response_code} if error.cause_response_code else set()
    if isinstance(error.cause, VerboseClientError):
        codes |= {reason.code for reason in error.cause.cancellation_reasons if reason is not None}
    return codes

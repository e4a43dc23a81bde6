"""DynamoDB's errors become ours, as PynamoDB and boto3 raise them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    PynamoDBException,
    QueryError,
    TransactGetError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.errors import failed_conditions, is_conflict, store_errors
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.domain.errors import CitasError, ConcurrentChangeError, StoreUnavailableError
from clinic.domain.messages.intent import IntentId

PRIVATE = "Paciente Privado"


def client_error(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": PRIVATE},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "x",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 3,
            },
        },
        "PutItem",
    )


def cancelled(*codes: str | None) -> TransactWriteError:
    reasons = [CancellationReason(code=code, message=PRIVATE) if code else None for code in codes]
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException", "Message": PRIVATE}},
        "TransactWriteItems",
        cancellation_reasons=reasons,
    )
    return TransactWriteError(PRIVATE, cause)


def become(kind: type[Exception], error: Exception) -> Exception:
    """What comes out; it is of this very kind."""
    with pytest.raises(kind) as raised, store_errors("reservation r-17"):
        raise error
    assert type(raised.value) is kind
    return raised.value


SLOW_DOWN = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
]
NO_ANSWER: list[BotoCoreError] = [
    EndpointConnectionError(endpoint_url="https://dynamodb.test"),
    ConnectTimeoutError(endpoint_url="https://dynamodb.test"),
    ReadTimeoutError(endpoint_url="https://dynamodb.test"),
]


@pytest.mark.parametrize("wrapped", [GetError, PutError, UpdateError, QueryError, TransactGetError])
@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        *((client_error(code), StoreUnavailableError) for code in SLOW_DOWN),
        (client_error("500", 500), StoreUnavailableError),
        (client_error("503", 503), StoreUnavailableError),
        *((error, StoreUnavailableError) for error in NO_ANSWER),
        (client_error("ConditionalCheckFailedException"), ConcurrentChangeError),
        (client_error("TransactionConflictException"), ConcurrentChangeError),
        (client_error("TransactionInProgressException"), ConcurrentChangeError),
    ],
    ids=lambda item: str(item)[:60],
)
def test_what_may_pass_is_ours_and_says_only_where(
    wrapped: type[PynamoDBException], cause: Exception, kind: type[CitasError]
) -> None:
    found = become(kind, wrapped(PRIVATE, cause))
    assert str(found).startswith("reservation r-17")
    assert PRIVATE not in str(found)
    assert found.__cause__ is None


@pytest.mark.parametrize(
    "error", [*map(client_error, SLOW_DOWN), client_error("500", 500), *NO_ANSWER], ids=lambda e: str(e)[:60]
)
def test_what_boto_raises_itself_is_the_same(error: Exception) -> None:
    become(StoreUnavailableError, error)


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (("ConditionalCheckFailed", None), ConcurrentChangeError),
        ((None, "TransactionConflict"), ConcurrentChangeError),
        ((None, "ThrottlingError"), StoreUnavailableError),
        (("ProvisionedThroughputExceeded", None), StoreUnavailableError),
        (("ConditionalCheckFailed", "ThrottlingError"), ConcurrentChangeError),
    ],
)
def test_a_cancelled_transaction_tells_why(codes: tuple[str | None, ...], kind: type[CitasError]) -> None:
    become(kind, cancelled(*codes))


@pytest.mark.parametrize(
    "error",
    [
        PutError(PRIVATE, client_error("ValidationException")),
        GetError(PRIVATE, client_error("ResourceNotFoundException")),
        GetError(PRIVATE, client_error("AccessDeniedException")),
        cancelled("ValidationError"),
        client_error("AccessDeniedException"),
        KeyError(PRIVATE),
    ],
    ids=["invalid", "no table", "denied", "invalid in a transaction", "denied by boto", "a bug"],
)
def test_a_fault_of_ours_stays_what_it_is(error: Exception) -> None:
    assert become(type(error), error) is error


@pytest.mark.parametrize(
    ("codes", "failed", "conflict"),
    [
        (("ConditionalCheckFailed", None), [True, False], False),
        ((None, "ConditionalCheckFailed"), [False, True], False),
        ((None, "TransactionConflict"), [False, False], True),
        (("ConditionalCheckFailed", "TransactionConflict"), [True, False], False),
        ((None, "ThrottlingError"), [False, False], False),
    ],
)
def test_which_of_a_transactions_conditions_failed(
    codes: tuple[str | None, ...], failed: list[bool], *, conflict: bool
) -> None:
    assert (failed_conditions(cancelled(*codes)), is_conflict(cancelled(*codes))) == (failed, conflict)


@pytest.mark.parametrize(
    "read",
    [
        lambda ledger: ledger.reservation("r-17"),
        lambda ledger: ledger.intent(IntentId("reservation#r-17", 1, "confirmation")),
        lambda ledger: ledger.intents("reservation#r-17"),
        lambda ledger: ledger.intent_and_followed(IntentId("reservation#r-17", 1, "confirmation")),
    ],
    ids=["reservation", "intent", "intents", "both"],
)
@pytest.mark.parametrize(
    "failure", [client_error("ThrottlingException"), NO_ANSWER[0]], ids=["slow down", "gone"]
)
def test_every_read_of_the_ledger_is_guarded(
    read: Callable[[DynamoLedger], Any], failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise failure

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    ledger = DynamoLedger.open(connect("us-east-1"), "reservations", "messages", "prescriptions")
    with pytest.raises(StoreUnavailableError, match=r"r-17.*DynamoDB is not available"):
        read(ledger)

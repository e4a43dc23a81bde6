"""Tells boto3's errors that may pass from those that stay."""

from botocore.exceptions import ClientError

_SLOW_DOWN = {
    "InternalException",
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}


def error_code(error: ClientError) -> str:
    """The service's name for it."""
    return str(error.response["Error"]["Code"])


def asks_to_slow_down(error: ClientError) -> bool:
    """Whether the service is busy or had a fault, by what it calls it."""
    return error_code(error) in _SLOW_DOWN


def is_servers_fault(error: ClientError) -> bool:
    """Whether the answer's HTTP status says that the fault is the service's."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500

"""Stripe's errors and their meaning for a refund, as tables.

Source: Stripe, API reference (errors, idempotent requests), error codes, advanced error handling.
"""

from enum import Enum


class Meaning(Enum):
    """What to do about an error."""

    THROTTLED = "slow down and try again"
    UNAVAILABLE = "try again with the same key"
    ACCOUNT = "key, permission or balance: an operator must act"
    REFUSED = "this refund will not be made: give up"


BY_CODE: dict[str, Meaning] = {
    **dict.fromkeys(("rate_limit", "lock_timeout"), Meaning.THROTTLED),
    "idempotency_key_in_use": Meaning.UNAVAILABLE,
    **dict.fromkeys(
        (
            "account_invalid",
            "api_key_expired",
            "balance_insufficient",
            "insufficient_funds",
            "livemode_mismatch",
            "platform_api_key_expired",
            "secret_key_required",
            "testmode_charges_only",
            "tls_version_unsupported",
        ),
        Meaning.ACCOUNT,
    ),
    **dict.fromkeys(
        (
            "amount_too_large",
            "amount_too_small",
            "charge_already_refunded",
            "charge_disputed",
            "charge_not_refundable",
            "parameter_invalid_integer",
            "parameter_unknown",
            "resource_missing",
        ),
        Meaning.REFUSED,
    ),
}

BY_TYPE: dict[str, Meaning] = {
    "api_error": Meaning.UNAVAILABLE,
    "rate_limit_error": Meaning.THROTTLED,
    "authentication_error": Meaning.ACCOUNT,
    "idempotency_error": Meaning.REFUSED,
    "card_error": Meaning.REFUSED,
}

BY_STATUS: dict[int, Meaning] = {
    401: Meaning.ACCOUNT,
    403: Meaning.ACCOUNT,
    409: Meaning.UNAVAILABLE,  # another request with this key is being worked on
    424: Meaning.UNAVAILABLE,  # somebody Stripe depends on
    429: Meaning.THROTTLED,
}

# Stripe refuses to refund more than is left without naming a code, only the parameter that is wrong.
CODE_OF_PARAMETER: dict[str, str] = {"amount": "amount_too_large"}

_NO_SUCH_CHARGE = "chargeId: expected the payment service's id of a charge or payment intent (ch_..., pi_...)"
_NOT_REFUNDABLE = "chargeId: expected one of which something can be refunded"
_MORE_THAN_LEFT = "refundAmount: expected no more than is left of what was paid"

# The event's field that a refusal speaks of, and what would be accepted.
_EXPECTED: dict[str, str] = {
    "resource_missing": _NO_SUCH_CHARGE,
    "parameter_unknown": _NO_SUCH_CHARGE,
    "charge_disputed": _NOT_REFUNDABLE,
    "charge_not_refundable": _NOT_REFUNDABLE,
    "amount_too_large": _MORE_THAN_LEFT,
    "charge_already_refunded": _MORE_THAN_LEFT,
    "amount_too_small": "refundAmount: expected no less than Stripe refunds",
    "parameter_invalid_integer": "refundAmount: expected an amount of zero or more, such as 500 or 500.00",
    "idempotency_error": "refundAmount: expected that of the refund that was asked for first",
}


def expected_instead(code: str) -> str:
    """What an event would have to say for its refund to be made, by the code that refuses it."""
    return _EXPECTED.get(code, "chargeId, refundAmount: expected a charge and an amount that Stripe refunds")


def meaning_of(code: str | None, kind: str | None, http_status: int) -> Meaning | None:
    """What an answer means.

    Args:
        code: the error's ``code``, if it names one.
        kind: the error's ``type``; None if the answer is not of Stripe's form.
        http_status: at least 300.

    Returns:
        None if nothing but another server would answer so.
    """
    if code in BY_CODE:
        return BY_CODE[code]
    if http_status in BY_STATUS:
        return BY_STATUS[http_status]
    if http_status >= 500:
        return Meaning.UNAVAILABLE
    return BY_TYPE.get(kind, Meaning.REFUSED) if kind is not None else None

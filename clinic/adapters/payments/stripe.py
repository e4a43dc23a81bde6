"""Stripe's refunds as `Payments`, on ``requests``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests

from clinic.adapters.http import UNUSABLE, new_session
from clinic.adapters.payments.error_codes import CODE_OF_PARAMETER, Meaning, expected_instead, meaning_of
from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    PaymentsAccountError,
    PaymentsThrottledError,
    PaymentsUnavailableError,
    RefundRefusedError,
)
from clinic.domain.money import DECIMALS, Money
from clinic.services.appointments.refunding import RefundReceipt, RefundRequest

# To connect and to wait for an answer; together well under a function's 30 seconds.
TIME_OUTS_SECONDS = (3.05, 15.0)

# The version this was written for; without it Stripe takes the account's own, which anyone there may raise.
API_VERSION = "2025-04-30.basil"

# Where Stripe's smallest unit is not ISO 4217's: `docs.stripe.com/currencies`, special cases.
_DECIMALS_AT_STRIPE = {"ISK": 2, "UGX": 2, "MGA": 0}

_MOST_IN_A_PAGE = 100


@dataclass(frozen=True)
class StripePayments:
    """Refunds through one Stripe account.

    A request whose answer never came may have been carried out. To make it again is safe all the same: Stripe
    keeps what it answered to an idempotency key for 24 hours and gives that answer again. So every failure of
    the network is a `PaymentsUnavailableError`, to be retried with the same request.

    Attributes:
        api_url: the API with its version, ``https://api.stripe.com/v1``.
        secret_key: called for each request, so that a rotated key is taken up.
        secret_key_anew: called when Stripe refuses the account: if the key has changed since it was read, the
            request is made once more with the new one. None: it never changes.
    """

    api_url: str
    secret_key: Callable[[], str]
    session: requests.Session = field(default_factory=new_session)
    secret_key_anew: Callable[[], str] | None = None

    def refund(self, request: RefundRequest) -> RefundReceipt:
        """Give money back; see `clinic.services.appointments.refunding.Payments`."""
        form = {
            **_charge_of(request),
            "amount": str(stripe_amount(request.money)),
            "metadata[reservation_id]": request.reservation_id,
        }
        key = {"Idempotency-Key": request.idempotency_key}
        return _receipt(self._call("POST", request, headers=key, data=form), request)

    def refund_of(self, request: RefundRequest) -> RefundReceipt | None:
        """Find what came of it; see `clinic.services.appointments.refunding.Payments`."""
        for document in self._refunds(request):
            metadata = document.get("metadata")
            if isinstance(metadata, dict) and metadata.get("reservation_id") == request.reservation_id:
                receipt = _receipt(document, request)
                if receipt.status.stands:
                    return receipt
        return None

    def paid(self, request: RefundRequest) -> Money:
        """Look at the charge; see `clinic.services.appointments.refunding.Payments`."""
        name, charge_id = next(iter(_charge_of(request).items()))
        document = self._call("GET", request, path=f"{name}s/{quote(charge_id, safe='')}")
        try:
            return money_of(document["amount"], document["currency"])
        except (LookupError, TypeError, ValueError, AttributeError):
            raise _unreadable(request) from None

    def _refunds(self, request: RefundRequest) -> Iterator[dict[str, Any]]:
        query = {**_charge_of(request), "limit": str(_MOST_IN_A_PAGE)}
        while True:
            page = self._call("GET", request, params=query)
            try:
                documents = [dict(document) for document in page["data"]]
                more, last = bool(page["has_more"]), str(documents[-1]["id"]) if documents else ""
            except (LookupError, TypeError, ValueError):
                raise _unreadable(request) from None
            yield from documents
            if not more or not last:
                return
            query["starting_after"] = last

    def _call(self, method: str, request: RefundRequest, **how: Any) -> Any:
        key = self.secret_key()
        try:
            return self._call_with(key, method, request, **how)
        except PaymentsAccountError:
            newer = self.secret_key_anew() if self.secret_key_anew is not None else key
            if newer == key:
                raise
        return self._call_with(newer, method, request, **how)

    def _call_with(
        self,
        key: str,
        method: str,
        request: RefundRequest,
        *,
        headers: Any = (),
        path: str = "refunds",
        **content: Any,
    ) -> Any:
        # A new connection for each call, as for messages: one kept open may be dead after a freeze.
        every_time = {
            "Authorization": f"Bearer {key}",
            "Stripe-Version": API_VERSION,
            "Connection": "close",
        }
        try:
            response = self.session.request(
                method,
                f"{self.api_url}/{path}",
                headers={**every_time, **dict(headers)},
                timeout=TIME_OUTS_SECONDS,
                allow_redirects=False,
                **content,
            )
        except UNUSABLE:
            raise ConfigurationError("Stripe's address or key is of a form that can't be used") from None
        except requests.RequestException:
            raise PaymentsUnavailableError(f"{_subject(request)}: no answer from Stripe") from None
        if response.status_code != HTTPStatus.OK:
            raise _error(response, request)
        try:
            return response.json()
        except ValueError:
            raise _unreadable(request) from None


def stripe_amount(money: Money) -> int:
    """The amount as Stripe counts it, in its own smallest units.

    Raises:
        RefundRefusedError: Stripe has no such fraction of the currency.
    """
    units = money.amount.scaleb(_decimals(money.currency))
    if units != units.to_integral_value():
        raise RefundRefusedError(
            f"refundAmount: Stripe takes no fractions of {money.currency}", "amount_not_representable"
        )
    return int(units)


def money_of(units: int, currency: str) -> Money:
    """The money in so many of Stripe's smallest units; `stripe_amount` turned round.

    Raises:
        TypeError, ValueError: it is no such amount, or no such currency.
    """
    if type(units) is not int:  # a bool is an int, too, and a Decimal can be made of a float
        raise TypeError("expected a whole number of units")
    code = currency.upper()
    exact = Decimal(units).scaleb(-_decimals(code))
    whole = exact.to_integral_value()
    return Money(whole if whole == exact else exact, code)


def _decimals(currency: str) -> int:
    return _DECIMALS_AT_STRIPE.get(currency, DECIMALS.get(currency, 0))


def _charge_of(request: RefundRequest) -> dict[str, str]:
    name = "payment_intent" if request.charge_id.startswith("pi_") else "charge"
    return {name: request.charge_id}


def _subject(request: RefundRequest) -> str:
    return f"reservation {request.reservation_id}"


def _receipt(document: Any, request: RefundRequest) -> RefundReceipt:
    try:
        refund_id, status = document["id"], _status(document.get("status"))
        money = money_of(document["amount"], document["currency"])
    except (LookupError, TypeError, ValueError, AttributeError):
        raise _unreadable(request) from None
    if not isinstance(refund_id, str) or not refund_id:
        raise _unreadable(request)
    return RefundReceipt(refund_id, status, money)


def _status(text: Any) -> RefundStatus:
    # Stripe may leave it out or invent another: the refund was accepted, and no more is known of it.
    return RefundStatus(text) if text in list(RefundStatus) else RefundStatus.PENDING


def _unreadable(request: RefundRequest) -> PaymentsUnavailableError:
    return PaymentsUnavailableError(f"{_subject(request)}: Stripe's answer can't be read")


_ERRORS: dict[Meaning, type[CitasError]] = {
    Meaning.THROTTLED: PaymentsThrottledError,
    Meaning.UNAVAILABLE: PaymentsUnavailableError,
    Meaning.ACCOUNT: PaymentsAccountError,
}


def _error(response: requests.Response, request: RefundRequest) -> CitasError:
    code, kind, parameter = _named_in(response)
    meaning = meaning_of(code, kind, response.status_code)
    if meaning is None:
        return ConfigurationError(
            f"HTTP {response.status_code}: not an answer of Stripe's; is its address right?"
        )
    if meaning is Meaning.REFUSED:
        code = code or CODE_OF_PARAMETER.get(parameter or "") or kind or "unknown"
        # Whoever reports it names the reservation.
        text = f"{expected_instead(code)} (Stripe answered HTTP {response.status_code}, code {code})"
        return RefundRefusedError(text, code)
    text = f"{_subject(request)}: Stripe answered HTTP {response.status_code}, code {code}: {meaning.value}"
    return _ERRORS[meaning](text)


def _named_in(response: requests.Response) -> tuple[str | None, str | None, str | None]:
    """The error's ``code``, ``type`` and ``param``."""
    try:
        error = response.json()["error"]
        code, kind, parameter = (_word(error.get(name)) for name in ("code", "type", "param"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None, None, None
    return code, kind, parameter


def _word(value: Any) -> str | None:
    is_word = isinstance(value, str) and value.isascii() and value.isidentifier() and len(value) <= 64
    return value if is_word else None

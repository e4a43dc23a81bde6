"""A simulator of Stripe's refunds, as strict as Stripe, over HTTP on a loopback port."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.faults.plan import FaultPlan
from local.faults.rules import PaymentsFault
from local.simulators.http import Answer, HttpServer, Request

KEY_IS_KEPT = timedelta(hours=24)

_OBJECT = re.compile(r"/v1/(?P<name>charge|payment_intent)s/(?P<id>[^/]+)")
_METADATA = re.compile(r"metadata\[(?P<name>[^\[\]]{1,40})\]")
_PARAMETERS = frozenset({"amount", "charge", "payment_intent", "reason"})
_LONGEST_KEY = 255
_LONGEST_METADATA = 500

# 400 is that of all other codes.
_STATUS_OF_CODE = {
    "api_key_expired": 401,
    "idempotency_key_in_use": 409,
    "lock_timeout": 429,
    "platform_api_key_expired": 401,
    "rate_limit": 429,
    "resource_missing": 404,
    "secret_key_required": 401,
}
# What is refused before anything begins is not kept with the idempotency key.
_NOT_BEGUN = frozenset({401, 409, 429})


@dataclass(frozen=True)
class Charge:
    """A payment that was made.

    Attributes:
        amount: in the currency's smallest units.
        currency: in small letters.
    """

    charge_id: str
    amount: int
    currency: str
    payment_intent: str | None = None


@dataclass(frozen=True)
class Refund:
    """A refund that was taken; ``at`` is virtual time."""

    refund_id: str
    charge: Charge
    amount: int
    metadata: dict[str, str]
    at: datetime
    status: str = "succeeded"

    @property
    def stands(self) -> bool:
        """Whether the money is on its way or arrived."""
        return self.status not in {"failed", "canceled"}


@dataclass(frozen=True)
class Call:
    """A request, carried out or not.

    Attributes:
        status: None if no answer was given.
        code: the error's ``code``, or its ``type`` if it has none.
        replayed: whether the answer was an earlier one, given again for its idempotency key.
    """

    at: datetime
    method: str
    status: int | None
    code: str | None
    idempotency_key: str | None
    replayed: bool


@dataclass(frozen=True)
class _Kept:
    """What was answered to an idempotency key, and to what."""

    parameters: dict[str, str]
    status: int
    document: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class _Reply:
    """What to answer; ``replayed``: what was answered before to the same key."""

    status: int
    document: dict[str, Any]
    replayed: bool = False


@dataclass
class _RefusedError(Exception):
    status: int
    message: str
    code: str | None = None
    parameter: str | None = None
    kind: str = "invalid_request_error"

    @property
    def document(self) -> dict[str, Any]:
        named = {"code": self.code, "message": self.message, "param": self.parameter, "type": self.kind}
        return {"error": {name: value for name, value in named.items() if value is not None}}


class PaymentsSimulator:
    """Stripe's side of a refund.

    Args:
        now: the virtual instant.
        charges: what has been paid; `pay` adds to it.
        secret_key: the only key that is let in.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        secret_key: str,
        charges: Iterable[Charge] = (),
        faults: FaultPlan | None = None,
    ) -> None:
        self.refunds: list[Refund] = []
        self.calls: list[Call] = []
        self._now = now
        self._secret_key = secret_key
        self._charges = {charge.charge_id: charge for charge in charges}
        self._kept: dict[str, _Kept] = {}
        self._faults = faults or FaultPlan()
        self._lock = threading.Lock()
        self._withheld = False
        self._server = HttpServer(self.answer)

    @property
    def url(self) -> str:
        """Its base address, without a version."""
        return self._server.url

    def pay(self, charge: Charge) -> None:
        """Make a charge known."""
        with self._lock:
            self._charges[charge.charge_id] = charge

    def left_of(self, charge: Charge) -> int:
        """How much of a charge has not been refunded, in smallest units."""
        return charge.amount - sum(
            refund.amount for refund in self.refunds if refund.charge == charge and refund.stands
        )

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def take_withheld(self) -> bool:
        """Whether the last connection was closed in place of never answering; asked once."""
        with self._lock:
            withheld, self._withheld = self._withheld, False
            return withheld

    # -- inside ---------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer | None:
        """Answer a request; None: close the connection instead."""
        with self._lock:
            key = request.headers.get("idempotency-key")
            fault = None
            try:
                self._authorise(request)
                if request.method == "GET":
                    reply = _Reply(200, self._read(request))
                else:
                    parameters = _form(request)
                    fault = self._faults.for_refund(_charge_of(parameters))
                    if fault is not None and fault.prevents:
                        return self._unanswered(request.method, key, fault)
                    reply = self._create(parameters, key, fault)
            except _RefusedError as error:
                reply = _Reply(error.status, error.document)
            if fault is not None and (fault.cut or fault.timeout):
                return self._unanswered(request.method, key, fault)
            return self._answered(request.method, key, reply)

    def _answered(self, method: str, key: str | None, reply: _Reply) -> Answer:
        error = reply.document.get("error", {})
        code = error.get("code", error.get("type"))
        self.calls.append(Call(self._now(), method, reply.status, code, key, reply.replayed))
        headers = [("Request-Id", f"req_{len(self.calls):014d}")]
        headers += [("Idempotency-Key", key)] if key else []
        headers += [("Idempotent-Replayed", "true")] if reply.replayed else []
        return Answer.of_json(reply.status, reply.document, tuple(headers))

    def _unanswered(self, method: str, key: str | None, fault: PaymentsFault) -> Answer | None:
        """Something between the caller and Stripe answers, or nobody does."""
        self._withheld = fault.timeout is not None
        self.calls.append(Call(self._now(), method, fault.status, None, key, replayed=False))
        if fault.status is None:
            return None
        return Answer(fault.status, b"injected by the fault plan", "text/plain")

    def _authorise(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise _RefusedError(401, "You did not provide an API key.")
        if key != self._secret_key:
            raise _RefusedError(401, "Invalid API Key provided.")
        is_known = request.path == "/v1/refunds" or (request.method == "GET" and _OBJECT.match(request.path))
        if not is_known or request.method not in {"GET", "POST"}:
            raise _RefusedError(404, f"Unrecognized request URL ({request.method}: {request.path}).")

    def _create(self, parameters: dict[str, str], key: str | None, fault: PaymentsFault | None) -> _Reply:
        if key is not None and len(key) > _LONGEST_KEY:
            raise _RefusedError(400, f"Idempotency keys are at most {_LONGEST_KEY} characters long.")
        kept = self._kept.get(key) if key else None
        if kept is not None and self._now() - kept.at < KEY_IS_KEPT:
            if kept.parameters != parameters:
                raise _RefusedError(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first "
                    "used with.",
                    kind="idempotency_error",
                )
            return _Reply(kept.status, kept.document, replayed=True)
        # What breaks the form is refused before anything is carried out, and so is not kept with the key.
        name, wanted = _checked(parameters)
        status_of_code = _STATUS_OF_CODE.get(fault.code, 400) if fault is not None and fault.code else 0
        refusal = _RefusedError(status_of_code, "injected by the fault plan", fault.code if fault else None)
        if status_of_code in _NOT_BEGUN:
            raise refusal
        try:
            if status_of_code:
                raise refusal
            becomes = fault.refund if fault is not None else None
            status, document = 200, self._refund(name, wanted, parameters, becomes or "succeeded")
        except _RefusedError as error:
            status, document = error.status, error.document
        if key:
            self._kept[key] = _Kept(parameters, status, document, self._now())
        return _Reply(status, document)

    def _refund(
        self, name: str, wanted: int | None, parameters: dict[str, str], status: str
    ) -> dict[str, Any]:
        charge = self._charge(name, parameters[name])
        left = self.left_of(charge)
        if left == 0:
            raise _RefusedError(
                400, f"Charge {charge.charge_id} has already been refunded.", "charge_already_refunded"
            )
        amount = left if wanted is None else wanted
        if amount > left:
            # Stripe names no code here.
            raise _RefusedError(
                400,
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                parameter="amount",
            )
        metadata = {
            match["name"]: parameters[key] for key in parameters if (match := _METADATA.fullmatch(key))
        }
        refund = Refund(self._refund_id(), charge, amount, metadata, self._now(), status)
        self.refunds.append(refund)
        return _document(refund)

    def _charge(self, name: str, wanted: str, parameter: str | None = None) -> Charge:
        for charge in self._charges.values():
            if wanted == (charge.charge_id if name == "charge" else charge.payment_intent):
                return charge
        raise _RefusedError(404, f"No such {name}: '{wanted}'", "resource_missing", parameter or name)

    def _read(self, request: Request) -> dict[str, Any]:
        wanted = _OBJECT.fullmatch(request.path)
        if wanted is None:
            return self._list(_parameters(request.query))
        name = wanted["name"]
        charge = self._charge(name, unquote(wanted["id"]), parameter="id" if name == "charge" else "intent")
        given_back = charge.amount - self.left_of(charge)
        return _paid(charge, given_back) if name == "charge" else _intent(charge)

    def _list(self, parameters: dict[str, str]) -> dict[str, Any]:
        limit = int(parameters.get("limit", "10"))
        found = list(reversed(self.refunds))  # the newest first
        for name in ("charge", "payment_intent"):
            if name in parameters:
                charge = self._charge(name, parameters[name])
                found = [refund for refund in found if refund.charge == charge]
        if after := parameters.get("starting_after"):
            ids = [refund.refund_id for refund in found]
            if after not in ids:
                raise _RefusedError(404, f"No such refund: '{after}'", "resource_missing", "starting_after")
            found = found[ids.index(after) + 1 :]
        page = [_document(refund) for refund in found[:limit]]
        return {"object": "list", "url": "/v1/refunds", "has_more": len(found) > limit, "data": page}

    def _refund_id(self) -> str:
        return "re_" + hashlib.sha256(f"refund {len(self.refunds)}".encode()).hexdigest()[:24]


def _document(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.refund_id,
        "object": "refund",
        "amount": refund.amount,
        "charge": refund.charge.charge_id,
        "created": int(refund.at.timestamp()),
        "currency": refund.charge.currency,
        "metadata": refund.metadata,
        "payment_intent": refund.charge.payment_intent,
        "reason": None,
        "status": refund.status,
    }


def _paid(charge: Charge, given_back: int) -> dict[str, Any]:
    return {
        "id": charge.charge_id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": charge.amount,
        "amount_refunded": given_back,
        "captured": True,
        "currency": charge.currency,
        "paid": True,
        "payment_intent": charge.payment_intent,
        "refunded": given_back == charge.amount,
        "status": "succeeded",
    }


def _intent(charge: Charge) -> dict[str, Any]:
    return {
        "id": charge.payment_intent,
        "object": "payment_intent",
        "amount": charge.amount,
        "amount_capturable": 0,
        "amount_received": charge.amount,
        "currency": charge.currency,
        "latest_charge": charge.charge_id,
        "status": "succeeded",
    }


def _charge_of(parameters: dict[str, str]) -> str:
    return parameters.get("charge") or parameters.get("payment_intent") or ""


def _form(request: Request) -> dict[str, str]:
    form = "application/x-www-form-urlencoded"
    if request.body and request.headers.get("content-type", "").partition(";")[0] != form:
        raise _RefusedError(400, f"Check that your POST content type is {form}.")
    return _parameters(request.body.decode("utf-8", errors="replace"))


def _parameters(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _checked(parameters: dict[str, str]) -> tuple[str, int | None]:
    """Which parameter names the charge, and the amount if one is asked for."""
    for name, value in parameters.items():
        if name not in _PARAMETERS and not _METADATA.fullmatch(name):
            raise _RefusedError(400, f"Received unknown parameter: {name}", "parameter_unknown", name)
        if name.startswith("metadata") and len(value) > _LONGEST_METADATA:
            raise _RefusedError(400, f"Metadata values are at most {_LONGEST_METADATA} characters long.")
    named = [name for name in ("charge", "payment_intent") if parameters.get(name)]
    if len(named) != 1:
        raise _RefusedError(
            400, "One of charge and payment_intent should be provided.", "parameter_missing", "charge"
        )
    amount = parameters.get("amount")
    if amount is None:
        return named[0], None
    if not re.fullmatch(r"[0-9]{1,12}", amount) or int(amount) == 0:
        raise _RefusedError(400, "Invalid positive integer", "parameter_invalid_integer", "amount")
    return named[0], int(amount)

"""Builds what Meta puts into a webhook's call, as API Gateway hands it over."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.fakes.examples import NOW
from tests.fakes.stores.aws import APP_SECRET, ENVIRONMENT

PHONE_NUMBER_ID = ENVIRONMENT["WHATSAPP_PHONE_NUMBER_ID"]
INTENT_ID = "reservation#r-17#v000001#reminder_24h"


def status(
    word: str = "delivered",
    at: datetime = NOW,
    message_id: str = "wamid.1",
    intent_id: Any = INTENT_ID,
    code: int | None = None,
) -> dict[str, Any]:
    """One entry of ``statuses``."""
    entry: dict[str, Any] = {
        "id": message_id,
        "status": word,
        "timestamp": str(int(at.timestamp())),
        "recipient_id": "525500000101",
        "conversation": {"id": "c-1", "origin": {"type": "utility"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "utility"},
    }
    if intent_id is not None:
        entry["biz_opaque_callback_data"] = intent_id
    if code is not None:
        entry["errors"] = [{"code": code, "title": "Message undeliverable", "href": "https://example.com"}]
    return entry


def text(words: str, at: datetime = NOW, sender: str = "525500000101") -> dict[str, Any]:
    """One entry of ``messages``: what somebody wrote."""
    head = {"from": sender, "id": "wamid.in.1", "timestamp": str(int(at.timestamp()))}
    return {**head, "type": "text", "text": {"body": words}}


def notification(
    statuses: Sequence[Any] = (), messages: Sequence[Any] = (), number: str = PHONE_NUMBER_ID
) -> dict[str, Any]:
    """A whole body with one change."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "525500000100", "phone_number_id": number},
    }
    if statuses:
        value["statuses"] = list(statuses)
    if messages:
        value["contacts"] = [{"profile": {"name": "Ana Ficticia"}, "wa_id": "525500000101"}]
        value["messages"] = list(messages)
    entry = {"id": "200000000000002", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def signature(body: bytes, secret: str = APP_SECRET) -> str:
    """As Meta computes it."""
    return "sha256=" + hmac.new(secret.encode("ascii"), body, hashlib.sha256).hexdigest()


def call(
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/whatsapp/51af3dc0-da77-11e4-872e-1234567db123",
    query: dict[str, str] | None = None,
    as_base64: bool = False,
) -> dict[str, Any]:
    """What an HTTP API hands its function (payload format 2.0)."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.us-east-1.amazonaws.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "facebookexternalua",
            },
            "requestId": "request-1",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "23/Nov/2026:15:00:00 +0000",
            "timeEpoch": 1795446000000,
        },
        "isBase64Encoded": as_base64,
    }
    if query is not None:
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if as_base64 else body.decode()
    return event


def signed(payload: Any, secret: str = APP_SECRET, *, as_base64: bool = False) -> dict[str, Any]:
    """A call with this body and its signature."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return call(body, {"x-hub-signature-256": signature(body, secret)}, as_base64=as_base64)

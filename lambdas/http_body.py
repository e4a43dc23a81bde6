"""The body of a call as API Gateway hands it over (HTTP API, payload format 2.0)."""

import base64
from typing import Any


def is_larger(event: dict[str, Any], limit: int) -> bool:
    """Whether the body has more than so many bytes, without decoding it."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return len(body) * 3 // 4 - body[-2:].count("=") > limit
    return len(body) > limit or len(body.encode("utf-8", "surrogatepass")) > limit


def raw_body(event: dict[str, Any]) -> bytes | None:
    """The bytes that the caller sent; None: they can't be told from what is there."""
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return None

"""Checks that a webhook's call comes from who it says: its body's HMAC in a header, and a verify token."""

import hashlib
import hmac
import re

_HEADER = re.compile(r"sha256=([0-9a-f]{64})")


def signature_of(body: bytes, secret: str) -> str:
    """The header's value for a body: HMAC-SHA256 of its raw bytes."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def is_well_formed(header: str | None) -> bool:
    """Whether the header has a signature's form: whatever has not is refused before any secret is read."""
    return header is not None and _HEADER.fullmatch(header) is not None


def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether the header is this secret's signature of exactly these bytes; compared in constant time."""
    if header is None or not is_well_formed(header):
        return False
    return hmac.compare_digest(header.encode(), signature_of(body, secret).encode())


def is_same(given: str | None, expected: str) -> bool:
    """Whether two secrets are the same, compared in constant time."""
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())

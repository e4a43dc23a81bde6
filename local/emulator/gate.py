"""Who may call the emulator over its port: whoever holds this start's key; nobody by another name or way.

Every user of the machine reaches a loopback port. MiniStack takes the keys `test` and all account ids for its
root's, and checks no signature of theirs; its own paths for administrators ask for no key at all.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET, MiniStack

# HTTP APIs are called by anybody, as on AWS: their functions see to it.
_PUBLIC = "/_aws/execute-api/"
_PORT = re.compile(r":\d*$")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class Credentials:
    """What an AWS client needs to be taken for the operator. The key alone lets in: it is no name."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def is_open(self) -> bool:
        """Whether everybody knows them."""
        return self == OPEN


# As other emulators have it, for tools whose credentials can't be chosen.
OPEN = Credentials(OPERATOR_KEY, OPERATOR_SECRET)


def fresh() -> Credentials:
    """Credentials that nobody else knows, in the form of AWS's."""
    return Credentials("AKIA" + secrets.token_hex(20).upper(), secrets.token_urlsafe(30))


def refusal(ministack: MiniStack, scope: Any, operator: Credentials) -> str | None:
    """Why an HTTP request is not let in; None: it may pass."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path: str = scope["path"]
    if "origin" in headers:  # a browser sends it for a page; MiniStack would let every page of the web in
        return "web pages may not call the local stack"
    if not _is_of_this_machine(headers.get("host", "")):
        return "the local stack is called by the name localhost"
    if path.startswith(_PUBLIC):
        return None
    if path.startswith("/_") or path == "/health":
        return "the emulator's own paths are closed"
    if operator.is_open:
        return None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    key = ministack.router.extract_access_key_id(headers, query)
    # Any other key belongs to a function's role, and MiniStack checks what it has signed.
    if key != operator.key and _is_taken_for_roots(ministack, key, query):
        return "the access key is not this start's; `citas dev` has printed it, and --open lets everybody in"
    return None


def _is_taken_for_roots(ministack: MiniStack, key: str, query: dict[str, list[str]]) -> bool:
    # A signed address may name a key beside the header's.
    named = [key, *(value.split("/")[0] for value in _in_query(query))]
    return any(ministack.iam.is_root_access_key(name) for name in named)


def _in_query(query: dict[str, list[str]]) -> Iterable[str]:
    return [value for name in ("X-Amz-Credential", "AWSAccessKeyId") for value in query.get(name, ())]


def _is_of_this_machine(host: str) -> bool:
    """Whether a request's Host is this machine's name: a name of the web may be made to lead here."""
    name = _PORT.sub("", host).lower()
    # A bucket's own host is bucket.s3.localhost; no name under localhost leads elsewhere.
    return name in _LOOPBACK or name.endswith(".localhost")

"""AWS clients with the operator's rights, of the local stack's endpoint."""

import functools
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from local.emulator.gate import Credentials
from local.emulator.load import REGION


@functools.cache
def operators_client(service: str, endpoint_url: str, credentials: Credentials) -> Any:
    """Made once in a process: reading a service's description takes longer than deploying a stack."""
    return _operator().client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=credentials.key,
        aws_secret_access_key=credentials.secret,
        # No proxies: one that the machine's environment names does not serve loopback.
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50, proxies={}),
    )


@functools.cache
def _operator() -> Any:
    """A session that reads no profile or file of whoever runs this. ``Any``: its types want literals."""
    unread = ("profile", "config_file", "credentials_file", "ca_bundle")
    nothing: dict[str, Any] = dict.fromkeys(unread, (None, None, None, None))
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=nothing))

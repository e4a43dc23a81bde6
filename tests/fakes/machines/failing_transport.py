"""A network that fails."""

from typing import Any

import requests
from requests.adapters import BaseAdapter


class FailingTransport(BaseAdapter):
    """A network that fails in one way."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self._failure = failure

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        raise self._failure

    def close(self) -> None:
        """Nothing is open."""

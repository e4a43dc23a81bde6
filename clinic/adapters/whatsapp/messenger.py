"""The WhatsApp Cloud API as a `Messenger`: template messages with named parameters, on ``requests``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests

from clinic.adapters.http import UNUSABLE, new_session
from clinic.adapters.whatsapp.error_codes import (
    HELD_BACK_WAIT_SECONDS,
    meaning_of,
    pair_wait_seconds,
    upgrade_wait_seconds,
)
from clinic.channels.channel import Meaning
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    MessageNotDeliverableError,
    MessageRefusedError,
    MessengerAccountError,
    MessengerDeferredError,
    MessengerOutcomeUnknownError,
    MessengerThrottledError,
    MessengerUnavailableError,
    RecipientUnreachableError,
    TemplateRejectedError,
    TemplateSuspectedError,
)
from clinic.services.ports import Message

# To connect and to wait for an answer; together well under a function's 30 seconds.
TIME_OUTS_SECONDS = (3.05, 10.0)


@dataclass(frozen=True)
class WhatsAppMessenger:
    """Sends through one phone number.

    Attributes:
        api_url: the API with its version, ``https://graph.facebook.com/v23.0``.
        access_token: called for each message, so that a rotated token is taken up.
        access_token_anew: called when WhatsApp refuses the account: if the token has changed since it was
            read, the message is handed over once more with the new one. None: it never changes.
    """

    api_url: str
    phone_number_id: str
    access_token: Callable[[], str]
    session: requests.Session = field(default_factory=new_session)
    access_token_anew: Callable[[], str] | None = None

    def send(self, message: Message, recipient: str, attempt: int) -> str:
        """Hand a message to WhatsApp; see `clinic.services.messages.delivery.Messenger`."""
        token = self.access_token()
        try:
            return self._send(message, recipient, attempt, token)
        except MessengerAccountError:
            newer = self.access_token_anew() if self.access_token_anew is not None else token
            if newer == token:
                raise
        return self._send(message, recipient, attempt, newer)

    def _send(self, message: Message, recipient: str, attempt: int, token: str) -> str:
        url = f"{self.api_url}/{self.phone_number_id}/messages"
        # A connection kept from the last call may be dead after the function was frozen; a message sent on it
        # would have no known outcome. Reminders are hours apart: a new connection each costs nothing.
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        try:
            response = self.session.post(
                url,
                json=payload_of(message, recipient),
                headers=headers,
                timeout=TIME_OUTS_SECONDS,
                allow_redirects=False,
            )
        except requests.ConnectTimeout:
            raise MessengerUnavailableError(f"{message.intent_id}: WhatsApp was not reached") from None
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise MessengerUnavailableError(f"{message.intent_id}: WhatsApp was not reached") from None
            raise MessengerOutcomeUnknownError(f"{message.intent_id}: no answer from WhatsApp") from None
        except UNUSABLE:
            raise ConfigurationError("WhatsApp's address or token is of a form that can't be used") from None
        except requests.RequestException:
            raise MessengerOutcomeUnknownError(f"{message.intent_id}: no answer from WhatsApp") from None
        if response.status_code == HTTPStatus.OK:
            return _message_id(response, message)
        raise _error(response, message, attempt)


def payload_of(message: Message, recipient: str) -> dict[str, Any]:
    """The request's body."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": recipient.removeprefix("+"),
        "type": "template",
        "template": {
            "name": message.name,
            "language": {"code": message.language},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "parameter_name": name, "text": text}
                        for name, text in message.values.items()
                    ],
                }
            ],
        },
        "biz_opaque_callback_data": message.intent_id,
    }


def _never_connected(error: requests.ConnectionError) -> bool:
    # urllib3 raises NewConnectionError (also for a name that can't be resolved) before anything is sent.
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}


def _message_id(response: requests.Response, message: Message) -> str:
    try:
        message_id = response.json()["messages"][0]["id"]
    except (ValueError, LookupError, TypeError):
        message_id = None
    if isinstance(message_id, str) and message_id:
        return message_id
    raise MessengerOutcomeUnknownError(f"{message.intent_id}: WhatsApp's answer carries no message id")


def _error_code(response: requests.Response) -> int | None:
    try:
        return int(response.json()["error"]["code"])
    except (ValueError, LookupError, TypeError, OverflowError):
        return None


_WAITS: dict[Meaning, Callable[[int], int]] = {
    Meaning.PAIR_LIMIT: pair_wait_seconds,
    Meaning.UPGRADING: upgrade_wait_seconds,
    Meaning.HELD_BACK: lambda _: HELD_BACK_WAIT_SECONDS,
}
_NOT_ACCEPTED: dict[Meaning, type[CitasError]] = {
    Meaning.THROTTLED: MessengerThrottledError,
    Meaning.TRANSIENT: MessengerUnavailableError,
    Meaning.ACCOUNT: MessengerAccountError,
}
_NOT_DELIVERABLE: dict[Meaning, type[MessageNotDeliverableError]] = {
    Meaning.RECIPIENT: RecipientUnreachableError,
    Meaning.TEMPLATE: TemplateRejectedError,
    Meaning.SUSPECT: TemplateSuspectedError,
    Meaning.REFUSED: MessageRefusedError,
}


def _error(response: requests.Response, message: Message, attempt: int) -> CitasError:
    code = _error_code(response)
    meaning = meaning_of(code, response.status_code)
    text = f"{message.intent_id}: WhatsApp answered HTTP {response.status_code}, code {code}: {meaning.value}"
    if meaning in _WAITS:
        return MessengerDeferredError(text, code, _WAITS[meaning](attempt))
    if meaning in _NOT_DELIVERABLE:
        return _NOT_DELIVERABLE[meaning](text, code)
    return _NOT_ACCEPTED[meaning](text)

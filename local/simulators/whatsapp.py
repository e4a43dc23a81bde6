"""A simulator of the WhatsApp Cloud API, as strict as Meta, over HTTP on a loopback port."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.faults.plan import FaultPlan
from local.faults.rules import WhatsAppFault, digits
from local.simulators.http import Answer, HttpServer, Request
from local.simulators.webhook_bodies import message_id
from local.simulators.webhooks import Sent, Webhook, Webhooks
from local.simulators.whatsapp_requests import account_answer, decoded, parameters_of, recipient
from local.simulators.whatsapp_rules import RefusedError, Template, error_body, http_status

_PATH = re.compile(r"/v\d+\.\d+/(?P<number>[^/]+)/messages")
_FIELDS = frozenset(
    {"messaging_product", "recipient_type", "to", "type", "template", "biz_opaque_callback_data"}
)


@dataclass(frozen=True)
class SentMessage:
    """A message that was accepted.

    Attributes:
        text: the body as the patient reads it.
        intent_id: ``biz_opaque_callback_data``.
        at: virtual time.
    """

    message_id: str
    to: str
    template: str
    language: str
    parameters: dict[str, str]
    text: str
    intent_id: str | None
    at: datetime


@dataclass(frozen=True)
class Call:
    """A request, accepted or not; ``status`` is None if no answer was given."""

    at: datetime
    status: int | None
    code: int | None
    intent_id: str | None


class WhatsAppSimulator:
    """Meta's side of the conversation.

    Args:
        now: the virtual instant.
        templates: in Meta's ``message_templates`` form. Raises TemplateRejectedError.
        access_token: the only token that is let in.
        phone_number_id: the only number that sends.
        webhooks: tells what becomes of messages.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        templates: Iterable[dict[str, Any]],
        access_token: str,
        phone_number_id: str,
        faults: FaultPlan | None = None,
        webhooks: Webhooks | None = None,
    ) -> None:
        self.sent: list[SentMessage] = []
        self.calls: list[Call] = []
        self._now = now
        self._registered = tuple(templates)
        self._templates = {
            (template.name, template.language): template
            for template in map(Template.approve, self._registered)
        }
        self._access_token = access_token
        self._phone_number_id = phone_number_id
        self._faults = faults or FaultPlan()
        self._webhooks = webhooks
        self._lock = threading.Lock()
        self._withheld = False
        self._server = HttpServer(self.answer)

    @property
    def url(self) -> str:
        """Its base address, without a version."""
        return self._server.url

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Every body that was posted to the webhook, in order, with what came of it."""
        return self._webhooks.posted if self._webhooks is not None else ()

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
            body = decoded(request.body)
            intent = body.get("biz_opaque_callback_data") if isinstance(body, dict) else None
            intent = intent if isinstance(intent, str) else None
            try:
                self._authorise(request)
                if request.method == "GET":
                    return account_answer(request, self._phone_number_id, self._registered)
                to = recipient(body)
                fault = self._faults.for_message(to, intent)
                if fault is not None:
                    return self._faulty(fault, body, to, intent)
                return self._accept(body, to, intent)
            except RefusedError as error:
                return self._refuse(error.status, error.code, error.details, intent)

    def _authorise(self, request: Request) -> None:
        path = _PATH.fullmatch(request.path)
        is_send = request.method == "POST" and path is not None and path["number"] == self._phone_number_id
        if not is_send and request.method != "GET":
            raise RefusedError(100, f"Unsupported {request.method.lower()} request: no such object")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != self._access_token:
            raise RefusedError(190, "Invalid OAuth access token")

    def _accept(
        self, body: dict[str, Any], to: str, intent: str | None, fault: WhatsAppFault | None = None
    ) -> Answer:
        template, values, text = self._checked(body)
        new_id = self._new_id()
        self.sent.append(
            SentMessage(new_id, to, template.name, template.language, values, text, intent, self._now())
        )
        self.calls.append(Call(self._now(), 200, None, intent))
        if self._webhooks is not None:
            self._webhooks.accepted(
                Sent(
                    new_id,
                    to,
                    intent,
                    template.category,
                    code=fault.later if fault is not None else None,
                    read_after=fault.reads if fault is not None else None,
                )
            )
        return Answer.of_json(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": to, "wa_id": digits(to)}],
                "messages": [{"id": new_id, "message_status": "accepted"}],
            },
        )

    def _faulty(self, fault: WhatsAppFault, body: Any, to: str, intent: str | None) -> Answer | None:
        if fault.later is not None or fault.reads is not None:
            return self._accept(body, to, intent, fault)
        if fault.code is not None:
            return self._refuse(http_status(fault.code), fault.code, "injected by the fault plan", intent)
        if fault.status is not None:
            self.calls.append(Call(self._now(), fault.status, None, intent))
            return Answer(fault.status, b"injected by the fault plan", "text/plain")
        if "after" in (fault.cut, fault.timeout):
            self._accept(body, to, intent)
            self.calls.pop()
        self._withheld = fault.timeout is not None
        self.calls.append(Call(self._now(), None, None, intent))
        return None

    def _refuse(self, status: int, code: int, details: str, intent: str | None) -> Answer:
        self.calls.append(Call(self._now(), status, code, intent))
        return Answer.of_json(status, error_body(code, details, self._trace()))

    def _checked(self, body: dict[str, Any]) -> tuple[Template, dict[str, str], str]:
        """The template, its parameters and the text. Raises RefusedError as Meta refuses."""
        if unknown := set(body) - _FIELDS:
            raise RefusedError(100, f"Unexpected key {min(unknown)!r}")
        if len(str(body.get("biz_opaque_callback_data", ""))) > 512:
            raise RefusedError(100, "biz_opaque_callback_data must be at most 512 characters long")
        if body.get("type") != "template":
            raise RefusedError(
                131047, "more than 24 hours since the recipient's last message: use a template"
            )
        wanted = body.get("template")
        if not isinstance(wanted, dict) or not wanted.get("name"):
            raise RefusedError(131008, "template['name'] is required")
        language = (wanted.get("language") or {}).get("code")
        if not language:
            raise RefusedError(131008, "template['language']['code'] is required")
        template = self._templates.get((wanted["name"], language))
        if template is None:
            raise RefusedError(132001, f"template name ({wanted['name']}) does not exist in {language}")
        values = parameters_of(template, wanted.get("components") or [])
        return template, values, template.render(values)

    def _new_id(self) -> str:
        seed = hashlib.sha256(f"message {len(self.sent)}".encode()).digest()
        return message_id(seed)

    def _trace(self) -> str:
        seed = hashlib.sha256(f"call {len(self.calls)}".encode()).digest()
        return "A" + base64.urlsafe_b64encode(seed[:15]).decode()

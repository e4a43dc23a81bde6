"""A simulator of the WhatsApp Cloud API, as strict as Meta, over HTTP on a loopback port."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.faults import FaultPlan, WhatsAppFault, digits
from local.http import Answer, HttpServer, Request
from local.meta import RefusedError, Template, error_body, http_status

_PATH = re.compile(r"/v\d+\.\d+/(?P<number>[^/]+)/messages")
_FORBIDDEN = re.compile(r"[\n\r\t]| {5,}")
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
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        templates: Iterable[dict[str, Any]],
        access_token: str,
        phone_number_id: str,
        faults: FaultPlan | None = None,
    ) -> None:
        self.sent: list[SentMessage] = []
        self.calls: list[Call] = []
        self._now = now
        self._templates = {
            (template.name, template.language): template for template in map(Template.approve, templates)
        }
        self._access_token = access_token
        self._phone_number_id = phone_number_id
        self._faults = faults or FaultPlan()
        self._lock = threading.Lock()
        self._withheld = False
        self._server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Its base address, without a version."""
        return self._server.url

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def take_withheld(self) -> bool:
        """Whether the last connection was closed in place of never answering; asked once."""
        with self._lock:
            withheld, self._withheld = self._withheld, False
            return withheld

    # -- inside ---------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Answer | None:
        with self._lock:
            body = _decoded(request.body)
            intent = body.get("biz_opaque_callback_data") if isinstance(body, dict) else None
            intent = intent if isinstance(intent, str) else None
            try:
                self._authorise(request)
                to = _recipient(body)
                fault = self._faults.for_message(to, intent)
                if fault is not None:
                    return self._faulty(fault, body, to, intent)
                return self._accept(body, to, intent)
            except RefusedError as error:
                return self._refuse(error.status, error.code, error.details, intent)

    def _authorise(self, request: Request) -> None:
        path = _PATH.fullmatch(request.path)
        if request.method != "POST" or path is None or path["number"] != self._phone_number_id:
            raise RefusedError(100, f"Unsupported {request.method.lower()} request: no such object")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != self._access_token:
            raise RefusedError(190, "Invalid OAuth access token")

    def _accept(self, body: dict[str, Any], to: str, intent: str | None) -> Answer:
        template, values, text = self._checked(body)
        message_id = self._message_id()
        self.sent.append(
            SentMessage(message_id, to, template.name, template.language, values, text, intent, self._now())
        )
        self.calls.append(Call(self._now(), 200, None, intent))
        return Answer.of_json(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": to, "wa_id": digits(to)}],
                "messages": [{"id": message_id, "message_status": "accepted"}],
            },
        )

    def _faulty(self, fault: WhatsAppFault, body: Any, to: str, intent: str | None) -> Answer | None:
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
        values = _parameters(template, wanted.get("components") or [])
        return template, values, template.render(values)

    def _message_id(self) -> str:
        seed = hashlib.sha256(f"message {len(self.sent)}".encode()).digest()
        return "wamid." + base64.b64encode(seed[:30]).decode()

    def _trace(self) -> str:
        seed = hashlib.sha256(f"call {len(self.calls)}".encode()).digest()
        return "A" + base64.urlsafe_b64encode(seed[:15]).decode()


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _recipient(body: Any) -> str:
    if not isinstance(body, dict):
        raise RefusedError(100, "the request's body is no JSON object")
    if body.get("messaging_product") != "whatsapp":
        raise RefusedError(100, "The parameter messaging_product is required.")
    to = body.get("to")
    if not to:
        raise RefusedError(100, "The parameter to is required.")
    if not isinstance(to, str) or not re.fullmatch(r"\+?[\d ()\-]+", to) or not 7 <= len(digits(to)) <= 15:
        raise RefusedError(131009, "to: not a phone number")
    return to


def _parameters(template: Template, components: Any) -> dict[str, str]:
    """The body's parameters, exactly the template's, each a text Meta lets through."""
    if not isinstance(components, list) or any(not isinstance(part, dict) for part in components):
        raise RefusedError(132012, "components must be a list of objects")
    bodies = [part for part in components if part.get("type") == "body"]
    if len(bodies) != len(components) or len(bodies) > 1:
        raise RefusedError(132012, "the template has one body and no other component with parameters")
    given = bodies[0].get("parameters") or [] if bodies else []
    if len(given) != len(template.parameters):
        raise RefusedError(
            132000,
            f"body: number of localizable_params ({len(given)}) does not match "
            f"the expected number of params ({len(template.parameters)})",
        )
    values: dict[str, str] = {}
    for position, parameter in enumerate(given):
        name, text = _parameter(position, parameter)
        values[name] = text
    if set(values) != set(template.parameters):
        wrong = sorted(set(values) ^ set(template.parameters))
        raise RefusedError(132012, f"body: parameter names do not match the template's: {', '.join(wrong)}")
    return values


def _parameter(position: int, parameter: Any) -> tuple[str, str]:
    if not isinstance(parameter, dict) or parameter.get("type") != "text":
        raise RefusedError(132012, f"body: parameter {position} is not of type text")
    name, text = parameter.get("parameter_name"), parameter.get("text")
    if not isinstance(name, str) or not name:
        raise RefusedError(100, "Parameter name is missing or empty")
    if not isinstance(text, str) or not text.strip():
        raise RefusedError(131008, f"body: the text of parameter {name} is required")
    if _FORBIDDEN.search(text):
        raise RefusedError(
            132018,
            f"body: parameter {name}: Param text cannot have new-line/tab characters "
            "or more than 4 consecutive spaces",
        )
    return name, text

"""WhatsApp's message templates and errors, as Meta defines them."""

import re
from dataclasses import dataclass
from typing import Any

# HTTP status by error code (Cloud API, "Error codes"); every other code comes with 400.
_STATUS = {
    0: 401,
    2: 503,
    3: 500,
    10: 403,
    190: 401,
    368: 403,
    130497: 403,
    131000: 500,
    131005: 403,
    131016: 503,
    131031: 403,
    131045: 500,
    131057: 500,
    132001: 404,
    133000: 500,
    133004: 503,
}

_TITLES = {
    4: "Application request limit reached",
    10: "Application does not have permission for this action",
    100: "Invalid parameter",
    190: "Access token has expired",
    368: "Temporarily blocked for policies violations",
    80007: "Rate limit issues",
    130429: "Rate limit hit",
    130472: "User's number is part of an experiment",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131031: "Business Account locked",
    131042: "Business eligibility payment issue",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "This message was not delivered to maintain healthy ecosystem engagement",
    131050: "User has stopped receiving marketing messages",
    131051: "Unsupported message type",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131057: "Account in maintenance mode",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132005: "Translated text too long",
    132007: "Template format character policy violated",
    132012: "Parameter format does not match format in the created template",
    132015: "Template is paused",
    132016: "Template is disabled",
    132018: "There's an issue with the parameters in your template",
}

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_PARAMETER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_BODY_WITH_OTHERS, _BODY_ALONE = 1024, 32768


class TemplateRejectedError(ValueError):
    """Meta would not approve this template."""


class RefusedError(Exception):
    """The Cloud API answers a request with an error."""

    def __init__(self, code: int, details: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        self.details = details
        self.status = status if status is not None else http_status(code)

    def body(self, trace: str) -> dict[str, Any]:
        """The error in Meta's form."""
        return error_body(self.code, self.details, trace)


def http_status(code: int) -> int:
    """The HTTP status Meta answers an error code with."""
    return 403 if 200 <= code <= 299 else _STATUS.get(code, 400)


def error_title(code: int) -> str:
    """The title Meta gives an error code."""
    return _TITLES.get(code, "API Permission" if 200 <= code <= 299 else "Something went wrong")


def error_body(code: int, details: str, trace: str) -> dict[str, Any]:
    """An error in Meta's form."""
    return {
        "error": {
            "message": f"(#{code}) {error_title(code)}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": trace,
        }
    }


@dataclass(frozen=True)
class Template:
    """An approved template with a body of named parameters."""

    name: str
    language: str
    body: str
    parameters: tuple[str, ...]
    alone: bool
    category: str

    @classmethod
    def approve(cls, document: dict[str, Any]) -> "Template":
        """Check a template in Meta's ``message_templates`` form. Raises TemplateRejectedError."""
        name, language = str(document.get("name", "")), str(document.get("language", ""))
        _need(bool(_NAME.fullmatch(name)), f"template name {name!r}: lower case, digits and _ only")
        _need(bool(_LANGUAGE.fullmatch(language)), f"{name}: language {language!r}")
        category = document.get("category")
        _need(category in ("UTILITY", "MARKETING", "AUTHENTICATION"), f"{name}: category {category!r}")
        named = str(document.get("parameter_format", "POSITIONAL")).upper()
        _need(named == "NAMED", f"{name}: parameter_format {named}, where named parameters are expected")
        components = document.get("components") or []
        bodies = [component for component in components if str(component.get("type")).upper() == "BODY"]
        _need(len(bodies) == 1, f"{name}: has {len(bodies)} BODY components")
        alone = len(components) == 1
        return _with_body(name, language, bodies[0], alone=alone, category=str(category).lower())

    def render(self, values: dict[str, str]) -> str:
        """The message's text. Raises RefusedError if it is too long."""
        text = _PARAMETER.sub(lambda match: values[match.group(1)], self.body)
        # Stricter than Meta, which lets a body that stands alone have 32,768: no text of ours is so long.
        if len(text) > _BODY_WITH_OTHERS:
            raise RefusedError(132005, f"body: {len(text)} characters, at most {_BODY_WITH_OTHERS}")
        return text


def _with_body(
    name: str, language: str, component: dict[str, Any], *, alone: bool, category: str
) -> Template:
    body = str(component.get("text", ""))
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(body)))
    limit = _BODY_ALONE if alone else _BODY_WITH_OTHERS
    _need(0 < len(body) <= limit, f"{name}: body of {len(body)} characters")
    for parameter in parameters:
        _need(bool(_PARAMETER_NAME.fullmatch(parameter)), f"{name}: parameter name {parameter!r}")
    starts_or_ends = body.strip().startswith("{{") or body.strip().endswith("}}")
    _need(not starts_or_ends, f"{name}: a body may not start or end with a parameter")
    _need(not re.search(r"\}\}\s*\{\{", body), f"{name}: two parameters with nothing between them")
    _need(not re.search(r"\n{3,}", body), f"{name}: more than two new lines in a row")
    examples = (component.get("example") or {}).get("body_text_named_params") or []
    given = {example.get("param_name"): example.get("example") for example in examples}
    for parameter in parameters:
        _need(bool(given.get(parameter)), f"{name}: no example for parameter {parameter}")
    _need(set(given) <= set(parameters), f"{name}: examples for unknown parameters")
    return Template(name, language, body, parameters, alone, category)


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TemplateRejectedError(otherwise)

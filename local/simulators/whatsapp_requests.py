"""Looks at a request to send as the WhatsApp Cloud API does, and refuses what Meta refuses."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from local.faults.rules import digits
from local.simulators.http import Answer, Request
from local.simulators.whatsapp_rules import RefusedError, Template

_FORBIDDEN = re.compile(r"[\n\r\t]| {5,}")


def decoded(body: bytes) -> Any:
    """A body; None if it is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def recipient(body: Any) -> str:
    """Whom a message goes to. Raises RefusedError."""
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


def parameters_of(template: Template, components: Any) -> dict[str, str]:
    """The body's parameters, exactly the template's, each a text Meta lets through. Raises RefusedError."""
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


# The account's id, made up as the number's.
BUSINESS_ACCOUNT_ID = "200000000000002"
_NODE = re.compile(r"/v\d+\.\d+/(?P<id>\d+)(?P<edge>/message_templates)?")


def account_answer(request: Request, phone_number_id: str, templates: Sequence[Mapping[str, Any]]) -> Answer:
    """Answer a GET.

    Raises:
        RefusedError: there is nothing of that id, as Meta says it.
    """
    node = _NODE.fullmatch(request.path)
    if node is not None and node["id"] == phone_number_id and node["edge"] is None:
        return Answer.of_json(
            200,
            {
                "id": phone_number_id,
                "display_phone_number": "+52 55 0000 0000",
                "verified_name": "Citas",
                "quality_rating": "GREEN",
                "code_verification_status": "VERIFIED",
            },
        )
    if node is not None and node["id"] == BUSINESS_ACCOUNT_ID and node["edge"] is not None:
        approved = [{"status": "APPROVED", **template} for template in templates]
        return Answer.of_json(200, {"data": approved, "paging": {"cursors": {"after": "MAZDZD"}}})
    raise RefusedError(100, "Unsupported get request: no such object")

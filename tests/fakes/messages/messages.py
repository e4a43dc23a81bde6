"""A message that is about to leave, with every value a patient's own."""

from dataclasses import replace
from typing import Any

from clinic.services.ports import OutboundMessage
from clinic.templates.catalogue import CATALOGUE

PRIVATE = ("5500000001", "Paciente", "Ficticia", "Calle")
INTENT_ID = "reservation#r-17#v000001#confirmation"


def outbound(template: str = "appointment_confirmed", **changes: Any) -> OutboundMessage:
    """The message of a template's examples."""
    whole = OutboundMessage(
        intent_id=INTENT_ID,
        to="+525500000001",
        template=template,
        language="es_MX",
        parameters=dict(CATALOGUE[template].examples),
    )
    return replace(whole, **changes)

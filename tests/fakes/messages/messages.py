"""A message that is about to leave, with every value a patient's own."""

from dataclasses import replace
from typing import Any

from clinic.services.ports import Message
from tests.fakes.messages.texts import SPANISH

PRIVATE = ("5500000001", "Paciente", "Ficticia", "Calle")
RECIPIENT = "+525500000001"
INTENT_ID = "reservation#r-17#v000001#confirmation"


def outbound(template: str = "appointment_confirmed", **changes: Any) -> Message:
    """The message of a template's examples."""
    whole = Message(
        intent_id=INTENT_ID,
        name=template,
        language="es_MX",
        values=dict(SPANISH[template].examples),
    )
    return replace(whole, **changes)

"""Which template an appointment message uses."""

from datetime import timedelta

from clinic.domain.messages.kinds import CONFIRMATION, REMINDER, ReminderOffset, kind_of
from clinic.templates.appointment_templates import (
    APPOINTMENT_CONFIRMED,
    APPOINTMENT_REMINDER_2H,
    APPOINTMENT_REMINDER_24H,
)
from clinic.templates.template import Template

DEFAULT_PREPARATION = "Traiga su identificación y seguro médico"
# What a clinic has not said. A parameter can't be left out, nor be empty: the patient is told once whom
# to ask for the way, and the other lines say that there is nothing to say.
ASK_AT_RECEPTION = "Pregunte en recepción"
NOT_SAID = "–"

_TEMPLATES = {
    template.name: template
    for template in (APPOINTMENT_CONFIRMED, APPOINTMENT_REMINDER_24H, APPOINTMENT_REMINDER_2H)
}


def template_for(kind: str, ahead: timedelta | None = None) -> Template:
    """The template of a ``confirmation`` or ``reminder_<offset>``.

    Args:
        kind: which message.
        ahead: how long before the visit a reminder is due, where it is not the offset.

    Raises:
        ValueError: no template belongs to this kind.
    """
    row = kind_of(kind)
    if row.name == CONFIRMATION:
        return _TEMPLATES[row.templates[0]]
    return _TEMPLATES[REMINDER.template_ahead(ahead or ReminderOffset.of_kind(kind).duration)]

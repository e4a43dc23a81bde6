"""Which template an appointment message uses."""

from datetime import timedelta

from clinic.domain.appointments.reminders import CONFIRMATION, REMINDER_PREFIX, ReminderOffset
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

# From half a day ahead on, a reminder names the day and what to prepare; later ones name the way in.
_DAY_SCALE = timedelta(hours=12)


def template_for(kind: str, ahead: timedelta | None = None) -> Template:
    """The template of a ``confirmation`` or ``reminder_<offset>``.

    Args:
        kind: which message.
        ahead: how long before the visit a reminder is due, where it is not the offset.

    Raises:
        ValueError: no template belongs to this kind.
    """
    if kind == CONFIRMATION:
        return APPOINTMENT_CONFIRMED
    ahead = ahead or ReminderOffset.parse(kind.removeprefix(REMINDER_PREFIX)).duration
    return APPOINTMENT_REMINDER_24H if ahead >= _DAY_SCALE else APPOINTMENT_REMINDER_2H

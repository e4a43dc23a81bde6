"""Which template an appointment message uses."""

from clinic.domain.reminders import CONFIRMATION, ReminderOffset
from clinic.messages.appointment_templates import (
    APPOINTMENT_CONFIRMED,
    APPOINTMENT_REMINDER_2H,
    APPOINTMENT_REMINDER_24H,
)
from clinic.messages.template import Template

DEFAULT_PREPARATION = "Traiga su identificación y seguro médico"
ASK_AT_RECEPTION = "Pregunte en recepción"

# From half a day ahead on, a reminder names the day and what to prepare; later ones name the way in.
_DAY_SCALE_MINUTES = 12 * 60


def template_for(kind: str) -> Template:
    """The template of a ``confirmation`` or ``reminder_<offset>``.

    Raises:
        ValueError: no template belongs to this kind.
    """
    if kind == CONFIRMATION:
        return APPOINTMENT_CONFIRMED
    offset = ReminderOffset.parse(kind.removeprefix("reminder_"))
    return APPOINTMENT_REMINDER_24H if offset.minutes >= _DAY_SCALE_MINUTES else APPOINTMENT_REMINDER_2H

"""Names the template of each appointment message."""

from datetime import timedelta

from clinic.domain.messages.kinds import CONFIRMATION, REMINDER, ReminderOffset, kind_of


def template_for(kind: str, ahead: timedelta | None = None) -> str:
    """The name of the template of a ``confirmation`` or ``reminder_<offset>``.

    Args:
        kind: which message.
        ahead: how long before the visit a reminder is due, where it is not the offset.

    Raises:
        ValueError: no template belongs to this kind.
    """
    row = kind_of(kind)
    if row.name == CONFIRMATION:
        return row.templates[0]
    return REMINDER.template_ahead(ahead or ReminderOffset.of_kind(kind).duration)

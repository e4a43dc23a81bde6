"""Notices: messages that say what has happened, sent at once, whatever happens afterwards."""

from datetime import datetime

from clinic.domain.messages.intent import Intent, IntentId, IntentStatus


def notice(
    intent_id: IntentId,
    *,
    record_id: str,
    happens_at: datetime,
    template: str,
    language: str,
    to: str,
    parameters: dict[str, str],
    now: datetime,
    useful_until: datetime | None = None,
) -> Intent:
    """A notice that is due now.

    Args:
        record_id, happens_at: as in `Intent`.
        useful_until: default as long as the table of kinds says.

    Raises:
        ValueError: the table does not say it of this kind.
    """
    at_once = now.replace(microsecond=0)  # whole seconds, as all other instants: they sort as text
    return Intent(
        id=intent_id,
        record_id=record_id,
        template=template,
        language=language,
        happens_at=happens_at,
        due_at=at_once,
        useful_until=useful_until if useful_until is not None else intent_id.row.of_use_until(at_once),
        status=IntentStatus.PLANNED,
        created_at=now,
        updated_at=now,
        to=to,
        parameters=parameters,
    )

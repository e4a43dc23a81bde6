"""From a message's draft to the intent that plans it."""

from datetime import datetime

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.kinds import NoticeKind
from clinic.templates.notices import Draft


def planned(
    draft: Draft,
    intent_id: IntentId,
    details: AppointmentDetails,
    now: datetime,
    useful_until: datetime | None = None,
) -> Intent:
    """The notice of something that happened to an appointment, due now.

    Args:
        useful_until: default 24 hours from now.
    """
    return notice(
        intent_id,
        record_id=details.reservation_id,
        happens_at=details.appointment_time,
        template=draft.template.name,
        language=draft.template.language,
        to=draft.to,
        parameters=draft.parameters,
        now=now,
        useful_until=useful_until,
    )


def notice_id(subject: str, kind: NoticeKind, version: int = 1) -> IntentId:
    """A notice's key."""
    return IntentId(subject, version, kind.value)


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

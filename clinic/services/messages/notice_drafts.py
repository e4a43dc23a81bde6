"""From a message's draft to the intent that plans it."""

from datetime import datetime

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.messages.notices import notice
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

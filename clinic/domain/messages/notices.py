"""Notices: messages whose text is fixed when they are planned, sent at once, whatever happens afterwards."""

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.appointments.reminders import RESCHEDULING
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus


class NoticeKind(StrEnum):
    """Which notice it is."""

    CANCELLATION = "cancellation"
    CANCELLATION_DOCTOR = "cancellation_doctor"
    REFUND_MADE = "refund_made"
    RESCHEDULING = RESCHEDULING
    RESCHEDULING_REFUSED = "rescheduling_refused"
    REQUEST_DOCTOR = "request_doctor"
    REQUEST_DECLINED = "request_declined"
    REQUEST_EXPIRED = "request_expired"
    REQUEST_EXPIRED_DOCTOR = "request_expired_doctor"
    APPROVAL_TOO_LATE_DOCTOR = "approval_too_late_doctor"


# A day later nobody needs to be told any more, or has been told otherwise.
USEFUL_FOR = timedelta(hours=24)


def notice(
    intent_id: IntentId,
    *,
    reservation_id: str,
    appointment_time: datetime,
    template: str,
    language: str,
    to: str,
    parameters: dict[str, str],
    now: datetime,
    useful_until: datetime | None = None,
) -> Intent:
    """A notice that is due now.

    Args:
        useful_until: default 24 hours from now.
    """
    at_once = now.replace(microsecond=0)  # whole seconds, as all other instants: they sort as text
    return Intent(
        id=intent_id,
        reservation_id=reservation_id,
        template=template,
        language=language,
        appointment_time=appointment_time,
        due_at=at_once,
        useful_until=useful_until if useful_until is not None else at_once + USEFUL_FOR,
        status=IntentStatus.PLANNED,
        created_at=now,
        updated_at=now,
        to=to,
        parameters=parameters,
    )

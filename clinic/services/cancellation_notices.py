"""The two notices of a cancellation, to the patient and to the doctor."""

from collections.abc import Iterable
from datetime import datetime

from clinic.domain.cancellations import Cancellation, RefundProgress
from clinic.domain.directory import Profile
from clinic.domain.intents import Intent, reservation_subject
from clinic.domain.notices import NoticeKind
from clinic.domain.reservations import AppointmentDetails
from clinic.messages import notices
from clinic.messages.appointment_templates import APPOINTMENT_CANCELLED
from clinic.services.appointment_intents import still_open
from clinic.services.notice_drafts import notice_id, planned

_KINDS = frozenset({NoticeKind.CANCELLATION, NoticeKind.CANCELLATION_DOCTOR})


def cancellation_notices(intents: Iterable[Intent]) -> tuple[Intent, ...]:
    """Those of a reservation's intents that say it is cancelled."""
    return tuple(intent for intent in intents if intent.kind in _KINDS)


def open_notices(intents: Iterable[Intent]) -> tuple[Intent, ...]:
    """Those of them that are still to be sent, the patient's first."""
    return tuple(sorted(still_open(cancellation_notices(intents)), key=lambda intent: intent.kind))


def for_patient(
    details: AppointmentDetails,
    note: Cancellation,
    version: int,
    now: datetime,
    *,
    own_currency: str | None = None,
) -> Intent:
    """The patient's notice, with what is known of the refund; ``own_currency``: the clinic's."""
    refund = note.refund
    text = notices.refund_text(
        refund.money if refund is not None and refund.progress is RefundProgress.MADE else None,
        is_asked=refund is not None,
        language=APPOINTMENT_CANCELLED.language,
        own_currency=own_currency,
    )
    draft = notices.cancelled(details, reason=note.reason, refund=text, cancelled_by=note.cancelled_by)
    subject = reservation_subject(details.reservation_id)
    return planned(draft, notice_id(subject, NoticeKind.CANCELLATION, version), details, now)


def for_doctor(
    details: AppointmentDetails,
    note: Cancellation,
    version: int,
    now: datetime,
    *,
    to: str,
    profile: Profile | None,
) -> Intent:
    """The doctor's notice, in the doctor's own zone where it is known."""
    draft = notices.cancelled_for_doctor(
        details,
        to=to,
        reason=note.reason,
        cancelled_by=note.cancelled_by,
        time_zone=profile.time_zone if profile else None,
    )
    subject = reservation_subject(details.reservation_id)
    return planned(draft, notice_id(subject, NoticeKind.CANCELLATION_DOCTOR, version), details, now)

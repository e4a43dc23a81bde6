"""The notices of a cancellation: to patient and doctor, and to the patient of a refund that came later."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from clinic.domain.appointments.cancellations import Cancellation, RefundProgress
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.directory import Profile
from clinic.domain.messages.cancellation_notice import REFUND_AMOUNT
from clinic.domain.messages.intent import Intent, reservation_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.services.appointments.appointment_intents import still_open
from clinic.services.messages.notice_drafts import notice_id, planned
from clinic.templates import notices

_OF_MONEY = frozenset({NoticeKind.CANCELLATION, NoticeKind.REFUND_MADE})
_OF_USE = timedelta(hours=24)
_KINDS = frozenset({NoticeKind.CANCELLATION, NoticeKind.CANCELLATION_DOCTOR, NoticeKind.REFUND_MADE})


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
    is_request: bool = False,
) -> Intent:
    """The patient's notice, with what is known of the refund.

    Args:
        own_currency: the clinic's.
        is_request: it is a request that was cancelled, and no visit.
    """
    draft = notices.cancelled(
        details,
        reason=note.reason,
        refund=notices.refund_as_it_stands(note, details.patient_language, own_currency),
        cancelled_by=note.cancelled_by,
        is_request=is_request,
    )
    subject = reservation_subject(details.reservation_id)
    return planned(draft, notice_id(subject, NoticeKind.CANCELLATION, version), details, now)


def of_refund(
    details: AppointmentDetails,
    note: Cancellation,
    version: int,
    now: datetime,
    known: Iterable[Intent],
    *,
    own_currency: str | None = None,
) -> tuple[Intent, ...]:
    """To the patient: the refund is made; nothing where that has been said, or where it is not made.

    It is held against the notice of the cancellation: one of the two names the amount.

    Args:
        known: the reservation's intents; the patient's notice is among them.
    """
    if note.refund is None or note.refund.progress is not RefundProgress.MADE:
        return ()
    text = notices.refund_as_it_stands(note, details.patient_language, own_currency)
    told = {intent.kind: intent for intent in known if intent.kind in _OF_MONEY}
    if any(
        intent.kind == NoticeKind.REFUND_MADE or intent.parameters.get(REFUND_AMOUNT) == text
        for intent in told.values()
    ):
        return ()
    draft = notices.refund_made(details, refund=text)
    notice = told.get(NoticeKind.CANCELLATION)
    intent_id = notice_id(
        reservation_subject(details.reservation_id),
        NoticeKind.REFUND_MADE,
        notice.id.version if notice else version,
    )
    # While the notice may leave it waits, and then it is of use for as long as any.
    begin = max(notice.useful_until, now) if notice and notice.status.is_open else now
    return (planned(draft, intent_id, details, now, useful_until=begin.replace(microsecond=0) + _OF_USE),)


def for_doctor(
    details: AppointmentDetails,
    note: Cancellation,
    version: int,
    now: datetime,
    *,
    to: str,
    profile: Profile | None,
    is_request: bool = False,
) -> Intent:
    """The doctor's notice, in the doctor's own zone where it is known, and in the clinic's language.

    Args:
        is_request: as for the patient.
    """
    draft = notices.cancelled_for_doctor(
        details,
        to=to,
        language=details.clinic_language,
        reason=note.reason,
        cancelled_by=note.cancelled_by,
        time_zone=profile.time_zone if profile else None,
        is_request=is_request,
    )
    subject = reservation_subject(details.reservation_id)
    return planned(draft, notice_id(subject, NoticeKind.CANCELLATION_DOCTOR, version), details, now)

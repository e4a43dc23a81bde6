"""Messages that say what became of a booking; their values are fixed when they are planned, but for a refund.

Dates and times stand in the appointment's zone; a doctor's may stand in the doctor's own.
"""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.appointments.cancellations import Cancellation, Canceller, RefundProgress, canceller
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent
from clinic.domain.money import Money
from clinic.domain.text import sentences, to_single_line
from clinic.templates.appointment_templates import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CANCELLED_DOCTOR,
    APPOINTMENT_RESCHEDULED,
    APPOINTMENT_RESCHEDULING_REFUSED,
    REFUND_MADE,
)
from clinic.templates.catalogue import CATALOGUE
from clinic.templates.filling import Free, Values, fill
from clinic.templates.formatting import (
    CLINIC_PHONE,
    PHONE,
    format_clock,
    format_day,
    format_money,
    phone_line,
)
from clinic.templates.request_templates import (
    APPROVAL_TOO_LATE_DOCTOR,
    REQUEST_EXPIRED_DOCTOR,
    REQUEST_EXPIRED_PATIENT,
    REQUEST_WITHDRAWN_DOCTOR,
    REQUEST_WITHDRAWN_PATIENT,
    RESERVATION_DECLINED_PATIENT,
    RESERVATION_REQUESTED_DOCTOR,
)
from clinic.templates.template import Template

DEFAULT_CANCELLATION_REASON = "Cancelación solicitada por el paciente"
CANCELLED_BY_DOCTOR = "Cancelación solicitada por el médico"
CANCELLED_BY_CLINIC = "Cancelación por parte del consultorio"
CANCELLED_BY_SYSTEM = "Cancelación automática"
NO_REASON_GIVEN = "No se indicó el motivo"
DEFAULT_RESCHEDULING_REASON = "Cambio de horario solicitado"
DEFAULT_DECLINE_REASON = "El consultorio no puede recibirle en ese horario"
SLOT_NOT_FREE = "El horario solicitado ya no está disponible"
NO_REFUND = "No aplica"
REFUND_TO_BE_CLEARED = "El consultorio se comunicará con usted al respecto"
NEXT_STEPS = "Puede agendar una nueva cita cuando desee"
EXPIRED_FOR_PATIENT = (
    "Su solicitud de cita expiró sin respuesta del doctor. "
    "Puede intentar nuevamente o contactar al consultorio directamente."
)
EXPIRED_FOR_DOCTOR = "Una solicitud de cita expiró sin respuesta. El paciente puede intentar nuevamente."
AS_REQUESTED = "La solicitada"

_REASONS = {
    Canceller.PATIENT: DEFAULT_CANCELLATION_REASON,
    Canceller.DOCTOR: CANCELLED_BY_DOCTOR,
    Canceller.CLINIC: CANCELLED_BY_CLINIC,
    Canceller.SYSTEM: CANCELLED_BY_SYSTEM,
    Canceller.OTHER: NO_REASON_GIVEN,
}


@dataclass(frozen=True)
class Draft:
    """A message that is ready to be planned.

    Attributes:
        to: the recipient's phone number, E.164.
        parameters: the template's values, in its order.
    """

    template: Template
    to: str
    parameters: dict[str, str]


def refund_text(
    given_back: Money | None, *, is_asked: bool, language: str, own_currency: str | None = None
) -> str:
    """What the patient reads of a refund: "$500.00", that there is none, or that somebody will be in touch.

    An amount is a promise: it is named only once the payment provider has accepted it.

    Args:
        given_back: what the provider has accepted; None: nothing yet, or nothing at all.
        is_asked: whether something was to be given back.
        language: of the template that it goes into.
        own_currency: the clinic's; see `format_money`.
    """
    if given_back is not None and given_back.amount:
        return format_money(given_back, language, own_currency=own_currency)
    return REFUND_TO_BE_CLEARED if is_asked and given_back is None else NO_REFUND


def refund_as_it_stands(note: Cancellation | None, language: str, own_currency: str | None = None) -> str:
    """What the patient reads of a cancellation's refund as far as it has come; as in `refund_text`."""
    refund = note.refund if note is not None else None
    return refund_text(
        refund.money if refund is not None and refund.progress is RefundProgress.MADE else None,
        is_asked=refund is not None,
        language=language,
        own_currency=own_currency,
    )


def with_refund_as_it_stands(
    intent: Intent, note: Cancellation | None, own_currency: str | None = None
) -> dict[str, str]:
    """The values of a patient's notice of a cancellation, planned by `cancelled`, when it leaves.

    Args:
        note: what is kept of the cancellation; None: nothing, so that there is no refund either.
    """
    template, planned = CATALOGUE[intent.template], intent.parameters
    refund = refund_as_it_stands(note, template.language, own_currency)
    if refund == planned["refund_amount"]:
        return planned
    reason = Free(planned["cancellation_reason"])  # it makes room for a longer sentence
    return fill(template, {**planned, "refund_amount": refund, "cancellation_reason": reason})


def cancellation_reason(details: AppointmentDetails, reason: str | None, cancelled_by: str | None) -> str:
    """What is read as the reason where none was given: who cancelled, as far as that was said.

    Args:
        cancelled_by: a role ("patient", "doctor", "clinic", "system"), or the patient's or doctor's name;
            None or blank: the patient, as the specification has it. Of anybody else nothing is said.
    """
    return _line(reason, _REASONS[canceller(details, cancelled_by)])


def cancelled(
    details: AppointmentDetails,
    *,
    reason: str | None,
    refund: str,
    cancelled_by: str | None = None,
    is_request: bool = False,
) -> Draft:
    """To the patient: the appointment is cancelled, and ``refund`` (see `refund_text`) is given back.

    Args:
        is_request: nobody had agreed to it yet: it is a request that is cancelled.
    """
    template = REQUEST_WITHDRAWN_PATIENT if is_request else APPOINTMENT_CANCELLED
    values: Values = {
        **_appointment(template, details, details.time_zone),
        "cancellation_reason": Free(cancellation_reason(details, reason, cancelled_by)),
        "refund_amount": refund,
        "next_steps": sentences(NEXT_STEPS, clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def cancelled_for_doctor(
    details: AppointmentDetails,
    *,
    to: str,
    reason: str | None,
    cancelled_by: str | None = None,
    time_zone: str | None = None,
    is_request: bool = False,
) -> Draft:
    """To the doctor: the appointment is cancelled. ``time_zone``: default the appointment's.

    Args:
        is_request: the doctor was asked, and has not agreed yet.
    """
    template = REQUEST_WITHDRAWN_DOCTOR if is_request else APPOINTMENT_CANCELLED_DOCTOR
    values: Values = {
        **_appointment(template, details, time_zone or details.time_zone),
        "cancellation_reason": Free(cancellation_reason(details, reason, cancelled_by)),
    }
    return _draft(template, to, values)


def refund_made(details: AppointmentDetails, *, refund: str) -> Draft:
    """To the patient: ``refund`` (see `refund_text`) has been given back since the cancellation was told."""
    template = REFUND_MADE
    values: Values = {
        **_appointment(template, details, details.time_zone),
        "refund_amount": refund,
        "clinic_contact": _clinic_contact(details),
    }
    return _draft(template, details.patient_phone, values)


def rescheduled(details: AppointmentDetails, *, old_time: datetime, reason: str | None) -> Draft:
    """To the patient: the appointment has moved from ``old_time`` to where ``details`` has it."""
    template, zone = APPOINTMENT_RESCHEDULED, details.time_zone
    values: Values = {
        **_names(details),
        **_moment(template, "old_appointment", old_time, zone),
        **_moment(template, "new_appointment", details.appointment_time, zone),
        "rescheduling_reason": Free(_line(reason, DEFAULT_RESCHEDULING_REASON), after=clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def rescheduling_refused(details: AppointmentDetails, *, wanted_time: datetime) -> Draft:
    """To the patient: ``wanted_time`` is no longer free, so the appointment stays where it is."""
    template, zone = APPOINTMENT_RESCHEDULING_REFUSED, details.time_zone
    values: Values = {
        **_appointment(template, details, zone),
        **_moment(template, "wanted_appointment", wanted_time, zone),
        "clinic_contact": _clinic_contact(details),
    }
    return _draft(template, details.patient_phone, values)


def request_for_doctor(
    details: AppointmentDetails, *, to: str, expires_at: datetime, time_zone: str
) -> Draft:
    """To the doctor: a patient asks for a slot; the answer counts before ``expires_at``.

    Args:
        details: the appointment that an approval leads to.
        to: the doctor's phone number.
        expires_at: when the request runs out.
        time_zone: the doctor's, for all dates and times.
    """
    template = RESERVATION_REQUESTED_DOCTOR
    values: Values = {
        **_appointment(template, details, time_zone),
        **_moment(template, "answer_by", expires_at, time_zone),
    }
    return _draft(template, to, values)


def request_declined(details: AppointmentDetails, *, reason: str | None, when: datetime | None) -> Draft:
    """To the patient: the request is declined, by the doctor or because of `SLOT_NOT_FREE`.

    Args:
        when: the time that was asked for; None: nobody knows.
    """
    template = RESERVATION_DECLINED_PATIENT
    values: Values = {
        **_names(details),
        **_moment(template, "appointment", when, details.time_zone),
        "decline_reason": Free(_line(reason, DEFAULT_DECLINE_REASON), after=clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def request_expired(details: AppointmentDetails, *, when: datetime | None) -> Draft:
    """To the patient: the request ran out unanswered. ``when``: as in `request_declined`."""
    template = REQUEST_EXPIRED_PATIENT
    asked = _asked_for(template, details, when)
    message = sentences(EXPIRED_FOR_PATIENT, asked, clinic_phone(details))
    return _draft(template, details.patient_phone, {**_names(details), "message": message})


def request_expired_for_doctor(details: AppointmentDetails, *, to: str, when: datetime | None) -> Draft:
    """To the doctor: the request ran out unanswered. ``when``: as in `request_declined`."""
    template = REQUEST_EXPIRED_DOCTOR
    message = sentences(EXPIRED_FOR_DOCTOR, _asked_for(template, details, when))
    return _draft(template, to, {**_names(details), "message": message})


def approval_too_late(
    details: AppointmentDetails, *, to: str, when: datetime | None, time_zone: str | None = None
) -> Draft:
    """To the doctor: the answer came too late to count. ``time_zone``: default the appointment's."""
    template = APPROVAL_TOO_LATE_DOCTOR
    values = {**_names(details), **_moment(template, "appointment", when, time_zone or details.time_zone)}
    return _draft(template, to, values)


def clinic_phone(details: AppointmentDetails) -> str:
    """The sentence that names it, for a text that says to call; empty where nobody has said it."""
    return phone_line(details.clinic_phone, CLINIC_PHONE)


def _draft(template: Template, to: str, values: Values) -> Draft:
    return Draft(template, to, fill(template, values))


def _appointment(template: Template, details: AppointmentDetails, time_zone: str) -> dict[str, str]:
    return {**_names(details), **_moment(template, "appointment", details.appointment_time, time_zone)}


def _clinic_contact(details: AppointmentDetails) -> str:
    return sentences(details.clinic_name, phone_line(details.clinic_phone, PHONE))


def _names(details: AppointmentDetails) -> dict[str, str]:
    return {"patient_name": details.patient_name, "service_name": details.service_name}


def _asked_for(template: Template, details: AppointmentDetails, when: datetime | None) -> str:
    asked = f"Cita solicitada: {details.service_name}"
    if when is None:
        return asked
    moment = _moment(template, "", when, details.time_zone)
    return f"{asked}, {moment['_date']}, {moment['_time']}"


def _moment(template: Template, name: str, instant: datetime | None, time_zone: str) -> dict[str, str]:
    if instant is None:
        return {f"{name}_date": AS_REQUESTED, f"{name}_time": AS_REQUESTED}
    return {
        f"{name}_date": format_day(instant, time_zone, template.language),
        f"{name}_time": format_clock(instant, time_zone, template.language),
    }


def _line(text: str | None, default: str) -> str:
    return to_single_line(text or "") or default

"""Messages that say what became of a booking; their values are fixed when they are planned.

Dates and times stand in the appointment's zone; a doctor's may stand in the doctor's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.money import Money
from clinic.domain.reservations import AppointmentDetails
from clinic.domain.text import to_single_line
from clinic.messages.appointment_templates import (
    APPOINTMENT_CANCELLED,
    APPOINTMENT_CANCELLED_DOCTOR,
    APPOINTMENT_RESCHEDULED,
    APPOINTMENT_RESCHEDULING_REFUSED,
)
from clinic.messages.formatting import format_clock, format_day, format_money
from clinic.messages.request_templates import (
    APPROVAL_TOO_LATE_DOCTOR,
    REQUEST_EXPIRED_DOCTOR,
    REQUEST_EXPIRED_PATIENT,
    RESERVATION_DECLINED_PATIENT,
    RESERVATION_REQUESTED_DOCTOR,
)
from clinic.messages.template import Template

DEFAULT_CANCELLATION_REASON = "Cancelación solicitada por el paciente"
DEFAULT_RESCHEDULING_REASON = "Cambio de horario solicitado"
DEFAULT_DECLINE_REASON = "El consultorio no puede recibirle en ese horario"
SLOT_NOT_FREE = "El horario solicitado ya no está disponible"
NO_REFUND = "No aplica"
NEXT_STEPS = "Puede agendar una nueva cita cuando desee"
EXPIRED_FOR_PATIENT = (
    "Su solicitud de cita expiró sin respuesta del doctor. "
    "Puede intentar nuevamente o contactar al consultorio directamente."
)
EXPIRED_FOR_DOCTOR = "Una solicitud de cita expiró sin respuesta. El paciente puede intentar nuevamente."


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


def refund_text(money: Money | None, *, is_settled: bool, language: str) -> str:
    """What the patient reads of a refund: "$500.00", or that there is none.

    Args:
        money: what is due; None or zero: nothing.
        is_settled: whether the payment provider has accepted it.
        language: of the template that it goes into.
    """
    if money is None or not money.amount:
        return NO_REFUND
    amount = format_money(money, language)
    return amount if is_settled else f"{amount}, por confirmar con el consultorio"


def cancelled(details: AppointmentDetails, *, reason: str | None, refund: str) -> Draft:
    """To the patient: the appointment is cancelled, and ``refund`` (see `refund_text`) is given back."""
    values = {
        **_appointment(APPOINTMENT_CANCELLED, details, details.time_zone),
        "cancellation_reason": _line(reason, DEFAULT_CANCELLATION_REASON),
        "refund_amount": refund,
        "next_steps": NEXT_STEPS,
    }
    return _draft(APPOINTMENT_CANCELLED, details.patient_phone, values)


def cancelled_for_doctor(
    details: AppointmentDetails, *, to: str, reason: str | None, time_zone: str | None = None
) -> Draft:
    """To the doctor: the appointment is cancelled. ``time_zone``: default the appointment's."""
    values = {
        **_appointment(APPOINTMENT_CANCELLED_DOCTOR, details, time_zone or details.time_zone),
        "cancellation_reason": _line(reason, DEFAULT_CANCELLATION_REASON),
    }
    return _draft(APPOINTMENT_CANCELLED_DOCTOR, to, values)


def rescheduled(details: AppointmentDetails, *, old_time: datetime, reason: str | None) -> Draft:
    """To the patient: the appointment has moved from ``old_time`` to where ``details`` has it."""
    template, zone = APPOINTMENT_RESCHEDULED, details.time_zone
    values = {
        **_names(details),
        **_moment(template, "old_appointment", old_time, zone),
        **_moment(template, "new_appointment", details.appointment_time, zone),
        "rescheduling_reason": _line(reason, DEFAULT_RESCHEDULING_REASON),
    }
    return _draft(template, details.patient_phone, values)


def rescheduling_refused(details: AppointmentDetails, *, wanted_time: datetime) -> Draft:
    """To the patient: ``wanted_time`` is no longer free, so the appointment stays where it is."""
    template, zone = APPOINTMENT_RESCHEDULING_REFUSED, details.time_zone
    values = {
        **_appointment(template, details, zone),
        **_moment(template, "wanted_appointment", wanted_time, zone),
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
    values = {
        **_appointment(template, details, time_zone),
        **_moment(template, "answer_by", expires_at, time_zone),
    }
    return _draft(template, to, values)


def request_declined(details: AppointmentDetails, *, reason: str | None) -> Draft:
    """To the patient: the request is declined, by the doctor or because of `SLOT_NOT_FREE`."""
    values = {
        **_appointment(RESERVATION_DECLINED_PATIENT, details, details.time_zone),
        "decline_reason": _line(reason, DEFAULT_DECLINE_REASON),
    }
    return _draft(RESERVATION_DECLINED_PATIENT, details.patient_phone, values)


def request_expired(details: AppointmentDetails) -> Draft:
    """To the patient: the request ran out unanswered."""
    values = {**_names(details), "message": EXPIRED_FOR_PATIENT}
    return _draft(REQUEST_EXPIRED_PATIENT, details.patient_phone, values)


def request_expired_for_doctor(details: AppointmentDetails, *, to: str) -> Draft:
    """To the doctor: the request ran out unanswered."""
    values = {**_names(details), "message": EXPIRED_FOR_DOCTOR}
    return _draft(REQUEST_EXPIRED_DOCTOR, to, values)


def approval_too_late(details: AppointmentDetails, *, to: str, time_zone: str | None = None) -> Draft:
    """To the doctor: the answer came too late to count. ``time_zone``: default the appointment's."""
    values = _appointment(APPROVAL_TOO_LATE_DOCTOR, details, time_zone or details.time_zone)
    return _draft(APPROVAL_TOO_LATE_DOCTOR, to, values)


def _draft(template: Template, to: str, values: Mapping[str, str]) -> Draft:
    return Draft(template, to, {name: values[name] for name in template.parameters})


def _appointment(template: Template, details: AppointmentDetails, time_zone: str) -> dict[str, str]:
    return {**_names(details), **_moment(template, "appointment", details.appointment_time, time_zone)}


def _names(details: AppointmentDetails) -> dict[str, str]:
    return {"patient_name": details.patient_name, "service_name": details.service_name}


def _moment(template: Template, name: str, instant: datetime, time_zone: str) -> dict[str, str]:
    return {
        f"{name}_date": format_day(instant, time_zone, template.language),
        f"{name}_time": format_clock(instant, time_zone, template.language),
    }


def _line(text: str | None, default: str) -> str:
    return to_single_line(text or "") or default

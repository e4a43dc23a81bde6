"""Messages that say what became of a booking; their values are fixed when they are planned, but for a refund.

A patient's are in the language of the booking, a doctor's in the clinic's. Dates and times stand in the
appointment's zone; a doctor's may stand in the doctor's own.
"""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.appointments.cancellations import Cancellation, Canceller, RefundProgress, canceller
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent
from clinic.domain.money import Money
from clinic.domain.text import sentences, to_single_line
from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.filling import Free, Values, fill
from clinic.templates.formatting import format_clock, format_day, format_money, phone_line
from clinic.templates.language import Phrases
from clinic.templates.template import Template


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
    phrases = phrases_in(language)
    return phrases.refund_to_be_cleared if is_asked and given_back is None else phrases.no_refund


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
    template, planned = CATALOGUE[intent.template, intent.language], intent.parameters
    refund = refund_as_it_stands(note, template.language, own_currency)
    if refund == planned["refund_amount"]:
        return planned
    reason = Free(planned["cancellation_reason"])  # it makes room for a longer sentence
    return fill(template, {**planned, "refund_amount": refund, "cancellation_reason": reason})


def with_visit_as_it_stands(intent: Intent, details: AppointmentDetails) -> dict[str, str]:
    """The values of a notice planned by `rescheduling_refused` when it leaves: when the visit is by then."""
    template = CATALOGUE[intent.template, intent.language]
    moment = _moment(template, "appointment", details.appointment_time, details.time_zone)
    return {**intent.parameters, **moment}


def cancellation_reason(
    details: AppointmentDetails, reason: str | None, cancelled_by: str | None, language: str
) -> str:
    """What is read as the reason where none was given: who cancelled, as far as that was said.

    Args:
        cancelled_by: a role ("patient", "doctor", "clinic", "system"), or the patient's or doctor's name;
            None or blank: the patient, as the specification has it. Of anybody else nothing is said.
        language: the reader's.
    """
    return _line(reason, _by(canceller(details, cancelled_by), phrases_in(language)))


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
    name = "request_withdrawn_patient" if is_request else "appointment_cancelled"
    template = CATALOGUE[name, details.patient_language]
    values: Values = {
        **_appointment(template, details, details.time_zone),
        "cancellation_reason": Free(
            cancellation_reason(details, reason, cancelled_by, details.patient_language)
        ),
        "refund_amount": refund,
        "next_steps": sentences(phrases_in(details.patient_language).next_steps, clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def cancelled_for_doctor(
    details: AppointmentDetails,
    *,
    to: str,
    language: str,
    reason: str | None,
    cancelled_by: str | None = None,
    time_zone: str | None = None,
    is_request: bool = False,
) -> Draft:
    """To the doctor: the appointment is cancelled.

    Args:
        language, time_zone: the doctor's; the zone's default is the appointment's.
        is_request: the doctor was asked, and has not agreed yet.
    """
    name = "request_withdrawn_doctor" if is_request else "appointment_cancelled_doctor"
    template = CATALOGUE[name, language]
    values: Values = {
        **_appointment(template, details, time_zone or details.time_zone),
        "cancellation_reason": Free(cancellation_reason(details, reason, cancelled_by, language)),
    }
    return _draft(template, to, values)


def refund_made(details: AppointmentDetails, *, refund: str) -> Draft:
    """To the patient: ``refund`` (see `refund_text`) has been given back since the cancellation was told."""
    template = CATALOGUE["refund_made", details.patient_language]
    values: Values = {
        **_appointment(template, details, details.time_zone),
        "refund_amount": refund,
        "clinic_contact": _clinic_contact(details),
    }
    return _draft(template, details.patient_phone, values)


def rescheduled(details: AppointmentDetails, *, old_time: datetime, reason: str | None) -> Draft:
    """To the patient: the appointment has moved from ``old_time`` to where ``details`` has it."""
    template, zone = CATALOGUE["appointment_rescheduled", details.patient_language], details.time_zone
    default = phrases_in(details.patient_language).rescheduled
    values: Values = {
        **_names(details),
        **_moment(template, "old_appointment", old_time, zone),
        **_moment(template, "new_appointment", details.appointment_time, zone),
        "rescheduling_reason": Free(_line(reason, default), after=clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def rescheduling_refused(details: AppointmentDetails, *, wanted_time: datetime) -> Draft:
    """To the patient: ``wanted_time`` is no longer free, so the appointment stays where it is."""
    template = CATALOGUE["appointment_rescheduling_refused", details.patient_language]
    zone = details.time_zone
    values: Values = {
        **_appointment(template, details, zone),
        **_moment(template, "wanted_appointment", wanted_time, zone),
        "clinic_contact": _clinic_contact(details),
    }
    return _draft(template, details.patient_phone, values)


def request_for_doctor(
    details: AppointmentDetails, *, to: str, expires_at: datetime, time_zone: str, language: str
) -> Draft:
    """To the doctor: a patient asks for a slot; the answer counts before ``expires_at``.

    Args:
        details: the appointment that an approval leads to.
        to: the doctor's phone number.
        expires_at: when the request runs out.
        time_zone, language: the doctor's.
    """
    template = CATALOGUE["reservation_requested_doctor", language]
    values: Values = {
        **_appointment(template, details, time_zone),
        **_moment(template, "answer_by", expires_at, time_zone),
    }
    return _draft(template, to, values)


def request_declined(details: AppointmentDetails, *, reason: str | None, when: datetime | None) -> Draft:
    """To the patient: the request is declined.

    Args:
        reason: the doctor's; None: the clinic can't see the patient at that time.
        when: the time that was asked for; None: nobody knows.
    """
    template = CATALOGUE["reservation_declined_patient", details.patient_language]
    default = phrases_in(details.patient_language).declined
    values: Values = {
        **_names(details),
        **_moment(template, "appointment", when, details.time_zone),
        "decline_reason": Free(_line(reason, default), after=clinic_phone(details)),
    }
    return _draft(template, details.patient_phone, values)


def request_expired(details: AppointmentDetails, *, when: datetime | None, was_asked: bool = True) -> Draft:
    """To the patient: the request ran out; ``was_asked``: unanswered. ``when``: as in `request_declined`."""
    template = CATALOGUE["request_expired_patient", details.patient_language]
    asked = _asked_for(template, details, when)
    phrases = phrases_in(details.patient_language)
    why = phrases.expired_for_patient if was_asked else phrases.expired_on_arrival
    message = sentences(why, asked, clinic_phone(details))
    return _draft(template, details.patient_phone, {**_names(details), "message": message})


def request_expired_for_doctor(
    details: AppointmentDetails, *, to: str, when: datetime | None, language: str
) -> Draft:
    """To the doctor: the request ran out unanswered. ``when``: as in `request_declined`."""
    template = CATALOGUE["request_expired_doctor", language]
    message = sentences(phrases_in(language).expired_for_doctor, _asked_for(template, details, when))
    return _draft(template, to, {**_names(details), "message": message})


def approval_too_late(
    details: AppointmentDetails,
    *,
    to: str,
    when: datetime | None,
    language: str,
    time_zone: str | None = None,
) -> Draft:
    """To the doctor: the answer came too late to count. ``time_zone``: default the appointment's."""
    template = CATALOGUE["approval_too_late_doctor", language]
    values = {**_names(details), **_moment(template, "appointment", when, time_zone or details.time_zone)}
    return _draft(template, to, values)


def clinic_phone(details: AppointmentDetails) -> str:
    """The sentence that names it, for a text that says to call; empty where nobody has said it."""
    return phone_line(details.clinic_phone, phrases_in(details.patient_language).clinic_phone)


def _by(who: Canceller, phrases: Phrases) -> str:
    reasons = {
        Canceller.PATIENT: phrases.cancelled_by_patient,
        Canceller.DOCTOR: phrases.cancelled_by_doctor,
        Canceller.CLINIC: phrases.cancelled_by_clinic,
        Canceller.SYSTEM: phrases.cancelled_by_system,
        Canceller.OTHER: phrases.no_reason_given,
    }
    return reasons[who]


def _draft(template: Template, to: str, values: Values) -> Draft:
    return Draft(template, to, fill(template, values))


def _appointment(template: Template, details: AppointmentDetails, time_zone: str) -> dict[str, str]:
    return {**_names(details), **_moment(template, "appointment", details.appointment_time, time_zone)}


def _clinic_contact(details: AppointmentDetails) -> str:
    phone = phone_line(details.clinic_phone, phrases_in(details.patient_language).phone)
    return sentences(details.clinic_name, phone)


def _names(details: AppointmentDetails) -> dict[str, str]:
    return {"patient_name": details.patient_name, "service_name": details.service_name}


def _asked_for(template: Template, details: AppointmentDetails, when: datetime | None) -> str:
    asked = phrases_in(template.language).requested_visit.format(service=details.service_name)
    if when is None:
        return asked
    moment = _moment(template, "", when, details.time_zone)
    return f"{asked}, {moment['_date']}, {moment['_time']}"


def _moment(template: Template, name: str, instant: datetime | None, time_zone: str) -> dict[str, str]:
    if instant is None:
        as_requested = phrases_in(template.language).as_requested
        return {f"{name}_date": as_requested, f"{name}_time": as_requested}
    return {
        f"{name}_date": format_day(instant, time_zone, template.language),
        f"{name}_time": format_clock(instant, time_zone, template.language),
    }


def _line(text: str | None, default: str) -> str:
    return to_single_line(text or "") or default

"""Fills a follow-up's parameters; its values are fixed when it is planned."""

from collections.abc import Sequence
from datetime import datetime

from clinic.domain.appointments.follow_ups import FollowUp, questions_line
from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.filling import Free, fill
from clinic.templates.formatting import format_day, phone_line


def follow_up_parameters(
    kind: str,
    language: str,
    *,
    patient_name: str,
    questions: Sequence[str],
    service_name: str,
    began: datetime,
    time_zone: str,
    clinic_phone: str | None,
) -> dict[str, str]:
    """The values for the template of a follow-up, which has its kind's name, in the template's order.

    They name the visit: channels take a message for a service's (utility) if it speaks of one visit.

    Args:
        kind: which follow-up.
        language: the patient's.
        patient_name: whom it greets.
        questions: what the first one asks; none: the language's own.
        service_name: what the visit was for; empty: nobody has said.
        began: when the visit began.
        time_zone: in which the patient reads its date.
        clinic_phone: where to answer (E.164), if that is known.

    Raises:
        KeyError: no follow-up is of this kind.
    """
    phrases = phrases_in(language)
    about = phrases.about_visit if service_name else phrases.about_unnamed_visit
    named = about.format(service=service_name, day=format_day(began, time_zone, language))
    asked = {
        "follow_up_questions": questions_line(questions or phrases.default_questions),
        "message": phrases.after_1_week if kind == FollowUp.AFTER_1_WEEK.kind else phrases.after_48_hours,
    }
    after = phone_line(clinic_phone, phrases.clinic_phone)
    values = {name: Free(text, before=named, after=after) for name, text in asked.items()}
    return fill(CATALOGUE[kind, language], {"patient_name": patient_name, **values})

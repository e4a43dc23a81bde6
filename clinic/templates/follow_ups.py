"""What goes into a follow-up; its values are fixed when it is planned."""

from collections.abc import Sequence
from datetime import datetime

from clinic.domain.appointments.follow_ups import FollowUp, questions_line
from clinic.templates.filling import Free, fill
from clinic.templates.follow_up_templates import FOLLOW_UP_1WEEK, FOLLOW_UP_24H, FOLLOW_UP_48H
from clinic.templates.formatting import CLINIC_PHONE, format_day, phone_line
from clinic.templates.template import Template

DEFAULT_QUESTIONS = (
    "¿Cómo se siente después de la consulta?",
    "¿Está tomando los medicamentos según lo indicado?",
    "¿Tiene alguna pregunta sobre el tratamiento?",
)
MESSAGE_AFTER_48_HOURS = (
    "¿Ha notado mejoría desde su consulta? "
    "Si sus molestias continúan o empeoran, no espere a su próxima cita."
)
# The specification goes on to ask whether to book another visit: channels take that for marketing.
MESSAGE_AFTER_1_WEEK = "¿Cómo ha sido su evolución esta semana?"

_TEMPLATES = {template.name: template for template in (FOLLOW_UP_24H, FOLLOW_UP_48H, FOLLOW_UP_1WEEK)}


def follow_up_template(kind: str) -> Template:
    """The template of a follow-up, which has its kind's name.

    Raises:
        KeyError: no follow-up is of this kind.
    """
    return _TEMPLATES[kind]


def follow_up_parameters(
    kind: str,
    *,
    patient_name: str,
    questions: Sequence[str],
    service_name: str,
    began: datetime,
    time_zone: str,
    clinic_phone: str | None,
) -> dict[str, str]:
    """The values for the template of a follow-up, in the template's order.

    They name the visit: channels take a message for a service's (utility) if it speaks of one visit.

    Args:
        kind: which follow-up.
        patient_name: whom it greets.
        questions: what the first one asks; none: `DEFAULT_QUESTIONS`.
        service_name: what the visit was for; empty: nobody has said.
        began: when the visit began.
        time_zone: in which the patient reads its date.
        clinic_phone: where to answer (E.164), if that is known.
    """
    template = follow_up_template(kind)
    visit = f"Sobre su cita{f' de {service_name}' if service_name else ''}"
    about = f"{visit} del {format_day(began, time_zone, template.language)}: "
    asked = {
        "follow_up_questions": questions_line(questions or DEFAULT_QUESTIONS),
        "message": MESSAGE_AFTER_1_WEEK if kind == FollowUp.AFTER_1_WEEK.kind else MESSAGE_AFTER_48_HOURS,
    }
    after = phone_line(clinic_phone, CLINIC_PHONE)
    values = {name: Free(text, before=about, after=after) for name, text in asked.items()}
    return fill(template, {"patient_name": patient_name, **values})

"""Patients and doctors are told of cancellations, moved appointments and requests."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clinic.domain.money import Money
from clinic.templates import notices
from clinic.templates.filling import Free, fill
from clinic.templates.notices import Draft, refund_text
from local.simulators import whatsapp_rules as simulator
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.messages.texts import PHRASES, SPANISH
from tests.fakes.stores.rows import details

ROOT = Path(__file__).parents[2]
DOCTOR, PATIENT = "+525500000090", "+525500000001"
TIJUANA = "America/Tijuana"

# One example of each notice, its template, who gets it, and the whole text.
EXAMPLES = {
    "cancelled": (
        notices.cancelled(details(), reason=None, refund=PHRASES.no_refund),
        "appointment_cancelled",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Su cita quedó cancelada.\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Motivo: Cancelación solicitada por el paciente\n"
            "Reembolso: No aplica\n"
            "\n"
            "Próximos pasos: Puede agendar una nueva cita cuando desee\n"
            "\n"
            "Si tiene alguna duda, comuníquese con el consultorio."
        ),
    ),
    "cancelled_for_doctor": (
        notices.cancelled_for_doctor(details(), to=DOCTOR, language="es_MX", reason="Viaje imprevisto"),
        "appointment_cancelled_doctor",
        DOCTOR,
        (
            "Se canceló una cita de su agenda.\n"
            "\n"
            "Paciente: Paciente Ejemplo\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Motivo: Viaje imprevisto\n"
            "\n"
            "Este es un aviso automático; no es necesario responder."
        ),
    ),
    "cancelled, of a request": (
        notices.cancelled(details(), reason=None, refund=PHRASES.no_refund, is_request=True),
        "request_withdrawn_patient",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Su solicitud de cita quedó cancelada.\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Motivo: Cancelación solicitada por el paciente\n"
            "Reembolso: No aplica\n"
            "\n"
            "Próximos pasos: Puede agendar una nueva cita cuando desee\n"
            "\n"
            "Si tiene alguna duda, comuníquese con el consultorio."
        ),
    ),
    "cancelled_for_doctor, of a request": (
        notices.cancelled_for_doctor(
            details(), to=DOCTOR, language="es_MX", reason="Viaje imprevisto", is_request=True
        ),
        "request_withdrawn_doctor",
        DOCTOR,
        (
            "Se canceló una solicitud de cita que esperaba su respuesta; ya no es necesario responderla.\n"
            "\n"
            "Paciente: Paciente Ejemplo\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Motivo: Viaje imprevisto\n"
            "\n"
            "Este es un aviso automático."
        ),
    ),
    "refund_made": (
        notices.refund_made(details(clinic_phone="+525555555555"), refund="$250.50"),
        "refund_made",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Le informamos que su reembolso ya fue realizado.\n"
            "\n"
            "Reembolso: $250.50\n"
            "\n"
            "Corresponde a lo que se canceló:\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Consultorio: Clínica Ejemplo. Teléfono: +52 55 5555 5555\n"
            "\n"
            "Si tiene alguna duda, comuníquese con el consultorio."
        ),
    ),
    "rescheduled": (
        notices.rescheduled(details(), old_time=NOW + timedelta(days=7, hours=7), reason=None),
        "appointment_rescheduled",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Su cita cambió de horario.\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha anterior: lunes, 30 de noviembre de 2026\n"
            "Hora anterior: 4:00 p.m.\n"
            "\n"
            "Nueva fecha: miércoles, 2 de diciembre de 2026\n"
            "Nueva hora: 9:00 a.m.\n"
            "Motivo: Cambio de horario solicitado\n"
            "\n"
            "Si el nuevo horario no le conviene, comuníquese con el consultorio."
        ),
    ),
    "rescheduling_refused": (
        notices.rescheduling_refused(details(), wanted_time=IN_NINE_DAYS + timedelta(days=2, minutes=90)),
        "appointment_rescheduling_refused",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. "
            "No fue posible cambiar su cita porque el nuevo horario no está disponible.\n"
            "\n"
            "Fecha propuesta: viernes, 4 de diciembre de 2026\n"
            "Hora propuesta: 10:30 a.m.\n"
            "\n"
            "Su cita se mantiene como estaba:\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Consultorio: Clínica Ejemplo\n"
            "\n"
            "Si desea otro horario, comuníquese con el consultorio."
        ),
    ),
    "request_for_doctor": (
        notices.request_for_doctor(
            details(),
            to=DOCTOR,
            language="es_MX",
            expires_at=NOW + timedelta(hours=26),
            time_zone="America/Mexico_City",
        ),
        "reservation_requested_doctor",
        DOCTOR,
        (
            "Tiene una nueva solicitud de cita.\n"
            "\n"
            "Paciente: Paciente Ejemplo\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "\n"
            "Fecha límite para responder: martes, 24 de noviembre de 2026\n"
            "Hora límite: 11:00 a.m.\n"
            "\n"
            "Apruebe o rechace la solicitud antes de esa hora en su sistema de citas; después, expirará."
        ),
    ),
    "request_declined": (
        notices.request_declined(details(), reason=None, when=IN_NINE_DAYS),
        "reservation_declined_patient",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Lamentamos informarle que su solicitud de cita no fue aceptada.\n"
            "\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "Motivo: El consultorio no puede recibirle en ese horario\n"
            "\n"
            "Puede solicitar otro horario o comunicarse con el consultorio."
        ),
    ),
    "request_expired": (
        notices.request_expired(details(), when=IN_NINE_DAYS),
        "request_expired_patient",
        PATIENT,
        (
            "Hola, Paciente Ejemplo. Le escribimos acerca de la cita que solicitó.\n"
            "\n"
            "Su solicitud de cita expiró sin respuesta del doctor. "
            "Puede intentar nuevamente o contactar al consultorio directamente. "
            "Cita solicitada: Consulta general, miércoles, 2 de diciembre de 2026, 9:00 a.m.\n"
            "\n"
            "Lamentamos el inconveniente."
        ),
    ),
    "request_expired_for_doctor": (
        notices.request_expired_for_doctor(details(), to=DOCTOR, language="es_MX", when=IN_NINE_DAYS),
        "request_expired_doctor",
        DOCTOR,
        (
            "La solicitud de cita de Paciente Ejemplo ya no está pendiente.\n"
            "\n"
            "Una solicitud de cita expiró sin respuesta. El paciente puede intentar nuevamente. "
            "Cita solicitada: Consulta general, miércoles, 2 de diciembre de 2026, 9:00 a.m.\n"
            "\n"
            "Este es un aviso automático; no es necesario responder."
        ),
    ),
    "approval_too_late": (
        notices.approval_too_late(details(), to=DOCTOR, language="es_MX", when=IN_NINE_DAYS),
        "approval_too_late_doctor",
        DOCTOR,
        (
            "Su respuesta a una solicitud de cita no tuvo efecto: la solicitud ya estaba cerrada.\n"
            "\n"
            "Paciente: Paciente Ejemplo\n"
            "Servicio: Consulta general\n"
            "Fecha: miércoles, 2 de diciembre de 2026\n"
            "Hora: 9:00 a.m.\n"
            "\n"
            "Si aún desea recibir a esta persona, comuníquese con ella para acordar una nueva cita."
        ),
    ),
}
each_notice = pytest.mark.parametrize(("draft", "template", "to", "text"), EXAMPLES.values(), ids=EXAMPLES)


@each_notice
def test_a_notice_reads(draft: Draft, template: str, to: str, text: str) -> None:
    assert (draft.template.name, draft.to) == (template, to)
    assert draft.template.render(draft.parameters) == text


@each_notice
def test_a_notice_has_the_values_of_its_template_in_its_order(
    draft: Draft, template: str, to: str, text: str
) -> None:
    assert tuple(draft.parameters) == SPANISH[template].parameters


def test_every_template_that_no_appointment_message_uses_has_a_notice() -> None:
    noticed = {template for _, template, _, _ in EXAMPLES.values()}
    assert set(SPANISH) - noticed == {
        "appointment_confirmed",
        "appointment_reminder_24h",
        "appointment_reminder_2h",
        "follow_up_24h",
        "follow_up_48h",
        "follow_up_1week",
        "medication_reminder",
    }


def test_a_patients_notice_is_in_the_appointments_zone() -> None:
    # Ten at night in Tijuana is the next day in Mexico City.
    there = details(appointment_time=datetime(2026, 12, 3, 6, 0, tzinfo=UTC), time_zone=TIJUANA)
    parameters = notices.cancelled(there, reason=None, refund=PHRASES.no_refund).parameters
    assert parameters["appointment_date"] == "miércoles, 2 de diciembre de 2026"
    assert parameters["appointment_time"] == "10:00 p.m."


def test_an_appointment_that_moves_over_a_clock_change_has_each_time_as_its_day_has_it() -> None:
    # In Tijuana clocks go forward on 14 March 2027: the same hour is another instant.
    before, after = datetime(2027, 3, 13, 18, tzinfo=UTC), datetime(2027, 3, 15, 17, tzinfo=UTC)
    moved = details(appointment_time=after, time_zone=TIJUANA)
    parameters = notices.rescheduled(moved, old_time=before, reason=None).parameters
    assert parameters["old_appointment_date"] == "sábado, 13 de marzo de 2027"
    assert parameters["new_appointment_date"] == "lunes, 15 de marzo de 2027"
    assert parameters["old_appointment_time"] == parameters["new_appointment_time"] == "10:00 a.m."


def test_a_refused_rescheduling_has_both_times_in_the_appointments_zone() -> None:
    kept = details(time_zone="America/Cancun")
    parameters = notices.rescheduling_refused(kept, wanted_time=IN_NINE_DAYS + timedelta(hours=1)).parameters
    assert parameters["appointment_time"] == "10:00 a.m."
    assert parameters["wanted_appointment_time"] == "11:00 a.m."


def test_a_request_is_told_in_the_doctors_zone() -> None:
    expires_at = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    parameters = notices.request_for_doctor(
        details(), to=DOCTOR, language="es_MX", expires_at=expires_at, time_zone=TIJUANA
    ).parameters
    assert parameters["appointment_time"] == "7:00 a.m."
    assert parameters["answer_by_date"] == "lunes, 23 de noviembre de 2026"
    assert parameters["answer_by_time"] == "11:00 p.m."


@pytest.mark.parametrize(("zone", "clock"), [(None, "9:00 a.m."), (TIJUANA, "7:00 a.m.")])
def test_other_notices_to_a_doctor_are_in_the_doctors_zone_if_it_is_given(
    zone: str | None, clock: str
) -> None:
    told = [
        notices.cancelled_for_doctor(details(), to=DOCTOR, language="es_MX", reason=None, time_zone=zone),
        notices.approval_too_late(details(), to=DOCTOR, language="es_MX", when=IN_NINE_DAYS, time_zone=zone),
    ]
    assert {draft.parameters["appointment_time"] for draft in told} == {clock}


REASONED: dict[str, tuple[str, Callable[[str | None], Draft], str]] = {
    "cancelled": (
        "cancellation_reason",
        lambda reason: notices.cancelled(details(), reason=reason, refund=PHRASES.no_refund),
        "Cancelación solicitada por el paciente",
    ),
    "cancelled_for_doctor": (
        "cancellation_reason",
        lambda reason: notices.cancelled_for_doctor(details(), to=DOCTOR, language="es_MX", reason=reason),
        "Cancelación solicitada por el paciente",
    ),
    "rescheduled": (
        "rescheduling_reason",
        lambda reason: notices.rescheduled(details(), old_time=NOW, reason=reason),
        "Cambio de horario solicitado",
    ),
    "request_declined": (
        "decline_reason",
        lambda reason: notices.request_declined(details(), reason=reason, when=IN_NINE_DAYS),
        "El consultorio no puede recibirle en ese horario",
    ),
}
each_with_a_reason = pytest.mark.parametrize(
    ("name", "notice", "default"), REASONED.values(), ids=REASONED.keys()
)


@each_with_a_reason
@pytest.mark.parametrize("missing", [None, "", " \n\t"])
def test_a_reason_that_is_missing_or_blank_has_a_default(
    name: str, notice: Callable[[str | None], Draft], default: str, missing: str | None
) -> None:
    assert notice(missing).parameters[name] == default


@each_with_a_reason
def test_a_given_reason_is_told_in_one_line(
    name: str, notice: Callable[[str | None], Draft], default: str
) -> None:
    assert (
        notice("Cierre por obra\n  Reabre en enero").parameters[name] == "Cierre por obra · Reabre en enero"
    )


def test_a_request_for_a_slot_that_is_not_free_is_declined_with_that_reason() -> None:
    declined = notices.request_declined(details(), reason=PHRASES.slot_not_free, when=IN_NINE_DAYS)
    assert "Motivo: El horario solicitado ya no está disponible\n" in declined.template.render(
        declined.parameters
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("500", "MXN", "$500.00"),
        ("1234.5", "MXN", "$1,234.50"),
        ("500", "USD", "USD 500.00"),
        ("0", "MXN", "No aplica"),
    ],
)
def test_a_refund_that_is_made_reads(amount: str, currency: str, text: str) -> None:
    assert refund_text(Money(Decimal(amount), currency), is_asked=True, language="es_MX") == text


def test_no_refund_reads() -> None:
    assert refund_text(None, is_asked=False, language="es_MX") == "No aplica"


def test_one_that_is_not_made_promises_no_amount() -> None:
    refund = refund_text(None, is_asked=True, language="es_MX")
    told = notices.cancelled(details(), reason=None, refund=refund)
    text = told.template.render(told.parameters)
    assert "\nReembolso: El consultorio se comunicará con usted al respecto\n" in text
    assert "$" not in text


@each_notice
def test_the_longest_texts_of_an_event_still_fit(draft: Draft, template: str, to: str, text: str) -> None:
    values: dict[str, str | Free] = {
        name: Free("palabra " * 250) if name.endswith("_reason") else value
        for name, value in draft.parameters.items()
    }
    values |= {name: "X" * 200 for name in draft.parameters if name in {"patient_name", "service_name"}}
    registered = SPANISH[template]
    assert len(registered.render(fill(registered, values))) <= simulator._BODY_WITH_OTHERS

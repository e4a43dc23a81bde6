"""The catalogue: Meta's rules for templates, the specification's variables, and what patients read."""

import re

import pytest

from clinic.domain.messages.intent import IntentId
from clinic.templates.appointment_parameters import parameters_for
from clinic.templates.appointments import template_for
from clinic.templates.catalogue import Category, Template
from tests.fakes.messages.texts import PHRASES, SPANISH
from tests.fakes.stores.rows import details, intent

APPOINTMENT_MESSAGES = ("appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h")

# The variables of the templates, as the specification's `sendTemplate` calls name them.
SPECIFIED = {
    "appointment_confirmed": {
        "patient_name",
        "service_name",
        "appointment_date",
        "appointment_time",
        "doctor_name",
        "clinic_name",
        "clinic_address",
    },
    "appointment_reminder_24h": {
        "patient_name",
        "service_name",
        "appointment_date",
        "appointment_time",
        "clinic_name",
        "clinic_address",
        "preparation_instructions",
    },
    "appointment_reminder_2h": {
        "patient_name",
        "service_name",
        "appointment_time",
        "clinic_name",
        "clinic_address",
        "parking_info",
        "building_info",
        "office_number",
    },
    "appointment_cancelled": {
        "patient_name",
        "service_name",
        "appointment_date",
        "appointment_time",
        "cancellation_reason",
        "refund_amount",
        "next_steps",
    },
    "appointment_cancelled_doctor": {
        "patient_name",
        "service_name",
        "appointment_date",
        "appointment_time",
        "cancellation_reason",
    },
    "appointment_rescheduled": {
        "patient_name",
        "service_name",
        "old_appointment_date",
        "old_appointment_time",
        "new_appointment_date",
        "new_appointment_time",
        "rescheduling_reason",
    },
    "follow_up_24h": {"patient_name", "follow_up_questions"},
    "follow_up_1week": {"patient_name", "message"},
    "request_expired_patient": {"patient_name", "message"},
    "request_expired_doctor": {"patient_name", "message"},
    "medication_reminder": {"patient_name", "medication_name", "dosage", "instructions"},
}
# What the specification has no template for.
OF_OUR_OWN = {
    "refund_made",
    "request_withdrawn_patient",
    "request_withdrawn_doctor",
    "appointment_rescheduling_refused",
    "reservation_requested_doctor",
    "reservation_declined_patient",
    "approval_too_late_doctor",
    "follow_up_48h",
}
LONGEST_BODY = 1024
PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")

every_template = pytest.mark.parametrize("template", SPANISH.values(), ids=lambda template: template.name)


def test_the_catalogue_holds_the_specified_templates_with_exactly_their_variables() -> None:
    variables = {name: set(template.parameters) for name, template in SPANISH.items()}
    assert {name: names for name, names in variables.items() if name not in OF_OUR_OWN} == SPECIFIED
    assert set(variables) - set(SPECIFIED) == OF_OUR_OWN


@every_template
def test_a_template_is_known_by_its_own_name(template: Template) -> None:
    assert SPANISH[template.name] is template
    assert re.fullmatch(r"[a-z0-9_]{1,512}", template.name)


@every_template
def test_templates_are_utility_messages_in_mexican_spanish(template: Template) -> None:
    assert (template.category, template.language) == (Category.UTILITY, "es_MX")


@every_template
def test_parameters_are_named_in_lower_case_and_each_stands_once(template: Template) -> None:
    assert [p for p in template.parameters if not re.fullmatch(r"[a-z][a-z_]*", p)] == []
    assert len(set(template.parameters)) == len(template.parameters)


@every_template
def test_every_brace_belongs_to_a_parameter(template: Template) -> None:
    assert len(PLACEHOLDER.findall(template.body)) == len(template.parameters)
    assert set(PLACEHOLDER.sub("", template.body)).isdisjoint("{}")


@every_template
def test_a_body_neither_begins_nor_ends_with_a_parameter(template: Template) -> None:
    words = PLACEHOLDER.split(template.body)
    assert re.search(r"\w", words[0])
    assert re.search(r"\w", words[-1])  # a full stop alone does not count


@every_template
def test_words_stand_between_any_two_parameters(template: Template) -> None:
    between = PLACEHOLDER.split(template.body)[1:-1]
    assert [text for text in between if not re.search(r"\w", text)] == []


@every_template
def test_a_body_has_words_enough_for_its_parameters(template: Template) -> None:
    words = re.findall(r"\w+", PLACEHOLDER.sub(" ", template.body))
    assert len(words) >= 2 * len(template.parameters) + 1


@every_template
def test_a_body_fits_also_with_its_examples(template: Template) -> None:
    assert len(template.body) <= LONGEST_BODY
    assert len(template.render(template.examples)) <= LONGEST_BODY


@every_template
def test_a_body_has_no_long_blanks(template: Template) -> None:
    assert re.search(r" {4}|\n{3}|\t|[^\S\n]\n|^\s|\s$", template.body) is None


@every_template
def test_each_parameter_has_an_example_that_could_be_sent(template: Template) -> None:
    assert set(template.examples) == set(template.parameters)
    assert [text for text in template.examples.values() if not text or re.search(r"[\n\t]| {2}", text)] == []


@every_template
def test_a_rendered_text_holds_every_value_as_it_is(template: Template) -> None:
    values = {name: f"<{name} \\1 {{{{x}}}} $&>" for name in template.parameters}
    text = template.render(values)
    assert [value for value in values.values() if value not in text] == []


@every_template
def test_a_missing_value_is_an_error(template: Template) -> None:
    with pytest.raises(KeyError, match=template.parameters[0]):
        template.render({})


def test_what_a_patient_reads_a_day_ahead() -> None:
    template = SPANISH["appointment_reminder_24h"]
    assert template.render(parameters_for(intent(), details())) == (
        "Hola, Paciente Ejemplo. Le recordamos su próxima cita.\n"
        "\n"
        "Servicio: Consulta general\n"
        "Fecha: miércoles, 2 de diciembre de 2026\n"
        "Hora: 9:00 a.m.\n"
        "Lugar: Clínica Ejemplo\n"
        "Dirección: Calle Ficticia 123, Ciudad de México\n"
        "\n"
        "Indicaciones: Ayuno de 8 horas\n"
        "\n"
        "Si no puede asistir, avise al consultorio. ¡Gracias!"
    )


@pytest.mark.parametrize("name", APPOINTMENT_MESSAGES)
def test_parameters_come_in_the_order_of_the_body(name: str) -> None:
    values = parameters_for(intent(template=name), details())
    assert tuple(values) == SPANISH[name].parameters


@pytest.mark.parametrize(
    ("zone", "clock"), [("America/Mexico_City", "9:00 a.m."), ("America/Tijuana", "7:00 a.m.")]
)
def test_times_are_in_the_appointments_zone(zone: str, clock: str) -> None:
    assert parameters_for(intent(), details(time_zone=zone))["appointment_time"] == clock


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("confirmation", "appointment_confirmed"),
        ("reminder_24h", "appointment_reminder_24h"),
        ("reminder_72h", "appointment_reminder_24h"),
        ("reminder_12h", "appointment_reminder_24h"),
        ("reminder_719m", "appointment_reminder_2h"),
        ("reminder_2h", "appointment_reminder_2h"),
        ("reminder_30m", "appointment_reminder_2h"),
    ],
)
def test_a_reminder_half_a_day_ahead_or_more_names_the_day(kind: str, name: str) -> None:
    assert template_for(kind) == name


@pytest.mark.parametrize("kind", ["", "reminder", "reminder_", "follow_up_24h"])
def test_a_kind_nobody_plans_has_no_template(kind: str) -> None:
    with pytest.raises(ValueError, match="expected an offset"):
        template_for(kind)


def test_the_defaults_are_the_specified_words() -> None:
    assert PHRASES.default_preparation == "Traiga su identificación y seguro médico"
    assert PHRASES.ask_at_reception == "Pregunte en recepción"


def test_an_intent_id_names_its_kind() -> None:
    assert intent(id=IntentId("reservation#r-17", 1, "reminder_2h")).kind == "reminder_2h"

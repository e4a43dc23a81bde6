"""The templates that ask after a visit."""

from clinic.templates.template import TWELVE_HOURS, Category, Template

FOLLOW_UP_24H = Template(
    name="follow_up_24h",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Gracias por su visita; queremos saber cómo sigue.\n"
        "\n"
        "{{follow_up_questions}}\n"
        "\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "follow_up_questions": (
            "Sobre su cita de Consulta general del lunes, 30 de noviembre de 2026: "
            "1) ¿Cómo se siente después de la consulta? "
            "2) ¿Está tomando los medicamentos según lo indicado? "
            "3) ¿Tiene alguna pregunta sobre el tratamiento?"
        ),
    },
)

FOLLOW_UP_48H = Template(
    name="follow_up_48h",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Le escribimos para dar seguimiento a su consulta.\n"
        "\n"
        "{{message}}\n"
        "\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "message": (
            "Sobre su cita de Consulta general del lunes, 30 de noviembre de 2026: "
            "¿Ha notado mejoría desde su consulta? "
            "Si sus molestias continúan o empeoran, no espere a su próxima cita."
        ),
    },
)

FOLLOW_UP_1WEEK = Template(
    name="follow_up_1week",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Ha pasado una semana desde su consulta.\n"
        "\n"
        "{{message}}\n"
        "\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "message": (
            "Sobre su cita de Consulta general del lunes, 23 de noviembre de 2026: "
            "¿Cómo ha sido su evolución esta semana?"
        ),
    },
)

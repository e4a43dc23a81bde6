"""The templates about a request: a patient asks for a slot, and the doctor has to agree."""

from clinic.templates.template import TWELVE_HOURS, Category, Template

RESERVATION_REQUESTED_DOCTOR = Template(
    name="reservation_requested_doctor",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Tiene una nueva solicitud de cita.\n"
        "\n"
        "Paciente: {{patient_name}}\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "\n"
        "Fecha límite para responder: {{answer_by_date}}\n"
        "Hora límite: {{answer_by_time}}\n"
        "\n"
        "Apruebe o rechace la solicitud antes de esa hora en su sistema de citas; después, expirará."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "answer_by_date": "viernes, 27 de noviembre de 2026",
        "answer_by_time": "6:00 p.m.",
    },
)

RESERVATION_DECLINED_PATIENT = Template(
    name="reservation_declined_patient",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Lamentamos informarle que su solicitud de cita no fue aceptada.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Motivo: {{decline_reason}}\n"
        "\n"
        "Puede solicitar otro horario o comunicarse con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "decline_reason": "El horario solicitado ya no está disponible",
    },
)

REQUEST_WITHDRAWN_PATIENT = Template(
    name="request_withdrawn_patient",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Su solicitud de cita quedó cancelada.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Motivo: {{cancellation_reason}}\n"
        "Reembolso: {{refund_amount}}\n"
        "\n"
        "Próximos pasos: {{next_steps}}\n"
        "\n"
        "Si tiene alguna duda, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "cancellation_reason": "Cancelación solicitada por el paciente",
        "refund_amount": "No aplica",
        "next_steps": "Puede agendar una nueva cita cuando desee",
    },
)

REQUEST_WITHDRAWN_DOCTOR = Template(
    name="request_withdrawn_doctor",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Se canceló una solicitud de cita que esperaba su respuesta; ya no es necesario responderla.\n"
        "\n"
        "Paciente: {{patient_name}}\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Motivo: {{cancellation_reason}}\n"
        "\n"
        "Este es un aviso automático."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "cancellation_reason": "Cancelación solicitada por el paciente",
    },
)

REQUEST_EXPIRED_PATIENT = Template(
    name="request_expired_patient",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Le escribimos acerca de la cita que solicitó.\n"
        "\n"
        "{{message}}\n"
        "\n"
        "Lamentamos el inconveniente."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "message": (
            "Su solicitud de cita expiró sin respuesta del doctor. "
            "Puede intentar nuevamente o contactar al consultorio directamente. "
            "Cita solicitada: Consulta general, lunes, 30 de noviembre de 2026, 10:00 a.m. "
            "Teléfono del consultorio: +52 55 0000 0000"
        ),
    },
)

REQUEST_EXPIRED_DOCTOR = Template(
    name="request_expired_doctor",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "La solicitud de cita de {{patient_name}} ya no está pendiente.\n"
        "\n"
        "{{message}}\n"
        "\n"
        "Este es un aviso automático; no es necesario responder."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "message": (
            "Una solicitud de cita expiró sin respuesta. El paciente puede intentar nuevamente. "
            "Cita solicitada: Consulta general, lunes, 30 de noviembre de 2026, 10:00 a.m."
        ),
    },
)

APPROVAL_TOO_LATE_DOCTOR = Template(
    name="approval_too_late_doctor",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Su respuesta a una solicitud de cita no tuvo efecto: la solicitud ya estaba cerrada.\n"
        "\n"
        "Paciente: {{patient_name}}\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "\n"
        "Si aún desea recibir a esta persona, comuníquese con ella para acordar una nueva cita."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
    },
)

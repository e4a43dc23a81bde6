"""The templates about an appointment that stands, moves or is cancelled."""

from clinic.templates.template import AN_HOUR, TWELVE_HOURS, Category, Template

APPOINTMENT_CONFIRMED = Template(
    name="appointment_confirmed",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Su cita quedó confirmada.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Con: {{doctor_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "\n"
        "Si necesita cambiarla o cancelarla, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "doctor_name": "Dra. Ejemplo",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
    },
)

APPOINTMENT_REMINDER_24H = Template(
    name="appointment_reminder_24h",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Le recordamos su próxima cita.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "\n"
        "Indicaciones: {{preparation_instructions}}\n"
        "\n"
        "Si no puede asistir, avise al consultorio. ¡Gracias!"
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
        "preparation_instructions": "Traiga su identificación y seguro médico",
    },
)

APPOINTMENT_REMINDER_2H = Template(
    name="appointment_reminder_2h",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=AN_HOUR,
    body=(
        "Hola, {{patient_name}}. Su cita de {{service_name}} se acerca; ya le esperamos.\n"
        "\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "Estacionamiento: {{parking_info}}\n"
        "Cómo llegar: {{building_info}}\n"
        "Consultorio: {{office_number}}\n"
        "\n"
        "Si se le presentó un contratiempo, avise al consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
        "parking_info": "Estacionamiento disponible en el edificio",
        "building_info": "Consultorio 301, 3er piso",
        "office_number": "301",
    },
)

APPOINTMENT_CANCELLED = Template(
    name="appointment_cancelled",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Su cita quedó cancelada.\n"
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
        "refund_amount": "$500.00",
        "next_steps": "Puede agendar una nueva cita cuando desee",
    },
)

APPOINTMENT_CANCELLED_DOCTOR = Template(
    name="appointment_cancelled_doctor",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Se canceló una cita de su agenda.\n"
        "\n"
        "Paciente: {{patient_name}}\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Motivo: {{cancellation_reason}}\n"
        "\n"
        "Este es un aviso automático; no es necesario responder."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "cancellation_reason": "Cancelación solicitada por el paciente",
    },
)

REFUND_MADE = Template(
    name="refund_made",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Le informamos que su reembolso ya fue realizado.\n"
        "\n"
        "Reembolso: {{refund_amount}}\n"
        "\n"
        "Corresponde a lo que se canceló:\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Consultorio: {{clinic_contact}}\n"
        "\n"
        "Si tiene alguna duda, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "refund_amount": "$500.00",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_contact": "Clínica Ejemplo. Teléfono: +52 55 0000 0000",
    },
)

APPOINTMENT_RESCHEDULED = Template(
    name="appointment_rescheduled",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. Su cita cambió de horario.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha anterior: {{old_appointment_date}}\n"
        "Hora anterior: {{old_appointment_time}}\n"
        "\n"
        "Nueva fecha: {{new_appointment_date}}\n"
        "Nueva hora: {{new_appointment_time}}\n"
        "Motivo: {{rescheduling_reason}}\n"
        "\n"
        "Si el nuevo horario no le conviene, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "old_appointment_date": "lunes, 30 de noviembre de 2026",
        "old_appointment_time": "10:00 a.m.",
        "new_appointment_date": "martes, 1 de diciembre de 2026",
        "new_appointment_time": "4:30 p.m.",
        "rescheduling_reason": "Cambio de horario solicitado",
    },
)

APPOINTMENT_RESCHEDULING_REFUSED = Template(
    name="appointment_rescheduling_refused",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=TWELVE_HOURS,
    body=(
        "Hola, {{patient_name}}. No fue posible cambiar su cita porque el nuevo horario no está disponible.\n"
        "\n"
        "Fecha propuesta: {{wanted_appointment_date}}\n"
        "Hora propuesta: {{wanted_appointment_time}}\n"
        "\n"
        "Su cita se mantiene como estaba:\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Consultorio: {{clinic_contact}}\n"
        "\n"
        "Si desea otro horario, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "wanted_appointment_date": "martes, 1 de diciembre de 2026",
        "wanted_appointment_time": "4:30 p.m.",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_contact": "Clínica Ejemplo. Teléfono: +52 55 0000 0000",
    },
)

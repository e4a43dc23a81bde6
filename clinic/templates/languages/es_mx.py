"""Spanish of Mexico: everything that messages say in it.

Names, variables and sentences of the specification stand here to the letter.
"""

from clinic.templates.language import Language, Phrases

_BODIES = {
    "appointment_confirmed": """\
Hola, {{patient_name}}. Su cita quedó confirmada.

Servicio: {{service_name}}
Con: {{doctor_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Lugar: {{clinic_name}}
Dirección: {{clinic_address}}

Si necesita cambiarla o cancelarla, comuníquese con el consultorio.""",
    "appointment_reminder_24h": """\
Hola, {{patient_name}}. Le recordamos su próxima cita.

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Lugar: {{clinic_name}}
Dirección: {{clinic_address}}

Indicaciones: {{preparation_instructions}}

Si no puede asistir, avise al consultorio. ¡Gracias!""",
    "appointment_reminder_2h": """\
Hola, {{patient_name}}. Su cita de {{service_name}} se acerca; ya le esperamos.

Hora: {{appointment_time}}
Lugar: {{clinic_name}}
Dirección: {{clinic_address}}
Estacionamiento: {{parking_info}}
Cómo llegar: {{building_info}}
Consultorio: {{office_number}}

Si se le presentó un contratiempo, avise al consultorio.""",
    "appointment_cancelled": """\
Hola, {{patient_name}}. Su cita quedó cancelada.

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Motivo: {{cancellation_reason}}
Reembolso: {{refund_amount}}

Próximos pasos: {{next_steps}}

Si tiene alguna duda, comuníquese con el consultorio.""",
    "appointment_cancelled_doctor": """\
Se canceló una cita de su agenda.

Paciente: {{patient_name}}
Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Motivo: {{cancellation_reason}}

Este es un aviso automático; no es necesario responder.""",
    "refund_made": """\
Hola, {{patient_name}}. Le informamos que su reembolso ya fue realizado.

Reembolso: {{refund_amount}}

Corresponde a lo que se canceló:

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Consultorio: {{clinic_contact}}

Si tiene alguna duda, comuníquese con el consultorio.""",
    "appointment_rescheduled": """\
Hola, {{patient_name}}. Su cita cambió de horario.

Servicio: {{service_name}}
Fecha anterior: {{old_appointment_date}}
Hora anterior: {{old_appointment_time}}

Nueva fecha: {{new_appointment_date}}
Nueva hora: {{new_appointment_time}}
Motivo: {{rescheduling_reason}}

Si el nuevo horario no le conviene, comuníquese con el consultorio.""",
    "appointment_rescheduling_refused": """\
Hola, {{patient_name}}. No fue posible cambiar su cita porque el nuevo horario no está disponible.

Fecha propuesta: {{wanted_appointment_date}}
Hora propuesta: {{wanted_appointment_time}}

Su cita se mantiene como estaba:

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Consultorio: {{clinic_contact}}

Si desea otro horario, comuníquese con el consultorio.""",
    "reservation_requested_doctor": """\
Tiene una nueva solicitud de cita.

Paciente: {{patient_name}}
Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}

Fecha límite para responder: {{answer_by_date}}
Hora límite: {{answer_by_time}}

Apruebe o rechace la solicitud antes de esa hora en su sistema de citas; después, expirará.""",
    "reservation_declined_patient": """\
Hola, {{patient_name}}. Lamentamos informarle que su solicitud de cita no fue aceptada.

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Motivo: {{decline_reason}}

Puede solicitar otro horario o comunicarse con el consultorio.""",
    "request_withdrawn_patient": """\
Hola, {{patient_name}}. Su solicitud de cita quedó cancelada.

Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Motivo: {{cancellation_reason}}
Reembolso: {{refund_amount}}

Próximos pasos: {{next_steps}}

Si tiene alguna duda, comuníquese con el consultorio.""",
    "request_withdrawn_doctor": """\
Se canceló una solicitud de cita que esperaba su respuesta; ya no es necesario responderla.

Paciente: {{patient_name}}
Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}
Motivo: {{cancellation_reason}}

Este es un aviso automático.""",
    "request_expired_patient": """\
Hola, {{patient_name}}. Le escribimos acerca de la cita que solicitó.

{{message}}

Lamentamos el inconveniente.""",
    "request_expired_doctor": """\
La solicitud de cita de {{patient_name}} ya no está pendiente.

{{message}}

Este es un aviso automático; no es necesario responder.""",
    "approval_too_late_doctor": """\
Su respuesta a una solicitud de cita no tuvo efecto: la solicitud ya estaba cerrada.

Paciente: {{patient_name}}
Servicio: {{service_name}}
Fecha: {{appointment_date}}
Hora: {{appointment_time}}

Si aún desea recibir a esta persona, comuníquese con ella para acordar una nueva cita.""",
    "follow_up_24h": """\
Hola, {{patient_name}}. Gracias por su visita; queremos saber cómo sigue.

{{follow_up_questions}}

Para responder o si tiene alguna duda, comuníquese con el consultorio.""",
    "follow_up_48h": """\
Hola, {{patient_name}}. Le escribimos para dar seguimiento a su consulta.

{{message}}

Para responder o si tiene alguna duda, comuníquese con el consultorio.""",
    "follow_up_1week": """\
Hola, {{patient_name}}. Ha pasado una semana desde su consulta.

{{message}}

Para responder o si tiene alguna duda, comuníquese con el consultorio.""",
    "medication_reminder": """\
Hola, {{patient_name}}. Es hora de su medicamento.

Medicamento: {{medication_name}}
Dosis: {{dosage}}
Indicaciones: {{instructions}}

Si tiene dudas sobre su tratamiento, consulte a su médico antes de cambiarlo o suspenderlo.""",
}

_EXAMPLES = {
    "patient_name": "Paciente Ejemplo",
    "service_name": "Consulta general",
    "doctor_name": "Dra. Ejemplo",
    "appointment_date": "lunes, 30 de noviembre de 2026",
    "appointment_time": "10:00 a.m.",
    "clinic_name": "Clínica Ejemplo",
    "clinic_address": "Calle Ficticia 123, Ciudad de México",
    "preparation_instructions": "Traiga su identificación y seguro médico",
    "parking_info": "Estacionamiento disponible en el edificio",
    "building_info": "Consultorio 301, 3er piso",
    "office_number": "301",
    "cancellation_reason": "Cancelación solicitada por el paciente",
    "refund_amount": "$500.00",
    "next_steps": "Puede agendar una nueva cita cuando desee",
    "clinic_contact": "Clínica Ejemplo. Teléfono: +52 55 0000 0000",
    "old_appointment_date": "lunes, 30 de noviembre de 2026",
    "old_appointment_time": "10:00 a.m.",
    "new_appointment_date": "martes, 1 de diciembre de 2026",
    "new_appointment_time": "4:30 p.m.",
    "rescheduling_reason": "Cambio de horario solicitado",
    "wanted_appointment_date": "martes, 1 de diciembre de 2026",
    "wanted_appointment_time": "4:30 p.m.",
    "answer_by_date": "viernes, 27 de noviembre de 2026",
    "answer_by_time": "6:00 p.m.",
    "decline_reason": "El horario solicitado ya no está disponible",
    "follow_up_questions": (
        "Sobre su cita de Consulta general del lunes, 30 de noviembre de 2026: 1) ¿Cómo "
        "se siente después de la consulta? 2) ¿Está tomando los medicamentos según lo "
        "indicado? 3) ¿Tiene alguna pregunta sobre el tratamiento?"
    ),
    "medication_name": "Paracetamol",
    "dosage": "1 tableta de 500 mg",
    "instructions": "Tome con agua, preferiblemente con comida",
}
_OWN_EXAMPLES = {
    ("request_withdrawn_patient", "refund_amount"): "No aplica",
    ("request_expired_patient", "message"): (
        "Su solicitud de cita expiró sin respuesta del doctor. Puede intentar nuevamente "
        "o contactar al consultorio directamente. Cita solicitada: Consulta general, "
        "lunes, 30 de noviembre de 2026, 10:00 a.m. Teléfono del consultorio: +52 55 0000 "
        "0000"
    ),
    ("request_expired_doctor", "message"): (
        "Una solicitud de cita expiró sin respuesta. El paciente puede intentar "
        "nuevamente. Cita solicitada: Consulta general, lunes, 30 de noviembre de 2026, "
        "10:00 a.m."
    ),
    ("follow_up_48h", "message"): (
        "Sobre su cita de Consulta general del lunes, 30 de noviembre de 2026: ¿Ha notado "
        "mejoría desde su consulta? Si sus molestias continúan o empeoran, no espere a su "
        "próxima cita."
    ),
    ("follow_up_1week", "message"): (
        "Sobre su cita de Consulta general del lunes, 23 de noviembre de 2026: ¿Cómo ha "
        "sido su evolución esta semana?"
    ),
}

_PHRASES = Phrases(
    not_said="–",
    ask_at_reception="Pregunte en recepción",
    default_preparation="Traiga su identificación y seguro médico",
    # For all that a patient takes, drops, applies or injects, fasting or not: a clinic may say more.
    default_instructions="Siga las indicaciones de su médico",
    default_questions=(
        "¿Cómo se siente después de la consulta?",
        "¿Está tomando los medicamentos según lo indicado?",
        "¿Tiene alguna pregunta sobre el tratamiento?",
    ),
    after_48_hours=(
        "¿Ha notado mejoría desde su consulta? "
        "Si sus molestias continúan o empeoran, no espere a su próxima cita."
    ),
    # The specification goes on to ask whether to book another visit: channels take that for marketing.
    after_1_week="¿Cómo ha sido su evolución esta semana?",
    about_visit="Sobre su cita de {service} del {day}: ",
    about_unnamed_visit="Sobre su cita del {day}: ",
    cancelled_by_patient="Cancelación solicitada por el paciente",
    cancelled_by_doctor="Cancelación solicitada por el médico",
    cancelled_by_clinic="Cancelación por parte del consultorio",
    cancelled_by_system="Cancelación automática",
    no_reason_given="No se indicó el motivo",
    rescheduled="Cambio de horario solicitado",
    declined="El consultorio no puede recibirle en ese horario",
    slot_not_free="El horario solicitado ya no está disponible",
    no_refund="No aplica",
    refund_to_be_cleared="El consultorio se comunicará con usted al respecto",
    next_steps="Puede agendar una nueva cita cuando desee",
    expired_for_patient=(
        "Su solicitud de cita expiró sin respuesta del doctor. "
        "Puede intentar nuevamente o contactar al consultorio directamente."
    ),
    expired_for_doctor="Una solicitud de cita expiró sin respuesta. El paciente puede intentar nuevamente.",
    expired_on_arrival=(
        "No fue posible atender a tiempo su solicitud de cita. "
        "Puede intentar nuevamente o contactar al consultorio directamente."
    ),
    requested_visit="Cita solicitada: {service}",
    as_requested="La solicitada",
    phone="Teléfono: {number}",
    clinic_phone="Teléfono del consultorio: {number}",
)

LANGUAGE = Language("es_MX", _BODIES, _EXAMPLES, _OWN_EXAMPLES, _PHRASES)

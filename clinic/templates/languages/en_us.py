"""English of the United States: everything that messages say in it."""

from clinic.templates.language import Language, Phrases

_BODIES = {
    "appointment_confirmed": """\
Hello, {{patient_name}}. Your appointment is confirmed.

Service: {{service_name}}
With: {{doctor_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Place: {{clinic_name}}
Address: {{clinic_address}}

If you need to change or cancel it, please contact the clinic.""",
    "appointment_reminder_24h": """\
Hello, {{patient_name}}. This is a reminder of your upcoming appointment.

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Place: {{clinic_name}}
Address: {{clinic_address}}

How to prepare: {{preparation_instructions}}

If you can't make it, please let the clinic know. Thank you!""",
    "appointment_reminder_2h": """\
Hello, {{patient_name}}. Your {{service_name}} appointment is coming up; we look forward to seeing you.

Time: {{appointment_time}}
Place: {{clinic_name}}
Address: {{clinic_address}}
Parking: {{parking_info}}
Finding us: {{building_info}}
Office: {{office_number}}

If something has come up, please let the clinic know.""",
    "appointment_cancelled": """\
Hello, {{patient_name}}. Your appointment has been canceled.

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Reason: {{cancellation_reason}}
Refund: {{refund_amount}}

Next steps: {{next_steps}}

If you have any questions, please contact the clinic.""",
    "appointment_cancelled_doctor": """\
An appointment on your schedule has been canceled.

Patient: {{patient_name}}
Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Reason: {{cancellation_reason}}

This is an automatic notice; there is no need to reply.""",
    "refund_made": """\
Hello, {{patient_name}}. We are writing to let you know that your refund has been made.

Refund: {{refund_amount}}

It is for what was canceled:

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Clinic: {{clinic_contact}}

If you have any questions, please contact the clinic.""",
    "appointment_rescheduled": """\
Hello, {{patient_name}}. Your appointment has a new time.

Service: {{service_name}}
Previous date: {{old_appointment_date}}
Previous time: {{old_appointment_time}}

New date: {{new_appointment_date}}
New time: {{new_appointment_time}}
Reason: {{rescheduling_reason}}

If the new time doesn't suit you, please contact the clinic.""",
    "appointment_rescheduling_refused": """\
Hello, {{patient_name}}. We could not move your appointment because the new time is not available.

Requested date: {{wanted_appointment_date}}
Requested time: {{wanted_appointment_time}}

Your appointment stays as it was:

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Clinic: {{clinic_contact}}

If you would like another time, please contact the clinic.""",
    "reservation_requested_doctor": """\
You have a new appointment request.

Patient: {{patient_name}}
Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}

Please answer by: {{answer_by_date}}
Before: {{answer_by_time}}

Approve or decline the request in your appointment system before then; after that, it will expire.""",
    "reservation_declined_patient": """\
Hello, {{patient_name}}. We are sorry to tell you that your appointment request was not accepted.

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Reason: {{decline_reason}}

You are welcome to ask for another time or to contact the clinic.""",
    "request_withdrawn_patient": """\
Hello, {{patient_name}}. Your appointment request has been canceled.

Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Reason: {{cancellation_reason}}
Refund: {{refund_amount}}

Next steps: {{next_steps}}

If you have any questions, please contact the clinic.""",
    "request_withdrawn_doctor": """\
An appointment request that was waiting for your answer has been canceled; it no longer needs one.

Patient: {{patient_name}}
Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}
Reason: {{cancellation_reason}}

This is an automatic notice.""",
    "request_expired_patient": """\
Hello, {{patient_name}}. We are writing about the appointment you asked for.

{{message}}

We are sorry for the inconvenience.""",
    "request_expired_doctor": """\
The appointment request from {{patient_name}} is no longer pending.

{{message}}

This is an automatic notice; there is no need to reply.""",
    "approval_too_late_doctor": """\
Your answer to an appointment request had no effect: the request was already closed.

Patient: {{patient_name}}
Service: {{service_name}}
Date: {{appointment_date}}
Time: {{appointment_time}}

If you would still like to see this person, please contact them to arrange a new appointment.""",
    "follow_up_24h": """\
Hello, {{patient_name}}. Thank you for your visit; we would like to know how you are doing.

{{follow_up_questions}}

To answer, or if you have any questions, please contact the clinic.""",
    "follow_up_48h": """\
Hello, {{patient_name}}. We are writing to follow up on your visit.

{{message}}

To answer, or if you have any questions, please contact the clinic.""",
    "follow_up_1week": """\
Hello, {{patient_name}}. It has been a week since your visit.

{{message}}

To answer, or if you have any questions, please contact the clinic.""",
    "medication_reminder": """\
Hello, {{patient_name}}. It's time for your medication.

Medication: {{medication_name}}
Dose: {{dosage}}
Instructions: {{instructions}}

If you have questions about your treatment, please ask your doctor before changing or stopping it.""",
}

_EXAMPLES = {
    "patient_name": "Example Patient",
    "service_name": "General consultation",
    "doctor_name": "Dr. Example",
    "appointment_date": "Monday, November 30, 2026",
    "appointment_time": "10:00 AM",
    "clinic_name": "Example Clinic",
    "clinic_address": "123 Fictional Street, Mexico City",
    "preparation_instructions": "Please bring your ID and health insurance card",
    "parking_info": "Parking is available in the building",
    "building_info": "Office 301, third floor",
    "office_number": "301",
    "cancellation_reason": "Canceled at the patient's request",
    "refund_amount": "$500.00",
    "next_steps": "You can book a new appointment whenever you like",
    "clinic_contact": "Example Clinic. Phone: +52 55 0000 0000",
    "old_appointment_date": "Monday, November 30, 2026",
    "old_appointment_time": "10:00 AM",
    "new_appointment_date": "Tuesday, December 1, 2026",
    "new_appointment_time": "4:30 PM",
    "rescheduling_reason": "A change of time was requested",
    "wanted_appointment_date": "Tuesday, December 1, 2026",
    "wanted_appointment_time": "4:30 PM",
    "answer_by_date": "Friday, November 27, 2026",
    "answer_by_time": "6:00 PM",
    "decline_reason": "The time you asked for is no longer available",
    "follow_up_questions": (
        "About your General consultation appointment on Monday, November 30, 2026: "
        "1) How have you been feeling since your visit? "
        "2) Are you taking your medication as directed? "
        "3) Do you have any questions about your treatment?"
    ),
    "medication_name": "Acetaminophen",
    "dosage": "one 500 mg tablet",
    "instructions": "Take with water, preferably with food",
}
_OWN_EXAMPLES = {
    ("request_withdrawn_patient", "refund_amount"): "Not applicable",
    ("request_expired_patient", "message"): (
        "Your appointment request expired before the doctor answered. "
        "You can try again or contact the clinic directly. "
        "Appointment requested: General consultation, Monday, November 30, 2026, 10:00 AM. "
        "Clinic phone: +52 55 0000 0000"
    ),
    ("request_expired_doctor", "message"): (
        "An appointment request expired without an answer. The patient can try again. "
        "Appointment requested: General consultation, Monday, November 30, 2026, 10:00 AM"
    ),
    ("follow_up_48h", "message"): (
        "About your General consultation appointment on Monday, November 30, 2026: "
        "Have you noticed any improvement since your visit? "
        "If your symptoms continue or get worse, please don't wait for your next appointment."
    ),
    ("follow_up_1week", "message"): (
        "About your General consultation appointment on Monday, November 23, 2026: "
        "How have you been doing this week?"
    ),
}

_PHRASES = Phrases(
    not_said="–",
    ask_at_reception="Please ask at the front desk",
    default_preparation="Please bring your ID and health insurance card",
    default_instructions="Follow your doctor's instructions",
    default_questions=(
        "How have you been feeling since your visit?",
        "Are you taking your medication as directed?",
        "Do you have any questions about your treatment?",
    ),
    after_48_hours=(
        "Have you noticed any improvement since your visit? "
        "If your symptoms continue or get worse, please don't wait for your next appointment."
    ),
    after_1_week="How have you been doing this week?",
    about_visit="About your {service} appointment on {day}: ",
    about_unnamed_visit="About your appointment on {day}: ",
    cancelled_by_patient="Canceled at the patient's request",
    cancelled_by_doctor="Canceled at the doctor's request",
    cancelled_by_clinic="Canceled by the clinic",
    cancelled_by_system="Canceled automatically",
    no_reason_given="No reason was given",
    rescheduled="A change of time was requested",
    declined="The clinic can't see you at that time",
    slot_not_free="The time you asked for is no longer available",
    no_refund="Not applicable",
    refund_to_be_cleared="The clinic will contact you about it",
    next_steps="You can book a new appointment whenever you like",
    expired_for_patient=(
        "Your appointment request expired before the doctor answered. "
        "You can try again or contact the clinic directly."
    ),
    expired_for_doctor="An appointment request expired without an answer. The patient can try again.",
    expired_on_arrival=(
        "Your appointment request could not be handled in time. "
        "You can try again or contact the clinic directly."
    ),
    requested_visit="Appointment requested: {service}",
    as_requested="As requested",
    phone="Phone: {number}",
    clinic_phone="Clinic phone: {number}",
)

LANGUAGE = Language("en_US", _BODIES, _EXAMPLES, _OWN_EXAMPLES, _PHRASES)

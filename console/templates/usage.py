"""Says in a few words what each template is sent for."""

USED_FOR = {
    "appointment_confirmed": "at once",
    "appointment_reminder_24h": "24 hours before; any offset of 12 hours or more",
    "appointment_reminder_2h": "2 hours before; any shorter offset",
    "appointment_cancelled": "to the patient, when the appointment is cancelled",
    "appointment_cancelled_doctor": "to the doctor, when it is cancelled",
    "refund_made": "when a refund is made that the cancellation's text did not name",
    "appointment_rescheduled": "when the appointment has moved",
    "appointment_rescheduling_refused": ("when the new time is not free; the appointment stays where it was"),
    "reservation_requested_doctor": "to the doctor, when a patient asks for a slot",
    "reservation_declined_patient": "when the doctor declines, or the slot is not free",
    "request_withdrawn_patient": "to the patient, when a request is cancelled before its answer",
    "request_withdrawn_doctor": "to the doctor, when a request is cancelled that waited for the answer",
    "request_expired_patient": "when nobody answered in time",
    "request_expired_doctor": "to the doctor, when nobody answered in time",
    "approval_too_late_doctor": "to the doctor, when the answer came after the request was closed",
    "follow_up_24h": "24 hours after the visit began",
    "follow_up_48h": "48 hours after it",
    "follow_up_1week": "a week after it",
    "medication_reminder": "when a dose is due",
}
"""By the template's name; the table in docs/messages.md says the same."""

"""All texts that Citas sends.

A channel may approve each template once (its body can't be changed by a send), so what stands here must be
what is registered there; its adapter writes the registration.
"""

from clinic.templates import appointment_templates, follow_up_templates, request_templates
from clinic.templates.medication import MEDICATION_REMINDER
from clinic.templates.template import Category, Template

__all__ = ["CATALOGUE", "Category", "Template"]

CATALOGUE: dict[str, Template] = {
    template.name: template
    for template in (
        appointment_templates.APPOINTMENT_CONFIRMED,
        appointment_templates.APPOINTMENT_REMINDER_24H,
        appointment_templates.APPOINTMENT_REMINDER_2H,
        appointment_templates.APPOINTMENT_CANCELLED,
        appointment_templates.APPOINTMENT_CANCELLED_DOCTOR,
        appointment_templates.REFUND_MADE,
        appointment_templates.APPOINTMENT_RESCHEDULED,
        appointment_templates.APPOINTMENT_RESCHEDULING_REFUSED,
        request_templates.RESERVATION_REQUESTED_DOCTOR,
        request_templates.RESERVATION_DECLINED_PATIENT,
        request_templates.REQUEST_WITHDRAWN_PATIENT,
        request_templates.REQUEST_WITHDRAWN_DOCTOR,
        request_templates.REQUEST_EXPIRED_PATIENT,
        request_templates.REQUEST_EXPIRED_DOCTOR,
        request_templates.APPROVAL_TOO_LATE_DOCTOR,
        follow_up_templates.FOLLOW_UP_24H,
        follow_up_templates.FOLLOW_UP_48H,
        follow_up_templates.FOLLOW_UP_1WEEK,
        MEDICATION_REMINDER,
    )
}

"""Counts, as metrics, each thing that becomes of an intent, whoever records it."""

from clinic.contracts.metrics import (
    MESSAGES_DELIVERED,
    MESSAGES_FAILED,
    MESSAGES_SENT,
    MESSAGES_UNREACHABLE,
    PATIENTS_NOT_TOLD,
    REMINDERS_DELIVERED,
    REMINDERS_FAILED,
    REMINDERS_SENT,
    Metric,
)
from clinic.domain.messages.arrivals import is_patient_to_be_phoned, is_unreachable
from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.services.ports import Meter


def count_change(meter: Meter, before: Intent, after: Intent) -> None:
    """Count what has become of an intent. Call it once the change is written, and by whoever has written it.

    A step that dies in between has counted too little; none counts twice.

    Args:
        before, after: the intent as it was read and as it is now kept.
    """
    if after.status.is_accepted and not before.status.is_accepted and before.sent_at is None:
        _count(meter, after, MESSAGES_SENT, REMINDERS_SENT)
    if before.delivered_at is None and after.delivered_at is not None:
        _count(meter, after, MESSAGES_DELIVERED, REMINDERS_DELIVERED)
    if is_patient_to_be_phoned(after) and not is_patient_to_be_phoned(before):
        meter.add(PATIENTS_NOT_TOLD)
    if after.status is IntentStatus.FAILED and before.status is not IntentStatus.FAILED:
        if is_unreachable(after):
            meter.add(MESSAGES_UNREACHABLE)
        else:
            _count(meter, after, MESSAGES_FAILED, REMINDERS_FAILED)


def _count(meter: Meter, intent: Intent, of_all: Metric, of_reminders: Metric) -> None:
    meter.add(of_all)
    if (which := intent.id.reminder_type) is not None:
        meter.add(of_reminders, type=which)

"""How those doses end that will not be taken any more."""

from collections.abc import Iterable
from datetime import datetime

from clinic.domain.messages.intent import Intent, IntentStatus, Reason, prescription_subject
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.ports import Outcome
from clinic.services.prescriptions.ports import PrescriptionChanges, Prescriptions
from clinic.services.unit_of_work import retry_on_conflict

# What a transaction takes beside the prescription's row.
MOST_ENDINGS = 99


def over(
    prescription: Prescription, known: Iterable[Intent], now: datetime
) -> tuple[tuple[Intent, Outcome], ...]:
    """Those of its doses that will not be taken any more and have not left yet, and how they end.

    What a later version has planned meanwhile is left alone: versions only rise.
    """
    if prescription.is_active:
        outcome = Outcome(IntentStatus.SUPERSEDED, Reason.PRESCRIPTION_CHANGED, now)
    else:
        outcome = Outcome(IntentStatus.SKIPPED, Reason.PRESCRIPTION_STOPPED, now)
    return tuple(
        (intent, outcome)
        for intent in known
        if intent.status is IntentStatus.PLANNED and _is_over(prescription, intent)
    )


def end_what_is_over(prescriptions: Prescriptions, prescription: Prescription, now: datetime) -> list[Intent]:
    """End all of them, as many at a time as a transaction takes; those that are just leaving are left.

    Args:
        prescription: as it stands.

    Returns:
        the open doses of what is over, which may be leaving.

    Raises:
        ConcurrentChangeError: others keep changing them; call again.
    """
    if prescription.is_active and prescription.version == 1:
        return []
    subject = prescription_subject(prescription.prescription_id)
    while True:
        known = retry_on_conflict(lambda: _end_some(prescriptions, prescription, now), subject)
        if known is not None:
            return known


def _end_some(prescriptions: Prescriptions, prescription: Prescription, now: datetime) -> list[Intent] | None:
    known = prescriptions.doses(prescription.prescription_id)
    endings = over(prescription, known, now)[:MOST_ENDINGS]
    if endings:
        prescriptions.commit(PrescriptionChanges(endings=endings))
        return None
    return [intent for intent in known if intent.status.is_open and _is_over(prescription, intent)]


def _is_over(prescription: Prescription, intent: Intent) -> bool:
    last = prescription.version - 1 if prescription.is_active else prescription.version
    return intent.id.version <= last

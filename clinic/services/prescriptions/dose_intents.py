"""The doses of a prescription as intents: planned, kept time for, and ended where nobody takes them now."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from itertools import takewhile

from clinic.domain.messages.intent import (
    Intent,
    IntentId,
    IntentStatus,
    Reason,
    prescription_subject,
)
from clinic.domain.messages.kinds import DOSE
from clinic.domain.prescriptions.prescription import Dose, Prescription
from clinic.domain.prescriptions.regimens import Regimen
from clinic.services.ports import Outcome
from clinic.services.prescriptions.ports import PrescriptionChanges, Prescriptions
from clinic.services.unit_of_work import retry_on_conflict
from clinic.templates.medication import MEDICATION_REMINDER, parameters_of

# What a transaction takes beside the prescription's row.
MOST_ENDINGS = 99


def plan_doses(prescription: Prescription, doses: Iterable[Dose], now: datetime) -> tuple[Intent, ...]:
    """One intent for each dose; one that came too late to be of use is skipped at once."""
    planned = tuple(doses)
    last = planned[-1].due_at if planned else now
    # What is taken differs from phase to phase.
    taken = dict(takewhile(lambda each: each[0] <= last, prescription.course()))
    return tuple(_planned(prescription, taken[dose.due_at], dose, now) for dose in planned)


def reminded_at(earlier: Iterable[Intent]) -> Collection[datetime]:
    """The instants at which a reminder has left already, or may have."""
    left = {IntentStatus.SENDING, IntentStatus.UNKNOWN}
    return {intent.due_at for intent in earlier if intent.status.is_accepted or intent.status in left}


def open_doses(intents: Iterable[Intent]) -> tuple[Intent, ...]:
    """Those that a run has to keep time for, in the order they are due."""
    return tuple(sorted((intent for intent in intents if intent.status.is_open), key=lambda i: i.due_at))


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


def _planned(prescription: Prescription, regimen: Regimen, dose: Dose, now: datetime) -> Intent:
    is_too_late = dose.useful_until <= now
    kind = DOSE.kind(f"{dose.due_at.astimezone(UTC):%Y%m%dT%H%MZ}")
    return Intent(
        id=IntentId(prescription_subject(prescription.prescription_id), prescription.version, kind),
        record_id=prescription.prescription_id,
        template=MEDICATION_REMINDER,
        language=regimen.patient_language,
        happens_at=dose.due_at,
        due_at=dose.due_at,
        useful_until=dose.useful_until,
        status=IntentStatus.SKIPPED if is_too_late else IntentStatus.PLANNED,
        reason=Reason.KNOWN_AFTER_DUE if is_too_late else None,
        created_at=now,
        updated_at=now,
        to=regimen.patient_phone,
        parameters=parameters_of(regimen),
    )


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

"""The doses of a prescription as intents that are ready to be written."""

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
from clinic.templates.medication import MEDICATION_REMINDER, parameters_of


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

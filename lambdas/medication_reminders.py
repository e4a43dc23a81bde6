"""The steps of ``medication-reminders``, in the order the workflow runs them."""

from typing import TYPE_CHECKING

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.contracts.steps.base import DeliveryResult
from clinic.contracts.steps.prescriptions import (
    ContinuationResult,
    PlannedBatch,
    PlannedDose,
    PrescriptionReference,
    PrescriptionResult,
    StoppedDoseRuns,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from lambdas.messages import deliver, record_failure
from lambdas.runtime import Call, step_function

if TYPE_CHECKING:
    from clinic.services.prescriptions.prescribing import DosePlan


def apply_prescription(call: Call) -> PrescriptionResult:
    """Validate the event and plan, end or go on with the doses that it speaks of."""
    plan = _plan(call)
    prescription = plan.prescription
    return PrescriptionResult(
        prescription_id=prescription.prescription_id,
        version=prescription.version,
        outcome=plan.outcome.value,
        planned=len(plan.open_doses),
        planned_until=instants.to_text(prescription.planned_until or prescription.counts_from),
        doses=tuple(
            PlannedDose(intent_id=str(dose.id), kind=dose.kind, due_at=instants.to_text(dose.due_at))
            for dose in plan.open_doses
        ),
        is_more_to_come=plan.is_more_to_come,
        has_earlier_runs=bool(prescription.earlier_runs - {call.run}),
    )


def stop_earlier_runs(call: Call) -> StoppedDoseRuns:
    """Stop the runs that keep time for doses that will not be taken."""
    prescription_id = parse_step_input(PrescriptionReference, call.input).prescription_id
    stopped = call.application.prescription_runs.stop_earlier(prescription_id, call.run, call.now)
    return StoppedDoseRuns(prescription_id=prescription_id, runs_stopped=stopped)


def send_dose(call: Call) -> DeliveryResult:
    """Remind of a dose, if the ledger still wants it."""
    return deliver(call)


def record_dose_failure(call: Call) -> DeliveryResult:
    """Note that a dose's retries are used up."""
    return record_failure(call)


def continue_prescription(call: Call) -> ContinuationResult:
    """Have a fresh run go on, if the prescription still stands."""
    batch = parse_step_input(PlannedBatch, call.input)
    outcome = call.application.prescription_runs.hand_on(batch.prescription_id, batch.version, batch.after)
    return ContinuationResult(
        prescription_id=batch.prescription_id, outcome=outcome.value, is_continued=outcome.is_continued
    )


def _plan(call: Call) -> "DosePlan":
    event: Received[PrescriptionCreated | PrescriptionStopped | PrescriptionContinued] = receive(
        call.input, PrescriptionCreated, PrescriptionStopped, PrescriptionContinued
    )
    prescribing = call.application.prescribing
    match event.detail:
        case PrescriptionCreated() as detail:
            return prescribing.create(Received(event.event_id, event.event_time, detail), call.run, call.now)
        case PrescriptionStopped() as detail:
            return prescribing.stop(Received(event.event_id, event.event_time, detail), call.now)
        case PrescriptionContinued() as detail:
            return prescribing.go_on(Received(event.event_id, event.event_time, detail), call.run, call.now)


handler = step_function(
    apply_prescription,
    stop_earlier_runs,
    send_dose,
    record_dose_failure,
    continue_prescription,
)

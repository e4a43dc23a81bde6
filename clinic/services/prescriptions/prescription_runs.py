"""Use case: the runs that keep time for a prescription: a fresh one goes on, those of what is over stop."""

from dataclasses import dataclass
from datetime import datetime

from clinic.contracts.events.prescriptions import PrescriptionContinued
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.ports import EventPublisher, Runs
from clinic.services.prescriptions.dose_intents import end_what_is_over
from clinic.services.prescriptions.ports import Prescriptions
from clinic.services.prescriptions.prescribing import PrescriptionOutcome


@dataclass(frozen=True)
class PrescriptionRuns:
    """Hands a prescription on from run to run."""

    prescriptions: Prescriptions
    events: EventPublisher
    runs: Runs

    def hand_on(self, prescription_id: str, version: int, after: datetime) -> PrescriptionOutcome:
        """Once a batch is over, say on the bus that a fresh run shall go on, if the version still stands.

        Args:
            prescription_id: of which one.
            version: whose doses the run kept time for.
            after: those that are due until then have been planned.

        Raises:
            EventBusUnavailableError: call again.
        """
        prescription = self.prescriptions.prescription(prescription_id)
        if prescription is None or not prescription.is_active:
            return PrescriptionOutcome.STOPPED
        if prescription.version != version:
            return PrescriptionOutcome.OTHER_VERSION
        if prescription.planned_until != after:
            return PrescriptionOutcome.ALREADY_CONTINUED
        self.events.publish(
            [
                PrescriptionContinued.model_construct(
                    prescription_id=prescription_id, version=version, after=after
                )
            ]
        )
        return PrescriptionOutcome.CONTINUED

    def stop_earlier(self, prescription_id: str, run: str, now: datetime) -> int:
        """Stop the runs that keep time for what is over; how many there were to stop.

        A saving only: the ledger lets none of those doses go. While one is just leaving, its run goes on and
        notes what became of it.

        Args:
            prescription_id: of which one.
            run: the ARN of the run that asks, which may be such a run itself and ends by itself.
            now: the instant of the call.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
            ConcurrentChangeError: somebody else keeps changing its doses; call again.
        """
        prescription = self.prescriptions.prescription(prescription_id)
        if prescription is None or end_what_is_over(self.prescriptions, prescription, now):
            return 0
        cause = _cause(prescription)
        return sum(self.runs.stop(other, cause) for other in sorted(prescription.earlier_runs - {run}))


def _cause(prescription: Prescription) -> str:
    what = "has changed" if prescription.is_active else "is stopped"
    return f"prescription {prescription.prescription_id} {what}"

"""The local stack and short words for what tests of prescriptions ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.contracts.workflows import MEDICATION_REMINDERS
from clinic.domain.messages.intent import IntentStatus
from local.records import Execution
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

SUBJECT = "prescription#p-17"
# Of the example: every eight hours for three days from eight in the morning of the 23rd on, in Mexico City.
# The first of them is past when the examples begin.
EIGHT_HOURLY = [
    datetime.fromisoformat(f"2026-11-{text}:00:00+00:00")
    for text in ("23T22", "24T06", "24T14", "24T22", "25T06", "25T14", "25T22", "26T06")
]


@dataclass(frozen=True)
class PrescriptionsStack(ClinicStack):
    """A stack on which medicines are prescribed."""

    def prescribe(self, **changes: Any) -> str:
        """Put a ``prescription/created`` on the bus; gives the event's id."""
        return self.put("prescription/created", prescription_detail(**changes))

    def stop(self, prescription_id: str = "p-17", **more: Any) -> str:
        """Put a ``prescription/stopped`` on the bus; gives the event's id."""
        return self.put("prescription/stopped", {"prescriptionId": prescription_id, **more})

    def reminded_at(self) -> list[datetime]:
        """The instants at which WhatsApp accepted a reminder of a dose, in order."""
        return [message.at for message in self.messages if message.template == "medication_reminder"]

    def dose_rows(self, subject: str = SUBJECT) -> dict[str, dict[str, str]]:
        """The ledger's text attributes: ``v1 20261123T2200Z`` → the row."""
        rows = [row for row in self.stack.items("MessagesTable") if row["subject"]["S"] == subject]
        return {
            f"v{row['version']['N']} {row['kind']['S'].removeprefix('dose_')}": {
                name: value["S"] for name, value in row.items() if "S" in value
            }
            for row in sorted(rows, key=lambda row: row["intent"]["S"])
        }

    def doses(self, subject: str = SUBJECT) -> dict[str, str]:
        """The same with the statuses alone; what WhatsApp has taken is ``sent``, whatever it told since."""
        statuses = {name: IntentStatus(row["status"]) for name, row in self.dose_rows(subject).items()}
        return {
            name: IntentStatus.SENT.value if status.is_accepted else status.value
            for name, status in statuses.items()
        }

    def dose_runs(self) -> list[Execution]:
        """The runs of medication reminders, in the order they were started."""
        return self.runs(MEDICATION_REMINDERS)

    def outcomes(self) -> list[str]:
        """What they came to; of one that did not end well, its status."""
        return [run.output["outcome"] if run.output else run.status for run in self.dose_runs()]

    def prescriptions(self) -> list[tuple[str, int]]:
        """Status and version of each prescription, by id."""
        rows = sorted(
            self.stack.items("PrescriptionsTable"), key=lambda row: str(row["prescription_id"]["S"])
        )
        return [(row["status"]["S"], int(row["version"]["N"])) for row in rows]


@contextmanager
def prescriptions_stack(
    start: datetime = NOW, *, faults: dict[str, Any] | None = None, concurrent: bool = False
) -> Iterator[PrescriptionsStack]:
    """A fresh stack at ``start``."""
    with clinic_stack(start, faults=faults, concurrent=concurrent) as clinic:
        yield PrescriptionsStack(clinic.stack)


def dies(step: str, when: str, **more: Any) -> dict[str, Any]:
    """A fault plan in which the process of a step dies."""
    return {"lambda": [{"workflow": MEDICATION_REMINDERS.name, "step": step, "dies": when, **more}]}

"""A prescription whose doses a patient is reminded of. FHIR: MedicationRequest."""

from dataclasses import dataclass
from enum import StrEnum


class PrescriptionStatus(StrEnum):
    """Where a prescription stands."""

    ACTIVE = "active"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Prescription:
    """A medicine that a patient takes, and until when.

    Attributes:
        version: rises by one each time its schedule changes; doses belong to one version.
    """

    prescription_id: str
    status: PrescriptionStatus
    version: int

    @property
    def is_active(self) -> bool:
        """Whether its doses are still to be taken."""
        return self.status is PrescriptionStatus.ACTIVE

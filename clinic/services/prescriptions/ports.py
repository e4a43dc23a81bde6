"""The unit of work of prescriptions: the prescription and its doses, changed together."""

from dataclasses import dataclass
from typing import Protocol

from clinic.domain.messages.intent import Intent
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.ports import Outcome


@dataclass(frozen=True)
class PrescriptionChanges:
    """What shall be written, all of it or nothing.

    Attributes:
        prescription: as it was read (None if nobody has written it yet), and as it shall be.
        intents: new doses.
        endings: planned doses that nobody has touched since they were read, and how they end.
    """

    prescription: tuple[Prescription | None, Prescription] | None = None
    intents: tuple[Intent, ...] = ()
    endings: tuple[tuple[Intent, Outcome], ...] = ()


class Prescriptions(Protocol):
    """Reads are consistent. Every method may raise `StoreUnavailableError`."""

    def prescription(self, prescription_id: str) -> Prescription | None:
        """The prescription as it stands now."""

    def doses(self, prescription_id: str) -> list[Intent]:
        """All its doses, versions first, then by the instant they are due."""

    def doses_of(self, prescription_id: str, version: int) -> list[Intent]:
        """Those of one version, by the instant they are due."""

    def commit(self, changes: PrescriptionChanges) -> None:
        """Write all of it in one transaction, or nothing.

        Raises:
            ConcurrentChangeError: something is no longer as it was read; nothing was written.
        """

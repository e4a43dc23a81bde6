"""Prescriptions in memory and events about them, of plainly fictional people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent, prescription_subject
from clinic.domain.prescriptions.doses import WAKING_HOURS
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.prescriptions.dose_intents import MOST_ENDINGS
from clinic.services.prescriptions.ports import PrescriptionChanges
from clinic.services.prescriptions.regimens import RegimenReader
from clinic.services.slots.doctors import Doctors
from tests.fakes.examples import CLINIC, NOW, PROFILE
from tests.fakes.ports import MemoryDirectory, MemoryLedger

MOST_ACTIONS = 100


@dataclass
class MemoryPrescriptions:
    """Prescriptions whose commit checks what the real one's conditions check, and writes all or nothing.

    Attributes:
        meanwhile: happens once, right before the next commit looks at anything.
        largest: the most actions that one commit had.
    """

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    meanwhile: Callable[[], None] | None = None
    largest: int = 0

    def prescription(self, prescription_id: str) -> Prescription | None:
        return self.ledger.prescriptions.get(prescription_id)

    def doses(self, prescription_id: str) -> list[Intent]:
        return self.ledger.intents(prescription_subject(prescription_id))

    def doses_of(self, prescription_id: str, version: int) -> list[Intent]:
        return [intent for intent in self.doses(prescription_id) if intent.id.version == version]

    def commit(self, changes: PrescriptionChanges) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        require, rows = self.ledger.require, self.ledger.rows
        actions = len(changes.intents) + len(changes.endings) + (changes.prescription is not None)
        assert 0 < actions <= MOST_ACTIONS
        assert len(changes.endings) <= MOST_ENDINGS
        self.largest = max(self.largest, actions)
        if changes.prescription is not None:
            seen, current = changes.prescription
            require(self.ledger.prescriptions.get(current.prescription_id) == seen)
        require(not any(intent.id in rows for intent in changes.intents))
        require(all(rows.get(intent.id) == intent for intent, _ in changes.endings))
        if changes.prescription is not None:
            self.ledger.prescriptions[changes.prescription[1].prescription_id] = changes.prescription[1]
        rows |= {intent.id: intent for intent in changes.intents}
        for intent, outcome in changes.endings:
            self.ledger.finish(intent, outcome)


def regimens() -> RegimenReader:
    """A reader for the clinic and the doctor of the examples."""
    directory = MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    return RegimenReader(Doctors(directory), "America/Mexico_City", WAKING_HOURS)


def prescription_detail(**changes: Any) -> dict[str, Any]:
    """The detail of a ``prescription/created``; a change to None leaves the field out.

    Eight doses from four in the afternoon on, in Mexico City: the first of nine, at eight, is past.
    """
    whole = {
        "prescriptionId": "p-17",
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0001",
        "medicationName": "Paracetamol",
        "dosage": "1 tableta de 500 mg",
        "frequency": "cada 8 horas",
        "startDate": "2026-11-23T08:00",
        "duration": "3 días",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def prescription_envelope(
    name: str, detail: dict[str, Any], event_id: str = "e-1", at: datetime = NOW
) -> dict[str, Any]:
    """What the rule hands to the state machine."""
    return {"id": event_id, "time": to_text(at), "detail-type": name, "detail": detail}


def prescribed(event_id: str = "e-1", at: datetime = NOW, **changes: Any) -> Received[PrescriptionCreated]:
    """A valid ``prescription/created``."""
    payload = prescription_envelope("prescription/created", prescription_detail(**changes), event_id, at)
    return receive(payload, PrescriptionCreated)


def ended(event_id: str = "e-stop", at: datetime = NOW, **changes: Any) -> Received[PrescriptionStopped]:
    """A valid ``prescription/stopped``."""
    payload = prescription_envelope(
        "prescription/stopped", {"prescriptionId": "p-17", **changes}, event_id, at
    )
    return receive(payload, PrescriptionStopped)


def continued(
    after: datetime, version: int = 1, event_id: str = "e-on", at: datetime = NOW
) -> Received[PrescriptionContinued]:
    """A valid ``prescription/continued``."""
    detail = {"prescriptionId": "p-17", "version": version, "after": to_text(after)}
    payload = prescription_envelope("prescription/continued", detail, event_id, at)
    return receive(payload, PrescriptionContinued)

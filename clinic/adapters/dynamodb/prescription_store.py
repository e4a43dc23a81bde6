"""Prescriptions and their doses in DynamoDB."""

from dataclasses import dataclass
from typing import Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.adapters.dynamodb.prescriptions import (
    PrescriptionModel,
    prescription_from_row,
    prescription_to_row,
)
from clinic.domain.messages.intent import Intent, prescription_subject
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.prescriptions.ports import PrescriptionChanges


@dataclass(frozen=True)
class DynamoPrescriptions:
    """Fulfils `clinic.services.prescriptions.ports.Prescriptions`."""

    connection: Connection
    ledger: DynamoLedger
    rows: type[PrescriptionModel]

    @classmethod
    def open(cls, connection: Connection, ledger: DynamoLedger, prescriptions_table: str) -> Self:
        """The prescriptions in this table, their doses in the ledger."""
        return cls(connection, ledger, bind(PrescriptionModel, prescriptions_table, connection))

    def prescription(self, prescription_id: str) -> Prescription | None:
        """The prescription as it stands now."""
        with store_errors(f"prescription {prescription_id}"):
            try:
                return prescription_from_row(self.rows.get(prescription_id, consistent_read=True))
            except DoesNotExist:
                return None

    def doses(self, prescription_id: str) -> list[Intent]:
        """All its doses."""
        return self.ledger.intents(prescription_subject(prescription_id))

    def doses_of(self, prescription_id: str, version: int) -> list[Intent]:
        """Those of one version."""
        return self.ledger.intents(prescription_subject(prescription_id), version)

    def commit(self, changes: PrescriptionChanges) -> None:
        """Write all of it in one transaction."""
        with store_errors(_subject(changes)), TransactWrite(connection=self.connection) as transaction:
            if changes.prescription is not None:
                seen, prescription = changes.prescription
                transaction.save(prescription_to_row(self.rows, prescription), condition=self._as_seen(seen))
            self.ledger.write(transaction, (), changes.intents, changes.endings)

    def _as_seen(self, seen: Prescription | None) -> Condition:
        if seen is None:
            absent: Condition = self.rows.prescription_id.does_not_exist()
            return absent
        same: Condition = (
            (self.rows.version == seen.version)
            & (self.rows.status == seen.status.value)
            & (self.rows.updated_at == seen.updated_at)
        )
        return same


def _subject(changes: PrescriptionChanges) -> str:
    if changes.prescription is not None:
        return prescription_subject(changes.prescription[1].prescription_id)
    return ", ".join(str(intent.id) for intent, _ in changes.endings[:1]) or "nothing"

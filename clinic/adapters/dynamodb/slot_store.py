"""The slots of profiles in DynamoDB: read over a stretch of time, and written again by rules."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.slot_models import SlotModel
from clinic.adapters.dynamodb.slot_rows import slot_from_row, slot_to_row
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.slot import Slot

# Starts are kept in whole minutes: before an instant means up to a microsecond before it.
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class DynamoSlotStore:
    """Fulfils `clinic.services.slots.ports.SlotShelf`."""

    connection: Connection
    slots: type[SlotModel]

    @classmethod
    def open(cls, connection: Connection, slots_table: str) -> Self:
        """The slots in this table."""
        return cls(connection, bind(SlotModel, slots_table, connection))

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        """The slots that start in ``[begin, end)``, by start."""
        if begin >= end:
            return []
        with store_errors(f"slots of {profile_id}"):
            rows = self.slots.by_start.query(
                profile_id, self.slots.start.between(begin, end - _A_MOMENT), limit=limit
            )
            return [slot_from_row(row) for row in rows]

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        """Those of these slots that exist."""
        with store_errors(f"slots of {profile_id}"):
            keys = [(profile_id, slot_id) for slot_id in sorted(set(slot_ids))]
            return [slot_from_row(row) for row in self.slots.batch_get(keys, consistent_read=True)]

    def write(self, changes: SlotChanges) -> None:
        """Write all of the changes in one transaction."""
        if not changes.slots:
            return
        with (
            store_errors(f"slots of {changes.slots[0].profile_id}"),
            TransactWrite(connection=self.connection) as writes,
        ):
            for slot in changes.added:
                writes.save(slot_to_row(self.slots, slot), condition=self.slots.slot_id.does_not_exist())
            for slot in changes.changed:
                row = slot_to_row(self.slots, replace(slot, revision=slot.revision + 1))
                writes.save(row, condition=self._free_as_seen(slot))
            for slot in changes.removed:
                writes.delete(self.slots(slot.profile_id, slot.slot_id), condition=self._free_as_seen(slot))

    def _free_as_seen(self, slot: Slot) -> Condition:
        condition: Condition = (self.slots.revision == slot.revision) & (self.slots.reserved_count == 0)
        return condition

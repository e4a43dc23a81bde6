"""A deployed stage's directory table: read whole, and changed only where nobody else has changed it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.tables import DIRECTORY, RESERVATIONS, SLOTS
from clinic.domain.instants import to_sortable_text
from clinic.domain.slots.slot import visit_of
from console.directory.changes import Action, Item, RowChange
from console.operate.stage import Stage
from console.terminal.errors import StageError
from console.terminal.tables import SHEET_PREFIX, sheet_row

# As many writes as DynamoDB takes in one transaction.
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class DirectoryStore:
    """The directory of a stage, with the operator's own rights."""

    stage: Stage

    def rows(self) -> list[Item]:
        """Every row, in DynamoDB's notation.

        Raises:
            StageError: the stage could not be asked.
        """
        client = self.stage.client("dynamodb")
        with self.stage.asking():
            pages = client.get_paginator("scan").paginate(
                TableName=self.stage.named(DIRECTORY), ConsistentRead=True
            )
            return [item for page in pages for item in page["Items"]]

    def visits_ahead(self, profile_id: str, now: datetime) -> list[str]:
        """The visits and requests that still need the doctor, by the reservation's id.

        Those in a slot, those that take the doctor's time by themselves, and those that wait for a place.

        Raises:
            StageError: the stage could not be asked.
        """
        found: set[str] = set()
        for row in self._slots(profile_id, now):
            if row["reserved_count"] > 0:
                found.update([*row.get("pending", ()), *row.get("booked", ())] or [row["slot_id"]])
        # A visit may reach into today from the day before.
        first = f"{SHEET_PREFIX}{now - timedelta(days=1):%Y-%m-%d}"
        for row in self.stage.query(SLOTS, profile_id, since=first, until=f"{SHEET_PREFIX}9999-12-31"):
            taken = sheet_row(row).taken.items()
            visits = ((visit_of(entry), until) for entry, (_, until) in taken)
            found.update(visit for visit, until in visits if visit is not None and until > now)
        unsettled = next(it for it in RESERVATIONS.indexes if it.partition_key == "unsettled_doctor")
        waiting = self.stage.query(RESERVATIONS, profile_id, index=unsettled, since=_text(now))
        return sorted(found | {str(row["reservation_id"]) for row in waiting})

    def remove_free_slots(self, profile_id: str, now: datetime) -> int:
        """Remove a doctor's slots from now on that nobody holds; how many those were.

        Raises:
            StageError: the stage could not be asked.
        """
        client, removed = self.stage.client("dynamodb"), 0
        for row in list(self._slots(profile_id, now)):
            if row["reserved_count"] > 0:
                continue
            with self.stage.asking(), suppress(client.exceptions.ConditionalCheckFailedException):
                client.delete_item(
                    TableName=self.stage.named(SLOTS),
                    Key={name: {"S": row[name]} for name in ("profile_id", "slot_id")},
                    ConditionExpression="reserved_count = :none",  # else somebody was quicker
                    ExpressionAttributeValues={":none": {"N": "0"}},
                )
                removed += 1
        return removed

    def _slots(self, profile_id: str, since: datetime) -> Iterator[dict[str, Any]]:
        (index,) = SLOTS.indexes
        return self.stage.query(SLOTS, profile_id, index=index, since=_text(since))

    def write(self, batch: Sequence[RowChange]) -> None:
        """Make these changes, all or none, each only if its row still is as it was read.

        Raises:
            StageError: a row is not (it is named), or the stage could not be asked; nothing of it is written.
        """
        table, client = self.stage.named(DIRECTORY), self.stage.client("dynamodb")
        with self.stage.asking():
            try:
                client.transact_write_items(TransactItems=[_action(table, change) for change in batch])
            except client.exceptions.TransactionCanceledException as error:
                raise StageError(f"{self.stage.name}: {_obstacle(batch, error.response)}") from error


def _text(instant: datetime) -> str:
    return to_sortable_text(instant.replace(microsecond=0))


def _action(table: str, change: RowChange) -> dict[str, Any]:
    condition = {"TableName": table, **_unchanged(change)}
    if change.action is Action.REMOVE:
        return {"Delete": {"Key": {name: change.row[name] for name in ("owner", "entry")}, **condition}}
    return {"Put": {"Item": dict(change.row), **condition}}


def _unchanged(change: RowChange) -> dict[str, Any]:
    """The condition that the row is as it was read."""
    if change.before is None:
        return {
            "ConditionExpression": "attribute_not_exists(#owner)",
            "ExpressionAttributeNames": {"#owner": "owner"},
        }
    names = sorted({*change.before, *(change.after or {})})
    tests = [
        f"#n{place} = :v{place}" if name in change.before else f"attribute_not_exists(#n{place})"
        for place, name in enumerate(names)
    ]
    return {
        "ConditionExpression": " AND ".join(tests),
        "ExpressionAttributeNames": {f"#n{place}": name for place, name in enumerate(names)},
        "ExpressionAttributeValues": {
            f":v{place}": change.before[name] for place, name in enumerate(names) if name in change.before
        },
    }


def _obstacle(batch: Sequence[RowChange], response: Any) -> str:
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]
    met = [
        f"{change.owner} {change.entry}"
        for change, code in zip(batch, reasons, strict=False)
        if code != "None"
    ]
    where = ", ".join(met) or "the directory"
    return f"somebody else is changing or has changed {where}; look again with `citas directory diff`"

"""A deployed stage's directory table: read whole, and changed only where nobody else has changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.contracts.tables import DIRECTORY, SLOTS
from clinic.domain.instants import to_sortable_text
from console.directory.changes import Action, Item, RowChange
from console.operate.stage import Stage
from console.terminal.errors import StageError

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

    def held_slots(self, profile_id: str, since: datetime) -> int:
        """How many of a profile's slots from that instant on somebody holds.

        Raises:
            StageError: the stage could not be asked.
        """
        (index,) = SLOTS.indexes
        since_then = to_sortable_text(since.replace(microsecond=0))
        rows = self.stage.query(SLOTS, profile_id, index=index, since=since_then)
        return sum(row["reserved_count"] > 0 for row in rows)

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

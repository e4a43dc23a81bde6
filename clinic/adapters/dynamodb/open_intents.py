"""The intents that are not settled, in DynamoDB."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import InstantAttribute, IntentModel, bind
from clinic.adapters.dynamodb.rows import intent_from_row, open_shards
from clinic.domain.messages.intent import Intent


class OpenByDueIndex(GlobalSecondaryIndex["OpenIntentModel"]):
    """Intents that are not settled, by when they are due."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-due"
        projection = AllProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class OpenIntentModel(IntentModel):
    """A row of the message ledger that can be found by when it is due."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "messages"

    open_by_due = OpenByDueIndex()


@dataclass(frozen=True)
class DynamoOpenIntents:
    """Fulfils `clinic.services.operations.health.OpenIntents`."""

    rows: type[OpenIntentModel]

    @classmethod
    def open_table(cls, connection: Connection, messages_table: str) -> Self:
        """The intents in this table."""
        return cls(bind(OpenIntentModel, messages_table, connection))

    def due_before(self, instant: datetime, most: int) -> list[Intent]:
        """Those that were due then, the oldest first."""
        with store_errors("open intents"):
            found = chain.from_iterable(
                self.rows.open_by_due.query(shard, self.rows.due_at <= instant, limit=most)
                for shard in open_shards()
            )
            return sorted((intent_from_row(row) for row in found), key=lambda intent: intent.due_at)[:most]

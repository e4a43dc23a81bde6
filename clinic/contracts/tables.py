"""The DynamoDB tables' keys: what the deployment creates and the adapters expect.

Every key attribute is a string. Instants are ISO 8601 in UTC with ``Z``, so they sort as text.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class IndexSpec:
    """A global secondary index with all attributes projected."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True)
class TableSpec:
    """A table's name (without the stage) and keys; ``ttl_attribute`` holds epoch seconds."""

    name: str
    partition_key: str
    sort_key: str | None = None
    ttl_attribute: str | None = None
    indexes: tuple[IndexSpec, ...] = ()


RESERVATIONS = TableSpec(name="reservations", partition_key="reservation_id")

SLOTS = TableSpec(name="slots", partition_key="profile_id", sort_key="slot_id")

# The index holds only unsettled intents: `open_shard` is removed when an intent is settled.
MESSAGES = TableSpec(
    name="messages",
    partition_key="subject",
    sort_key="intent",
    ttl_attribute="expires_at",
    indexes=(IndexSpec(name="open-by-due", partition_key="open_shard", sort_key="due_at"),),
)

DIRECTORY = TableSpec(name="directory", partition_key="owner", sort_key="entry")

TABLES: tuple[TableSpec, ...] = (RESERVATIONS, SLOTS, MESSAGES, DIRECTORY)

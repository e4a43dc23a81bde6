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


RESERVATIONS = TableSpec(
    name="reservations",
    partition_key="reservation_id",
    indexes=(
        # Only those whose reminders no run keeps time for yet: others have no `parked_shard`.
        IndexSpec(name="parked-by-time", partition_key="parked_shard", sort_key="parked_until"),
        # Only those without a place in their doctor's day yet, or with a conflict that nobody was told of:
        # others have no `unsettled_doctor`.
        IndexSpec(name="unsettled-by-time", partition_key="unsettled_doctor", sort_key="appointment_time"),
    ),
)

# Under `reservation#<id>` lies the request that a reservation's id leads to. The index holds only requests
# that wait for an answer: `open_profile` is removed when one is closed.
REQUESTS = TableSpec(
    name="requests",
    partition_key="request_id",
    indexes=(IndexSpec(name="open-by-expiry", partition_key="open_profile", sort_key="expires_at"),),
)

# Day sheets lie here too, under `day#<date>`; having no `start`, they are not in the index.
SLOTS = TableSpec(
    name="slots",
    partition_key="profile_id",
    sort_key="slot_id",
    indexes=(IndexSpec(name="by-start", partition_key="profile_id", sort_key="start"),),
)

# The index holds only unsettled intents: `open_shard` is removed when an intent is settled.
MESSAGES = TableSpec(
    name="messages",
    partition_key="subject",
    sort_key="intent",
    ttl_attribute="expires_at",
    indexes=(
        IndexSpec(name="open-by-due", partition_key="open_shard", sort_key="due_at"),
        # What became of the messages of a day.
        IndexSpec(name="by-due-day", partition_key="due_day", sort_key="due_at"),
        # WhatsApp's word on a message that does not name its intent is found by WhatsApp's own id.
        IndexSpec(name="by-message-id", partition_key="message_id", sort_key="subject"),
    ),
)

# Across owners: `entry` = "profile" is every profile.
DIRECTORY = TableSpec(
    name="directory",
    partition_key="owner",
    sort_key="entry",
    indexes=(IndexSpec(name="by-entry", partition_key="entry", sort_key="owner"),),
)

# What the workflows have done, a row each, under the UTC day on which it was done.
STATISTICS = TableSpec(name="statistics", partition_key="day", sort_key="entry", ttl_attribute="expires_at")

PRESCRIPTIONS = TableSpec(name="prescriptions", partition_key="prescription_id")

# Who wants which messages, by the canonical form of a person's phone number.
CONSENTS = TableSpec(name="consents", partition_key="person")

# What is known of WhatsApp right now: sending limits, stopped templates, and words on unknown messages.
# The index holds only words that wait for their message; a message that is not ours never comes.
CHANNEL = TableSpec(
    name="channel",
    partition_key="entry",
    ttl_attribute="expires_at",
    indexes=(IndexSpec(name="waiting-by-time", partition_key="waiting", sort_key="waiting_since"),),
)

# How each run of a workflow went, by when it began and its name. Only open runs have an `open_workflow`, only
# those that failed and were not tried again a `failed_workflow`, and only those that ended a `stopped_at`.
RUNS = TableSpec(
    name="runs",
    partition_key="workflow",
    sort_key="run",
    ttl_attribute="expires_at",
    indexes=(
        IndexSpec(name="open-by-start", partition_key="open_workflow", sort_key="started_at"),
        IndexSpec(name="failed-by-end", partition_key="failed_workflow", sort_key="stopped_at"),
        IndexSpec(name="by-end", partition_key="workflow", sort_key="stopped_at"),
    ),
)

TABLES: tuple[TableSpec, ...] = (
    RESERVATIONS,
    REQUESTS,
    SLOTS,
    MESSAGES,
    DIRECTORY,
    STATISTICS,
    PRESCRIPTIONS,
    CONSENTS,
    CHANNEL,
    RUNS,
)

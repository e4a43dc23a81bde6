"""The message ledger's rows: an intent each. What is due is found by two of its indexes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any, Self
from zlib import crc32

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus

KEPT_AFTER_VISIT = timedelta(days=400)
_OPEN_SHARDS = 8
_A_MOMENT = timedelta(microseconds=1)
_PLAIN_INTENT = [
    "record_id",
    "template",
    "language",
    "happens_at",
    "due_at",
    "useful_until",
    "created_at",
    "updated_at",
    "reason",
    "attempts",
    "claim_id",
    "claimed_until",
    "message_id",
    "sent_at",
    "delivered_at",
    "read_at",
    "retry_at",
    "time_zone",
    "to",
]


class OpenByDueIndex(GlobalSecondaryIndex["IntentModel"]):
    """Intents that are not settled, by when they are due."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-due"
        projection = AllProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class ByDueDayIndex(GlobalSecondaryIndex["IntentModel"]):
    """Intents by the UTC day on which they are due, and by when."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-due-day"
        projection = AllProjection()

    due_day = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class ByMessageIdIndex(GlobalSecondaryIndex["IntentModel"]):
    """Intents by WhatsApp's id."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-message-id"
        projection = AllProjection()

    message_id = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute(range_key=True)


class IntentModel(Model):
    """A row of the message ledger."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "messages"

    open_by_due = OpenByDueIndex()
    by_due_day = ByDueDayIndex()
    by_message_id = ByMessageIdIndex()

    subject = UnicodeAttribute(hash_key=True)
    intent = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    version = NumberAttribute()
    record_id = UnicodeAttribute()
    template = UnicodeAttribute()
    language = UnicodeAttribute()
    happens_at = InstantAttribute()
    due_at = InstantAttribute()
    useful_until = InstantAttribute()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    attempts = NumberAttribute(default=0)
    claim_id = UnicodeAttribute(null=True)
    claimed_until = InstantAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = InstantAttribute(null=True)
    delivered_at = InstantAttribute(null=True)
    read_at = InstantAttribute(null=True)
    failed_tries: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    failed_messages: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    retry_at = InstantAttribute(null=True)
    time_zone = UnicodeAttribute(null=True)
    to = UnicodeAttribute(null=True)
    parameters: MapAttribute[str, str] = MapAttribute(default=dict)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()
    open_shard = UnicodeAttribute(null=True)
    due_day = UnicodeAttribute()
    expires_at = NumberAttribute()


@dataclass(frozen=True)
class DynamoDueIntents:
    """Fulfils `OpenIntents` of `clinic.services.operations.health`, `DueIntents` of its `analytics`."""

    rows: type[IntentModel]

    @classmethod
    def open(cls, connection: Connection, messages_table: str) -> Self:
        """The intents in this table."""
        return cls(bind(IntentModel, messages_table, connection))

    def due_before(self, instant: datetime, most: int) -> list[Intent]:
        """Those that were due then, the oldest first."""
        with store_errors("open intents"):
            found = chain.from_iterable(
                self.rows.open_by_due.query(shard, self.rows.due_at <= instant, limit=most)
                for shard in open_shards()
            )
            return sorted((intent_from_row(row) for row in found), key=lambda intent: intent.due_at)[:most]

    def due_between(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """Those that are due in a stretch of time."""
        first, last = date.fromisoformat(due_day(since)), date.fromisoformat(due_day(until - _A_MOMENT))
        with store_errors("intents by day"):
            for number in range((last - first).days + 1):
                day = (first + timedelta(days=number)).isoformat()
                for row in self.rows.by_due_day.query(day, self.rows.due_at.between(since, until)):
                    intent = intent_from_row(row)
                    if since <= intent.due_at < until:
                        yield intent


def intent_to_row(model: type[IntentModel], intent: Intent) -> IntentModel:
    """The row of an intent."""
    return model(
        **{name: getattr(intent, name) for name in _PLAIN_INTENT},
        subject=intent.id.subject,
        intent=intent.id.sort_key,
        kind=intent.kind,
        version=intent.id.version,
        status=intent.status.value,
        parameters=intent.parameters,
        failed_tries=list(intent.failed_tries) or None,
        failed_messages=list(intent.failed_messages) or None,
        open_shard=open_shard(intent.id.subject) if intent.status.is_open else None,
        due_day=due_day(intent.due_at),
        expires_at=int((intent.happens_at + KEPT_AFTER_VISIT).timestamp()),
    )


def intent_from_row(row: IntentModel) -> Intent:
    """The intent in a row."""
    plain = {name: getattr(row, name) for name in _PLAIN_INTENT if name != "attempts"}
    return Intent(
        **plain,
        attempts=int(row.attempts),
        id=IntentId(row.subject, int(row.version), row.kind),
        status=IntentStatus(row.status),
        parameters=row.parameters.as_dict(),
        failed_tries=tuple(row.failed_tries or ()),
        failed_messages=tuple(row.failed_messages or ()),
    )


def due_day(instant: datetime) -> str:
    """The UTC day of an instant, ``2026-11-30``."""
    return instant.astimezone(UTC).date().isoformat()


def open_shards() -> list[str]:
    """All of the index's partitions."""
    return [f"open-{number}" for number in range(_OPEN_SHARDS)]


def open_shard(subject: str) -> str:
    """The index partition that holds a subject's unsettled intents; several, so that none grows hot."""
    return f"open-{crc32(subject.encode()) % _OPEN_SHARDS}"

"""The PynamoDB model of the run ledger."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import Attribute, BooleanAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.domain import instants


class MomentAttribute(Attribute[datetime]):
    """An instant as ISO 8601 text in UTC, always to the millisecond: so that it sorts within a second too."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """Write it."""
        return moment(value)

    def deserialize(self, value: str) -> datetime:
        """Read it."""
        return instants.from_text(value)


def moment(instant: datetime) -> str:
    """``2026-11-30T16:00:00.000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class OpenByStartIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that have not ended, by when they began."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-start"
        projection = AllProjection()

    open_workflow = UnicodeAttribute(hash_key=True)
    started_at = MomentAttribute(range_key=True)


class FailedByEndIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that failed and were not tried again, by when they ended."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "failed-by-end"
        projection = AllProjection()

    failed_workflow = UnicodeAttribute(hash_key=True)
    stopped_at = MomentAttribute(range_key=True)


class ByEndIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that ended, by when they did."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-end"
        projection = AllProjection()

    workflow = UnicodeAttribute(hash_key=True)
    stopped_at = MomentAttribute(range_key=True)


class RunModel(Model):
    """A row of the runs table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "runs"

    open_by_start = OpenByStartIndex()
    failed_by_end = FailedByEndIndex()
    by_end = ByEndIndex()

    workflow = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    arn = UnicodeAttribute()
    status = UnicodeAttribute()
    rank = NumberAttribute()
    started_at = MomentAttribute()
    stopped_at = MomentAttribute(null=True)
    redrives = NumberAttribute()
    error = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    event_id = UnicodeAttribute(null=True)
    subjects: MapAttribute[str, str] = MapAttribute(default=dict)
    busy_ms = NumberAttribute(null=True)
    has_stumbled = BooleanAttribute(default=False)
    transitions = NumberAttribute(null=True)
    retried_at = MomentAttribute(null=True)
    retried_rank = NumberAttribute(null=True)
    retried_as = UnicodeAttribute(null=True)
    open_workflow = UnicodeAttribute(null=True)
    failed_workflow = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


# Instead of a run's key; runs are read by a stretch of time, which it lies outside of.
COUNTER = "#open"


class OpenRunsModel(Model):
    """How many runs of a workflow are open: a row of the runs table too, under `COUNTER`."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "runs"

    workflow = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    open_runs = NumberAttribute()


def plain(value: Any) -> int | None:
    """A number of the row as an int."""
    return int(value) if value is not None else None

"""What workflows have done, in DynamoDB."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.models import Model

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import InstantAttribute, bind
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.statistics import Statistic

KEPT = timedelta(days=800)


class StatisticModel(Model):
    """A row of the statistics table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "statistics"

    day = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    happened_at = InstantAttribute()
    values: MapAttribute[str, Any] = MapAttribute(default=dict)
    expires_at = NumberAttribute()


@dataclass(frozen=True)
class DynamoStatistics:
    """Fulfils `clinic.services.ports.Statistics`."""

    rows: type[StatisticModel]

    @classmethod
    def open(cls, connection: Connection, statistics_table: str) -> Self:
        """The statistics in this table."""
        return cls(bind(StatisticModel, statistics_table, connection))

    def record(self, statistic: Statistic) -> bool:
        """Keep it; one that is there stays as it was first recorded. Gives whether it is new."""
        row = self.rows(
            day=statistic.day,
            entry=statistic.entry,
            kind=statistic.kind.value,
            subject=statistic.subject,
            happened_at=statistic.at,
            values=dict(statistic.values),
            expires_at=int((statistic.at + KEPT).timestamp()),
        )
        try:
            with store_errors(f"statistic {statistic.entry}"):
                row.save(condition=self.rows.entry.does_not_exist())
        except ConcurrentChangeError:
            # A step that runs again may find less left to do than the first time: the first time counts.
            return False
        return True

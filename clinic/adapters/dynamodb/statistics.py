"""The table of statistics in DynamoDB: a record of each deed of a workflow, and a row for each day's sum."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.statistics import Statistic, StatisticKind

if TYPE_CHECKING:  # whoever records needs no sums
    from clinic.domain.operations.run_figures import RunFigures
    from clinic.services.operations.analytics import DayFigures

KEPT = timedelta(days=800)
_ROLL_UP = "roll_up"
_KINDS = frozenset(kind.value for kind in StatisticKind)
_MILLISECOND = timedelta(milliseconds=1)


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
    """Fulfils `clinic.services.ports.Statistics` and `clinic.services.operations.analytics.DoneThings`."""

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

    def of_day(self, day: date) -> Iterator[Statistic]:
        """What was done on a UTC day."""
        with store_errors(f"statistics of {day.isoformat()}"):
            for row in self.rows.query(day.isoformat()):
                if row.kind in _KINDS:
                    values = row.values.as_dict()
                    yield Statistic(StatisticKind(row.kind), row.subject, row.happened_at, values)

    def roll_up(self, day: date) -> "DayFigures | None":
        """What a day was found to come to."""
        from clinic.domain.operations.clinic_figures import ClinicFigures  # a deed is recorded sooner without
        from clinic.services.operations.analytics import DayFigures

        with store_errors(f"statistics of {day.isoformat()}"):
            try:
                row = self.rows.get(day.isoformat(), _ROLL_UP, consistent_read=True)
            except DoesNotExist:
                return None
        values = row.values.as_dict()
        return DayFigures(
            {name: _runs_from(figures) for name, figures in values["runs"].items()},
            ClinicFigures(**{name: _whole(value) for name, value in values["clinic"].items()}),
        )

    def keep_roll_up(self, day: date, figures: "DayFigures", now: datetime) -> None:
        """Keep what a day comes to."""
        runs = {name: _runs_to(it) for name, it in figures.runs.items() if it.executions}
        row = self.rows(
            day=day.isoformat(),
            entry=_ROLL_UP,
            kind=_ROLL_UP,
            subject=day.isoformat(),
            happened_at=now,
            values={"runs": runs, "clinic": asdict(figures.clinic)},
            expires_at=int((now + KEPT).timestamp()),
        )
        with store_errors(f"statistics of {day.isoformat()}"):
            row.save()


def _runs_to(figures: "RunFigures") -> dict[str, Any]:
    plain = asdict(figures)
    return {**plain, "busy": figures.busy // _MILLISECOND}


def _runs_from(values: dict[str, Any]) -> "RunFigures":
    from clinic.domain.operations.run_figures import RunFigures  # a deed is recorded sooner without

    plain = {name: _whole(value) for name, value in values.items()}
    return RunFigures(**{**plain, "busy": plain["busy"] * _MILLISECOND})


def _whole(value: Any) -> Any:
    """DynamoDB's numbers as ints, also within a map."""
    return {name: int(it) for name, it in value.items()} if isinstance(value, dict) else int(value)

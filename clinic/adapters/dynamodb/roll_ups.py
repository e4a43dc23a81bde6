"""What days have come to, in DynamoDB: the records of what was done, and a row for each day's sum."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import InstantAttribute, IntentModel, bind
from clinic.adapters.dynamodb.rows import due_day, intent_from_row
from clinic.adapters.dynamodb.slot_store import DynamoSlotStore
from clinic.adapters.dynamodb.statistics import KEPT, StatisticModel
from clinic.domain.messages.intent import Intent
from clinic.domain.operations.clinic_figures import ClinicFigures
from clinic.domain.operations.run_figures import RunFigures
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.operations.analytics import DayFigures

_ROLL_UP = "roll_up"
_KINDS = frozenset(kind.value for kind in StatisticKind)
_MILLISECOND = timedelta(milliseconds=1)
_A_MOMENT = timedelta(microseconds=1)


class ByDueDayIndex(GlobalSecondaryIndex["DueIntentModel"]):
    """Intents by the UTC day on which they are due, and by when."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-due-day"
        projection = AllProjection()

    due_day = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class DueIntentModel(IntentModel):
    """A row of the message ledger that can be found by the day on which it is due."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "messages"

    by_due_day = ByDueDayIndex()


@dataclass(frozen=True)
class DynamoDueIntents:
    """Fulfils `clinic.services.operations.analytics.DueIntents`."""

    rows: type[DueIntentModel]

    @classmethod
    def open_table(cls, connection: Connection, messages_table: str) -> Self:
        """The intents in this table."""
        return cls(bind(DueIntentModel, messages_table, connection))

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


@dataclass(frozen=True)
class DynamoDoneThings:
    """Fulfils `clinic.services.operations.analytics.DoneThings`."""

    rows: type[StatisticModel]

    @classmethod
    def open_table(cls, connection: Connection, statistics_table: str) -> Self:
        """The records in this table."""
        return cls(bind(StatisticModel, statistics_table, connection))

    def of_day(self, day: date) -> Iterator[Statistic]:
        """What was done on a UTC day."""
        with store_errors(f"statistics of {day.isoformat()}"):
            for row in self.rows.query(day.isoformat()):
                if row.kind in _KINDS:
                    values = row.values.as_dict()
                    yield Statistic(StatisticKind(row.kind), row.subject, row.happened_at, values)

    def roll_up(self, day: date) -> DayFigures | None:
        """What a day was found to come to."""
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

    def keep_roll_up(self, day: date, figures: DayFigures, now: datetime) -> None:
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


@dataclass(frozen=True)
class DynamoFullSlots:
    """Fulfils `clinic.services.operations.analytics.FullSlots`."""

    store: DynamoSlotStore

    def full(self, profile_id: str, slot_ids: Collection[str]) -> frozenset[str]:
        """Those that have no place to give."""
        found = self.store.as_they_stand(profile_id, slot_ids)
        return frozenset(slot.slot_id for slot in found if slot.reserved_count >= slot.capacity)


def _runs_to(figures: RunFigures) -> dict[str, Any]:
    plain = asdict(figures)
    return {**plain, "busy": figures.busy // _MILLISECOND}


def _runs_from(values: dict[str, Any]) -> RunFigures:
    plain = {name: _whole(value) for name, value in values.items()}
    return RunFigures(**{**plain, "busy": plain["busy"] * _MILLISECOND})


def _whole(value: Any) -> Any:
    """DynamoDB's numbers as ints, also within a map."""
    return {name: int(it) for name, it in value.items()} if isinstance(value, dict) else int(value)

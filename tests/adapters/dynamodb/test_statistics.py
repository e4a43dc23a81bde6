"""Statistics are kept once, and a day is added up from the ledgers, on moto's DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.base import bind, connect
from clinic.adapters.dynamodb.messages.intents import DynamoDueIntents, IntentModel, intent_to_row
from clinic.adapters.dynamodb.runs import DynamoRunLedger
from clinic.adapters.dynamodb.slots import DynamoSlotStore
from clinic.adapters.dynamodb.statistics import KEPT, DynamoStatistics
from clinic.contracts import metrics
from clinic.contracts.tables import MESSAGES, RUNS, SLOTS, STATISTICS
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.operations.runs import RunStatus
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.operations.analytics import ErrorShare, WorkflowActivity, WorkflowAnalytics
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import run
from tests.fakes.stores.rows import intent
from tests.fakes.stores.tables import create_tables
from tests.fakes.workflow_ports import MemoryMeter

TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
GENERATED = Statistic(
    StatisticKind.SLOT_GENERATION, "dr-1#2026-11-30#e-1", NOW, {"slotsGenerated": 12, "timeZone": "UTC"}
)


@dataclass
class Books:
    """The ledgers, and somebody who adds them up."""

    connection: Connection

    def __post_init__(self) -> None:
        self.store = DynamoRunLedger.open_table(self.connection, RUNS.name)
        self.statistics = DynamoStatistics.open(self.connection, STATISTICS.name)
        self.done = DynamoStatistics.open(self.connection, STATISTICS.name)
        self.due = DynamoDueIntents.open(self.connection, MESSAGES.name)
        slots = DynamoSlotStore.open(self.connection, SLOTS.name)
        self.meter = MemoryMeter()
        self.analytics = WorkflowAnalytics(self.store, self.due, self.done, slots, self.meter)
        self.messages = bind(IntentModel, MESSAGES.name, self.connection)

    def put(self, *intents: Intent) -> None:
        for it in intents:
            intent_to_row(self.messages, it).save()


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield Books(connect())


def rows() -> list[dict[str, Any]]:
    return boto3.client("dynamodb").scan(TableName=STATISTICS.name)["Items"]


def test_a_statistic_is_a_row_of_its_day_that_ends_by_itself(books: Books) -> None:
    books.statistics.record(GENERATED)
    (row,) = rows()
    assert row == {
        "day": {"S": "2026-11-23"},
        "entry": {"S": "slot_generation#dr-1#2026-11-30#e-1"},
        "kind": {"S": "slot_generation"},
        "subject": {"S": "dr-1#2026-11-30#e-1"},
        "happened_at": {"S": "2026-11-23T15:00:00.000000Z"},
        "values": {"M": {"slotsGenerated": {"N": "12"}, "timeZone": {"S": "UTC"}}},
        STATISTICS.ttl_attribute: {"N": str(int((NOW + KEPT).timestamp()))},
    }


def test_recorded_again_the_first_time_counts(books: Books) -> None:
    books.statistics.record(GENERATED)
    books.statistics.record(replace(GENERATED, values={"slotsGenerated": 0}))
    books.statistics.record(replace(GENERATED, subject="dr-2#2026-11-30#e-2", at=NOW + timedelta(seconds=1)))
    counts = {row["subject"]["S"]: row["values"]["M"]["slotsGenerated"]["N"] for row in rows()}
    assert counts == {"dr-1#2026-11-30#e-1": "12", "dr-2#2026-11-30#e-2": "12"}


def a_day(books: Books) -> None:
    """What happened yesterday: two runs, two reminders, a cancellation, new slots."""
    then = NOW - DAY
    done = run(started_at=then, status=RunStatus.SUCCEEDED, stopped_at=then + HOUR, busy=MINUTE)
    books.store.note(done)
    failed = replace(done, name="x-2", status=RunStatus.FAILED, error="StoreUnavailableError")
    books.store.note(failed)
    books.store.note(replace(done, name="x-3", workflow="request-decisions"))
    arrived = intent(due_at=then, sent_at=then + MINUTE, status=IntentStatus.READ)
    late = intent(
        id=IntentId("reservation#r-2", 1, "reminder_2h"),
        due_at=then,
        sent_at=then + HOUR,
        status=IntentStatus.SENT,
    )
    books.put(arrived, late)
    values: dict[str, str | int] = {"cancelled_by": "patient", "reason_given": "no", "slot_id": "s-1"}
    values["profile_id"] = "dr-1"
    books.statistics.record(Statistic(StatisticKind.CANCELLATION, "r-9", then, values))
    books.statistics.record(
        Statistic(StatisticKind.SLOT_GENERATION, "dr-1", then, {"slots_generated": 12, "reason": ""})
    )


def test_a_day_is_added_up_from_the_ledgers(books: Books) -> None:
    a_day(books)
    found = books.analytics.between(YESTERDAY, YESTERDAY, NOW)
    assert (found.total_executions, found.average_execution_time) == (3, 60)
    assert found.success_rate == pytest.approx(200 / 3)
    assert found.most_active_workflows == [
        WorkflowActivity("appointment-reminders", 2, 50),
        WorkflowActivity("request-decisions", 1, 100),
    ]
    assert found.error_breakdown == [ErrorShare("StoreUnavailableError", 1, 100)]
    clinic = found.clinic
    assert (clinic.reminders_sent, clinic.reminders_delivered, clinic.reminders_late) == (2, 1, 1)
    assert (clinic.slots_generated, clinic.slots_freed, clinic.slots_refilled) == (12, 1, 0)
    assert (clinic.cancelled_by, clinic.cancellation_reasons) == ({"patient": 1}, {"none": 1})


def test_what_was_kept_is_what_was_found_and_found_again_it_is_the_same(books: Books) -> None:
    a_day(books)
    figures = books.analytics.roll_up(YESTERDAY, NOW)
    busy = {name: it for name, it in figures.runs.items() if it.executions}
    kept = books.done.roll_up(YESTERDAY)
    assert kept is not None
    assert (kept.runs, kept.clinic) == (busy, figures.clinic)
    assert books.analytics.roll_up(YESTERDAY, NOW + HOUR) == figures
    assert books.done.roll_up(YESTERDAY) == kept


def test_days_that_were_rolled_up_and_days_that_were_not_add_up_the_same(books: Books) -> None:
    a_day(books)
    books.store.note(run(name="x-9", status=RunStatus.SUCCEEDED, stopped_at=NOW))
    before = books.analytics.between(YESTERDAY - DAY, TODAY, NOW)
    books.analytics.roll_up(YESTERDAY, NOW)
    after = books.analytics.between(YESTERDAY - DAY, TODAY, NOW)
    assert (after.runs, after.clinic) == (before.runs, before.clinic)
    assert after.total_executions == 4


def test_today_and_the_two_days_before_may_still_change(books: Books) -> None:
    assert list(books.analytics.days_to_roll_up(NOW)) == [YESTERDAY - DAY, YESTERDAY, TODAY]


def test_an_intent_is_found_by_when_it_is_due_across_midnight(books: Books) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    for number, due in enumerate([midnight - MINUTE, midnight, midnight + MINUTE]):
        books.put(intent(id=IntentId(f"reservation#r-{number}", 1, "reminder_24h"), due_at=due))
    found = books.due.due_between(midnight - MINUTE, midnight + MINUTE)
    assert [it.due_at for it in found] == [midnight - MINUTE, midnight]


def test_what_share_of_the_last_day_has_arrived_is_published(books: Books) -> None:
    then = NOW - HOUR
    books.put(
        intent(due_at=then, sent_at=then, status=IntentStatus.READ),
        intent(id=IntentId("request#q-1", 1, "expired"), due_at=then, sent_at=then, status=IntentStatus.SENT),
    )
    books.analytics.publish_delivery(NOW)
    assert books.meter.total(metrics.REMINDER_DELIVERY_RATE) == 100
    assert books.meter.total(metrics.MESSAGE_DELIVERY_RATE) == 50


def test_where_nothing_was_due_nothing_is_published(books: Books) -> None:
    books.analytics.publish_delivery(NOW)
    assert books.meter.added == []

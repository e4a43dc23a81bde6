"""The count of open runs, on moto's DynamoDB: no repetition, disorder, race or crash makes it wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.runs import DynamoRunLedger
from clinic.contracts.tables import RUNS
from clinic.domain.errors import ConcurrentChangeError, StoreUnavailableError
from clinic.domain.operations.runs import Run, RunStatus, latest
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import run
from tests.fakes.stores.tables import create_tables

END = NOW + timedelta(hours=1)
WORKFLOWS = ("appointment-reminders", "medication-reminders")
LIFE = [
    (RunStatus.RUNNING, 0),
    (RunStatus.FAILED, 0),
    (RunStatus.PENDING_REDRIVE, 0),
    (RunStatus.RUNNING, 1),
    (RunStatus.SUCCEEDED, 1),
]
WORDS = [
    run(
        workflow=workflow,
        name=f"x-{number}",
        status=status,
        redrives=redrives,
        stopped_at=None if status.is_open else END,
    )
    for workflow, number in ((WORKFLOWS[0], 1), (WORKFLOWS[0], 2), (WORKFLOWS[1], 1))
    for status, redrives in LIFE
]


@dataclass(frozen=True)
class Disturbed(DynamoRunLedger):
    """Something happens between what is believed of a run and its write.

    Attributes:
        others: words that somebody else's call writes first, the last one at the next write.
        crashes: of the next writes, the last one first: ends ``before`` DynamoDB took it, or ``after`` that.
    """

    others: list[Run] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def _write(self, run: Run, *, was_open: bool) -> None:
        if self.others:
            DynamoRunLedger(self.rows, self.counters, self.connection).note(self.others.pop())
        crash = self.crashes.pop() if self.crashes else ""
        if crash != "before":
            super()._write(run, was_open=was_open)
        if crash:
            raise StoreUnavailableError("no answer")


@pytest.fixture(scope="module")
def tables() -> Iterator[DynamoRunLedger]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        create_tables(boto3.client("dynamodb"))
        yield DynamoRunLedger.open_table(connect(), RUNS.name)


def emptied(ledger: DynamoRunLedger, **disturbed: list[Run] | list[str]) -> Disturbed:
    table = boto3.resource("dynamodb").Table(RUNS.name)
    for item in table.scan()["Items"]:
        table.delete_item(Key={"workflow": item["workflow"], "run": item["run"]})
    return Disturbed(ledger.rows, ledger.counters, ledger.connection, **disturbed)  # type: ignore[arg-type]  # by name


@settings(max_examples=25, deadline=None)
@given(
    said=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    others=st.lists(st.sampled_from(WORDS), max_size=4),
    crashes=st.lists(st.sampled_from(["", "before", "after"]), max_size=6),
)
def test_the_count_is_the_number_of_open_rows(
    tables: DynamoRunLedger, said: list[Run], others: list[Run], crashes: list[str]
) -> None:
    ledger = emptied(tables, others=[*others], crashes=[*crashes])
    expected: dict[tuple[str, str], Run] = {}
    for word in said:
        heard = len(ledger.others)
        while True:  # a queue says it again until it was taken
            try:
                ledger.note(word)
            except StoreUnavailableError:
                continue
            break
        for it in (word, *others[len(ledger.others) : heard]):
            key = (it.workflow, it.name)
            expected[key] = latest(expected.get(key), it)
    for workflow in WORKFLOWS:
        is_open = [it.status.is_open for it in expected.values() if it.workflow == workflow]
        assert ledger.count_open(workflow) == sum(is_open)
        assert len([*ledger.open(workflow, END)]) == sum(is_open)


def test_the_count_is_no_run(tables: DynamoRunLedger) -> None:
    ledger = emptied(tables)
    began = run()
    ledger.note(began)
    year = timedelta(days=365)
    assert [*ledger.started(began.workflow, NOW - year, NOW + year)] == [began]
    assert [*ledger.ended(began.workflow, NOW - year, NOW + year)] == []


def test_a_workflow_that_never_ran_has_no_open_runs(tables: DynamoRunLedger) -> None:
    assert emptied(tables).count_open("appointment-reminders") == 0


def test_a_word_that_others_are_always_in_the_way_of_is_not_lost_in_silence(tables: DynamoRunLedger) -> None:
    began = run()
    flapping = [
        replace(began, redrives=n, status=status, stopped_at=None if status.is_open else END)
        for n in range(4)
        for status in (RunStatus.RUNNING, RunStatus.FAILED)
    ]
    ledger = emptied(tables, others=[*reversed(flapping[1:])])
    last = replace(began, redrives=9, status=RunStatus.SUCCEEDED, stopped_at=END)
    with pytest.raises(ConcurrentChangeError):
        ledger.note(last)
    assert ledger.note(last) is True
    assert ledger.count_open(began.workflow) == 0

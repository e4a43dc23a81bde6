"""The run ledger on moto's DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import boto3
import pytest
from moto import mock_aws

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.runs import KEPT, DynamoRunLedger
from clinic.contracts.tables import RUNS
from clinic.domain.operations.runs import Retry, Run, RunStatus
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import run
from tests.fakes.stores.tables import create_tables

HOUR = timedelta(hours=1)
BEGAN = run(event_id="e-1", subjects={"reservationId": "r-17"})
FAILED = replace(
    BEGAN,
    status=RunStatus.FAILED,
    stopped_at=NOW + HOUR,
    error="InvalidEventError",
    reason="patientPhone: is missing",
    busy=timedelta(milliseconds=1234),
    transitions=3,
)
AGAIN = replace(BEGAN, redrives=1)
DONE = replace(
    AGAIN, status=RunStatus.SUCCEEDED, stopped_at=NOW + 2 * HOUR, busy=timedelta(seconds=2), transitions=5
)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoRunLedger]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield DynamoRunLedger.open_table(connect(), RUNS.name)


def known(store: DynamoRunLedger, which: Run = BEGAN) -> Run | None:
    return store.run(which.workflow, which.started_at, which.name)


@pytest.mark.parametrize("order", [*permutations([BEGAN, FAILED, AGAIN, DONE])])
def test_in_any_order_the_last_word_stays(store: DynamoRunLedger, order: tuple[Run, ...]) -> None:
    for word in (*order, *order):
        store.note(word)
    assert known(store) == DONE


@pytest.mark.parametrize("word", [BEGAN, FAILED, AGAIN, DONE])
def test_what_is_kept_is_what_was_said(store: DynamoRunLedger, word: Run) -> None:
    assert store.note(word) is True
    assert known(store) == word
    assert store.note(word) is False


def test_a_run_lies_in_the_index_of_how_it_stands_and_in_no_other(store: DynamoRunLedger) -> None:
    workflow, later = BEGAN.workflow, NOW + 3 * HOUR
    store.note(BEGAN)
    assert [*store.open(workflow, later)] == [BEGAN]
    assert store.count_open(workflow) == 1
    assert [*store.ended(workflow, NOW, later)] == []
    store.note(FAILED)
    assert [*store.open(workflow, later)] == []
    assert [*store.failed(workflow, NOW, later)] == [FAILED]
    assert [*store.ended(workflow, NOW, later)] == [FAILED]
    store.note(AGAIN)
    assert [*store.open(workflow, later)] == [AGAIN]
    assert [*store.failed(workflow, NOW, later)] == []
    assert [*store.ended(workflow, NOW, later)] == []
    store.note(DONE)
    assert [*store.ended(workflow, NOW, later)] == [DONE]
    assert [*store.failed(workflow, NOW, later)] == []


def test_runs_are_listed_by_time_to_the_millisecond_and_an_end_is_not_in_the_stretch(
    store: DynamoRunLedger,
) -> None:
    instants = [NOW + timedelta(milliseconds=n) for n in (0, 5, 999, 1000, 1001)]
    for instant in instants:
        store.note(run(name=f"x-{instant.timestamp()}", started_at=instant))
        done = run(name=f"y-{instant.timestamp()}", started_at=NOW - HOUR)
        store.note(replace(done, status=RunStatus.SUCCEEDED, stopped_at=instant))
    workflow = BEGAN.workflow
    for since in instants:
        for until in instants:
            expected = [it for it in instants if since <= it < until]
            assert [it.started_at for it in store.started(workflow, since, until)] == expected
            if since < until:
                assert [it.stopped_at for it in store.ended(workflow, since, until)] == expected


def test_the_row_of_an_ended_run_ends_by_itself_and_that_of_an_open_one_never(store: DynamoRunLedger) -> None:
    def expires_at() -> object:
        items = boto3.client("dynamodb").scan(TableName=RUNS.name)["Items"]
        (row,) = [it for it in items if "name" in it]
        return row.get(str(RUNS.ttl_attribute))

    store.note(BEGAN)
    assert expires_at() is None
    store.note(FAILED)
    assert expires_at() == {"N": str(int((NOW + KEPT).timestamp()))}
    store.note(AGAIN)
    assert expires_at() is None


STALE = NOW - HOUR


def test_of_two_who_would_try_a_run_again_one_may(store: DynamoRunLedger) -> None:
    store.note(FAILED)
    assert store.claim_retry(FAILED, NOW, STALE) is True
    assert store.claim_retry(FAILED, NOW, STALE) is False
    assert [*store.failed(FAILED.workflow, NOW, NOW + 3 * HOUR)] == [replace(FAILED, retry=Retry(NOW))]


def test_a_run_that_goes_on_is_no_longer_among_the_failed(store: DynamoRunLedger) -> None:
    store.note(FAILED)
    store.claim_retry(FAILED, NOW, STALE)
    store.note_retry(FAILED, "arn:again")
    assert [*store.failed(FAILED.workflow, NOW, NOW + 3 * HOUR)] == []
    assert [*store.ended(FAILED.workflow, NOW, NOW + 3 * HOUR)] == [
        replace(FAILED, retry=Retry(NOW, "arn:again"))
    ]
    assert store.claim_retry(FAILED, NOW + 3 * HOUR, NOW + 2 * HOUR) is False


def test_a_claim_that_came_to_nothing_counts_no_more_after_a_while(store: DynamoRunLedger) -> None:
    store.note(FAILED)
    store.claim_retry(FAILED, NOW, STALE)
    assert store.claim_retry(FAILED, NOW + HOUR, NOW) is False
    assert store.claim_retry(FAILED, NOW + HOUR, NOW + timedelta(milliseconds=1)) is True


def test_a_claim_that_was_given_back_is_to_be_had_again(store: DynamoRunLedger) -> None:
    store.note(FAILED)
    store.claim_retry(FAILED, NOW, STALE)
    store.release_retry(FAILED)
    assert known(store) == FAILED
    assert store.claim_retry(FAILED, NOW, STALE) is True


def test_a_run_that_is_no_longer_as_it_was_read_is_not_tried_again(store: DynamoRunLedger) -> None:
    for word in (FAILED, AGAIN):
        store.note(word)
    assert store.claim_retry(FAILED, NOW, STALE) is False


def test_a_run_that_failed_again_after_its_redrive_may_be_tried_again(store: DynamoRunLedger) -> None:
    store.note(FAILED)
    store.claim_retry(FAILED, NOW, STALE)
    failed_again = replace(FAILED, redrives=1, stopped_at=NOW + 2 * HOUR)
    store.note(failed_again)
    store.note_retry(FAILED, FAILED.arn)  # late: the run has failed again since
    assert [it.redrives for it in store.failed(FAILED.workflow, NOW, NOW + 3 * HOUR)] == [1]
    assert store.claim_retry(failed_again, NOW, STALE) is True

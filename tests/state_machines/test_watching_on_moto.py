"""workflow-health and workflow-analytics on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine

from clinic.adapters.dynamodb.base import bind, connect
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_to_row
from clinic.contracts.tables import MESSAGES
from clinic.contracts.workflows import WORKFLOW_ANALYTICS, WORKFLOW_HEALTH, Workflow
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, moto_machine
from tests.fakes.stores.aws import account
from tests.fakes.stores.rows import intent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SCHEDULED: dict[str, Any] = {
    "id": "e-1",
    "time": "2026-11-23T12:00:00Z",
    "detail-type": "Scheduled Event",
    "detail": {},
}


@contextmanager
def machine(
    monkeypatch: pytest.MonkeyPatch, workflow: Workflow, deaths: set[str]
) -> Iterator[tuple[MotoMachine, ModuleType]]:
    with (
        account(monkeypatch, "https://example.test", MOTO_CONFIG),
        time_machine.travel(NOON, tick=False) as clock,
        process(workflow.module) as function,
    ):
        die = lambda step, call: step in deaths  # noqa: E731 - what the machine asks for
        yield moto_machine(monkeypatch, workflow, function, clock, die=die), function


def put(*intents: Intent) -> None:
    rows = bind(IntentModel, MESSAGES.name, connect())
    for it in intents:
        intent_to_row(rows, it).save()


def overdue(number: int) -> Intent:
    """A notice of nothing in particular, that was of use until this morning."""
    return intent(
        id=IntentId(f"request#q-{number}", 1, "expired"),
        status=IntentStatus.PLANNED,
        due_at=NOON - timedelta(hours=number + 1),
        useful_until=NOON - timedelta(minutes=1),
        created_at=NOON - timedelta(days=1),
        updated_at=NOON - timedelta(days=1),
    )


def test_each_overdue_intent_is_handed_to_the_ledger_which_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(monkeypatch, WORKFLOW_HEALTH, set()) as (moto, _):
        put(overdue(1), overdue(2))
        run = moto.run(SCHEDULED)
        assert run.status == "SUCCEEDED", run
        assert run.calls == ["CheckHealth", "CatchUpIntent", "CatchUpIntent"]
        assert [it["status"] for it in run.output] == ["skipped", "skipped"]
        again = moto.run(SCHEDULED)
        assert (again.output, again.calls[3:]) == ([], ["CheckHealth"])


def test_an_intent_that_cannot_be_caught_up_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(monkeypatch, WORKFLOW_HEALTH, {"CatchUpIntent"}) as (moto, _):
        put(overdue(1), overdue(2))
        run = moto.run(SCHEDULED)
        assert run.status == "SUCCEEDED", run
        assert sorted(it["intentId"] for it in run.output) == [str(overdue(1).id), str(overdue(2).id)]
        assert all(it["error"] for it in run.output)


def test_three_days_are_rolled_up_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with machine(monkeypatch, WORKFLOW_ANALYTICS, set()) as (moto, _):
        run = moto.run(SCHEDULED)
        assert run.status == "SUCCEEDED", run
        assert run.calls == ["PlanRollUps", "RollUpDay", "RollUpDay", "RollUpDay", "CheckConsistency"]
        days = ["2026-11-21", "2026-11-22", "2026-11-23"]
        added_up = [{"day": day, "executions": 0} for day in days]
        assert run.output == {"days": added_up, "held": 0, "wrong": 0}

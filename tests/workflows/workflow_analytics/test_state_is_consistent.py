"""Slots, day sheets and reservations are held against each other every six hours, on the local stack."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import WORKFLOW_ANALYTICS
from tests.fakes.examples import NOW
from tests.workflows.cancelling import PLACE, CancellingStack, cancelling_stack


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[CancellingStack]:
    with cancelling_stack() as office:
        yield office


def check(office: CancellingStack) -> tuple[Any, list[str]]:
    """What a run finds now, and what it publishes of it."""
    before = len(office.stack.log_lines)
    office.stack.client("stepfunctions").start_execution(
        stateMachineArn=office.stack.outputs["WorkflowAnalyticsArn"], input="{}"
    )
    office.stack.advance(minutes=10)
    run = [it for it in office.stack.executions() if it.workflow == WORKFLOW_ANALYTICS.name][-1]
    assert run.status == "SUCCEEDED", run.cause
    lines = [line for line in office.stack.log_lines[before:] if '"StateConsistency":[' in line]
    return run.output, lines


def test_a_booking_agrees_with_itself(office: CancellingStack) -> None:
    office.book()
    office.stack.advance(minutes=1)
    found, published = check(office)
    assert (found["held"], found["wrong"]) == (1, 0)
    assert ['"StateConsistency":[100.0]' in line for line in published] == [True]


def test_a_place_whose_reservation_was_cancelled_behind_its_back_is_found(office: CancellingStack) -> None:
    office.book()
    office.stack.advance(minutes=1)
    office.mark("cancelled")
    found, published = check(office)
    assert (found["held"], found["wrong"]) == (1, 1)
    assert ['"StateConsistency":[0.0]' in line for line in published] == [True]
    (logged,) = (json.loads(line) for line in office.stack.log_lines if "state_inconsistent" in line)
    assert (logged["level"], logged["breach"]) == ("ERROR", "I3_booked_for_nobody")
    assert (logged["slot_id"], logged["other"]) == (PLACE.slot_id, "r-17")


def test_a_sheet_that_has_forgotten_a_place_is_found(office: CancellingStack) -> None:
    office.book()
    office.stack.advance(minutes=1)
    day = (NOW + timedelta(days=9)).date().isoformat()
    office.stack.client("dynamodb").delete_item(
        TableName=office.stack.outputs["SlotsTable"],
        Key={"profile_id": {"S": PLACE.profile_id}, "slot_id": {"S": f"day#{day}"}},
        ConditionExpression="attribute_exists(slot_id)",
    )
    assert check(office)[0]["wrong"] == 1


def test_where_nothing_is_held_nothing_is_published(office: CancellingStack) -> None:
    assert check(office) == ({"days": check(office)[0]["days"], "held": 0, "wrong": 0}, [])

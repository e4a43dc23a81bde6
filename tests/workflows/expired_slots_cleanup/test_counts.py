"""A night's cleanup counts what it freed: with a bad one among them, twice, after deaths."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import EXPIRED_SLOTS_CLEANUP, REQUEST_EXPIRATION, RESERVATION_REQUESTS
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.workflows.requested import SLOT, RequestsStack, dies, requests_stack

SLOTS = [slot(SLOT.start + timedelta(hours=number)) for number in range(3)]


@contextmanager
def three_left(faults: dict[str, Any] | None = None, *, concurrent: bool = False) -> Iterator[RequestsStack]:
    """Three pending requests whose time is up, and whose runs were stopped."""
    with requests_stack(faults=faults, concurrent=concurrent) as office:
        for number, each in enumerate(SLOTS):
            office.rows_of_bookings.put_slot(each)
            office.ask(f"q-{number}", slotId=each.slot_id)
        office.stack.advance(minutes=10)
        for run in office.runs(RESERVATION_REQUESTS):
            office.stack.stop(run.arn)
        office.stack.run_until(NOW + timedelta(days=2))
        yield office


def statistics(office: RequestsStack) -> dict[str, dict[str, str]]:
    """What was counted, by entry."""
    return {
        item["entry"]["S"]: {name: next(iter(value.values())) for name, value in _values(item).items()}
        for item in office.stack.items("StatisticsTable")
        if item["entry"]["S"].startswith("slot_cleanup")
    }


def _values(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["values"]["M"] if "values" in item else item
    return found


def spoil(office: RequestsStack, request_id: str) -> None:
    """A row that nobody can read."""
    office.stack.client("dynamodb").update_item(
        TableName=office.stack.outputs["RequestsTable"],
        Key={"request_id": {"S": request_id}},
        UpdateExpression="SET reminder_offsets = :bad",
        ExpressionAttributeValues={":bad": {"L": [{"S": "Paciente Ejemplo"}]}},
    )


def test_all_are_freed_and_counted() -> None:
    with three_left() as office:
        office.clean_up("2026-11-25")
        office.stack.run_until_idle()
        assert office.run(EXPIRED_SLOTS_CLEANUP).output["slotsCleaned"] == 3
        assert [office.places(each.slot_id) for each in SLOTS] == [{}, {}, {}]
        (counted,) = statistics(office).values()
        assert (counted["slots_cleaned"], counted["slots_failed"]) == ("3", "0")
        assert len(office.messages) == 3 + 6


def test_a_bad_one_does_not_stop_the_rest_and_fails_the_run_in_the_end() -> None:
    with three_left() as office:
        spoil(office, "q-1")
        office.clean_up("2026-11-25")
        office.stack.run_until_idle()
        run = office.run(EXPIRED_SLOTS_CLEANUP)
        assert (run.status, run.error) == ("FAILED", "SlotsLeftError")
        assert "1 of 3 slots of dr-1 could not be freed; 2 were" in str(run.cause)
        assert [office.places(each.slot_id) for each in SLOTS] == [{}, {"q-1": "pending"}, {}]
        (counted,) = statistics(office).values()
        assert (counted["slots_cleaned"], counted["slots_failed"]) == ("2", "1")
        assert "Paciente" not in "".join(office.stack.log_lines)


@pytest.mark.parametrize("concurrent", [False, True], ids=["one after the other", "side by side"])
def test_twice_at_once_each_is_freed_counted_and_told_once(concurrent: bool) -> None:
    with three_left(concurrent=concurrent) as office:
        for _ in range(2):
            office.clean_up("2026-11-25")
        office.stack.run_until_idle()
        cleaned = [run.output.get("slotsCleaned", 0) for run in office.runs(EXPIRED_SLOTS_CLEANUP)]
        expired = office.outcomes(REQUEST_EXPIRATION).count("expired")
        assert sum(cleaned) + expired == 3
        assert len(office.messages) == 3 + 6


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["FindExpiredRequests", "ExpireRequest", "RecordCleanup"])
def test_a_step_repeated_after_its_crash_counts_the_same(step: str, when: str) -> None:
    with three_left(dies(EXPIRED_SLOTS_CLEANUP, step, when)) as office:
        office.clean_up("2026-11-25")
        office.stack.run_until_idle()
        assert office.run(EXPIRED_SLOTS_CLEANUP).output["slotsCleaned"] == 3
        (counted,) = statistics(office).values()
        assert (counted["slots_cleaned"], counted["slots_failed"]) == ("3", "0")
        assert len(office.messages) == 3 + 6


def test_one_that_always_dies_is_left_for_the_next_night() -> None:
    with three_left(dies(EXPIRED_SLOTS_CLEANUP, "ExpireRequest", "before", times=2)) as office:
        office.clean_up("2026-11-25")
        office.stack.run_until_idle()
        cause = str(office.run(EXPIRED_SLOTS_CLEANUP).cause)
        assert "1 of 3 slots of dr-1 could not be freed; 2 were" in cause
        office.clean_up("2026-11-26")
        office.stack.run_until_idle()
        assert office.runs(EXPIRED_SLOTS_CLEANUP)[1].output["slotsCleaned"] == 1
        assert len(office.messages) == 3 + 6

"""The health check finds, publishes and mends."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytest

from clinic.contracts import metrics
from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.domain.messages.overdue import GRACE
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.operations.runs import RunStatus
from clinic.services.operations.health import MOST_OVERDUE, HealthCheck
from clinic.services.operations.run_recording import RunRecording
from clinic.services.operations.run_retrying import RunRetrying
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import (
    MemoryControl,
    MemoryInspector,
    MemoryRetries,
    MemoryRunLedger,
    description,
    run,
)
from tests.fakes.stores.rows import intent
from tests.fakes.workflow_ports import MemoryMeter

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Ward:
    """A health check over what tests put there."""

    open: list[Intent] = field(default_factory=list)
    undelivered: int = 0

    def __post_init__(self) -> None:
        self.store, self.inspector, self.meter = MemoryRunLedger(), MemoryInspector(), MemoryMeter()
        recording = RunRecording(self.store, self.inspector, self.meter, "citas-test-")
        quiet_hours = QuietHours(time(21), time(8))
        self.check = HealthCheck(self.store, recording, self, self, self.meter, quiet_hours)

    def due_before(self, instant: datetime, most: int) -> Sequence[Intent]:
        return [it for it in self.open if it.due_at <= instant][:most]

    def depth(self) -> int:
        return self.undelivered


@pytest.fixture
def ward() -> Ward:
    return Ward()


def waiting(**changes: object) -> Intent:
    """An intent that was due an hour ago, planned long before, and that nobody has touched."""
    plain: dict[str, object] = {"status": IntentStatus.PLANNED, "due_at": NOW - HOUR, "reason": None}
    plain |= {"updated_at": NOW - 24 * HOUR, "claimed_until": None}
    return replace(intent(), **{**plain, **changes})  # type: ignore[arg-type]  # fields by name


def test_a_failed_run_waits_until_it_is_retried_dropped_or_superseded(ward: Ward) -> None:
    failed, about = RunStatus.FAILED, {"reservationId": "r-1"}
    old = run(
        name="old", status=failed, started_at=NOW - 72 * HOUR, stopped_at=NOW - 71 * HOUR, subjects=about
    )
    new = run(name="new", status=failed, started_at=NOW - HOUR, stopped_at=NOW)
    for each in (new, old):
        ward.store.note(each)
    later = NOW + MINUTE
    assert [it.name for it in ward.check.waiting(later)] == ["old", "new"]
    retrying = RunRetrying(MemoryRetries(ward.store), MemoryControl())
    assert retrying.drop(new, later)
    assert not retrying.drop(new, later)
    assert [it.name for it in ward.check.waiting(later)] == ["old"]
    for name, began, is_left in (("before", NOW - 80 * HOUR, True), ("after", NOW - HOUR, False)):
        done = run(
            name=name, status=RunStatus.SUCCEEDED, started_at=began, stopped_at=NOW - MINUTE, subjects=about
        )
        ward.store.note(done)
        assert [it.name for it in ward.check.waiting(later)] == (["old"] if is_left else [])


def test_all_is_well_where_nothing_is_wrong(ward: Ward) -> None:
    health = ward.check.check(NOW)
    assert health.is_well
    assert (health.total_workflows, health.all_figures.success_rate) == (0, None)
    assert ward.meter.total(metrics.HEALTH_CHECK) == 100


def test_runs_are_counted_as_the_seed_counts_them(ward: Ward) -> None:
    done = run(status=RunStatus.SUCCEEDED, stopped_at=NOW - MINUTE, busy=timedelta(seconds=4))
    ward.store.note(done)
    ward.store.note(replace(done, name="x-2", status=RunStatus.FAILED, busy=timedelta(seconds=2)))
    ward.store.note(replace(done, name="x-3", status=RunStatus.ABORTED, busy=timedelta(seconds=3)))
    ward.store.note(replace(done, name="x-4", stopped_at=NOW - 2 * HOUR))
    ward.store.note(run(name="x-5", workflow="request-decisions"))
    health = ward.check.check(NOW)
    assert (health.total_workflows, health.active_workflows, health.failed_workflows) == (4, 1, 1)
    figures = health.all_figures
    assert (figures.average_execution_time, figures.success_rate) == (3, 50)
    assert ward.meter.total(metrics.ACTIVE_RUNS) == 1
    assert ward.meter.total(metrics.FAILED_RUNS) == 1


@pytest.mark.parametrize(
    ("found", "is_overdue"),
    [
        (waiting(), True),
        (waiting(due_at=NOW - GRACE + MINUTE), False),
        (waiting(due_at=NOW + HOUR), False),
        (waiting(reason="StoreUnavailableError", updated_at=NOW - MINUTE), False),
        (waiting(reason="StoreUnavailableError", updated_at=NOW - GRACE), True),
        (waiting(reason="whatsapp:131049", updated_at=NOW - 24 * HOUR), False),
        (waiting(reason="whatsapp:131049", updated_at=NOW - 25 * HOUR), True),
        (waiting(status=IntentStatus.SENDING, claimed_until=NOW - GRACE + MINUTE), False),
        (waiting(status=IntentStatus.SENDING, claimed_until=NOW - GRACE), True),
        (waiting(status=IntentStatus.UNKNOWN, updated_at=NOW - GRACE), False),
        (waiting(status=IntentStatus.UNKNOWN, updated_at=NOW - GRACE - 15 * MINUTE), True),
    ],
)
def test_an_intent_that_nobody_looks_after_is_overdue(ward: Ward, found: Intent, is_overdue: bool) -> None:
    ward.open = [found]
    health = ward.check.check(NOW)
    assert list(health.overdue) == ([found.id] if is_overdue else [])
    assert health.is_well is not is_overdue
    assert ward.meter.total(metrics.OVERDUE_INTENTS) == int(is_overdue)


@pytest.mark.parametrize("error", ["MessengerAccountError", "ConfigurationError"])
def test_a_message_that_waits_for_an_operator_is_told_at_once(ward: Ward, error: str) -> None:
    ward.open = [waiting(reason=error, updated_at=NOW - MINUTE)]
    health = ward.check.check(NOW)
    assert (health.held_up, health.overdue, health.is_well) == ([waiting().id], [], False)
    assert ward.meter.total(metrics.HEALTH_CHECK) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "MessengerUnavailableError"},
        {"reason": "whatsapp:131049"},
        {"reason": None},
        {"reason": "MessengerAccountError", "status": IntentStatus.SENDING, "claimed_until": NOW + MINUTE},
    ],
)
def test_what_passes_by_itself_waits_for_nobody(ward: Ward, changes: dict[str, object]) -> None:
    ward.open = [waiting(updated_at=NOW - MINUTE, **changes)]
    health = ward.check.check(NOW)
    assert (health.held_up, health.is_well) == ([], True)


@pytest.mark.parametrize(
    ("clock", "is_overdue"), [("20:59", True), ("21:00", False), ("08:29", False), ("08:30", True)]
)
def test_one_that_keeps_quiet_hours_is_not_overdue_while_it_may_wait_for_their_end(
    ward: Ward, clock: str, is_overdue: bool
) -> None:
    hour, minute = map(int, clock.split(":"))
    now = NOW.replace(hour=hour, minute=minute) + timedelta(days=1)
    ward.open = [waiting(time_zone="UTC")]
    assert bool(ward.check.check(now).overdue) is is_overdue


def test_a_run_that_is_open_for_too_long_is_stuck(ward: Ward) -> None:
    stuck = run(workflow="request-decisions", started_at=NOW - 30 * HOUR)
    ward.store.note(stuck)
    ward.store.note(run(name="x-2", workflow="request-decisions", started_at=NOW - HOUR))
    ward.store.note(run(name="x-3", started_at=NOW - 30 * HOUR))  # reminders may wait for weeks
    ward.inspector.descriptions[stuck.arn] = description(stuck)
    health = ward.check.check(NOW)
    assert [it.name for it in health.stuck] == [stuck.name]
    assert not health.is_well
    assert ward.meter.total(metrics.OLDEST_STUCK_RUN) == 30 * 3600


def test_an_end_that_nobody_heard_of_is_found_by_asking(ward: Ward) -> None:
    open_still = run(workflow="request-decisions", started_at=NOW - 30 * HOUR)
    ward.store.note(open_still)
    ended = replace(open_still, status=RunStatus.FAILED, stopped_at=NOW - 29 * HOUR, error="States.Timeout")
    ward.inspector.descriptions[open_still.arn] = description(ended)
    health = ward.check.check(NOW)
    assert health.is_well
    known = ward.store.run(ended.workflow, ended.started_at, ended.name)
    assert known is not None
    assert (known.status, known.stopped_at, known.error) == (ended.status, ended.stopped_at, "States.Timeout")


def test_a_run_that_step_functions_has_forgotten_is_open_no_longer(ward: Ward) -> None:
    ward.store.note(run(workflow="request-decisions", started_at=NOW - 100 * 24 * HOUR))
    assert ward.check.check(NOW).is_well
    assert ward.store.count_open("request-decisions") == 0


def test_events_in_the_dead_letter_queue_are_found(ward: Ward) -> None:
    ward.undelivered = 3
    assert ward.check.check(NOW).undelivered_events == 3


def test_a_look_changes_and_publishes_nothing(ward: Ward) -> None:
    ward.open = [waiting()]
    ward.store.note(run(workflow="request-decisions", started_at=NOW - 30 * HOUR))
    assert not ward.check.look(NOW).is_well
    assert (ward.meter.added, ward.inspector.asked) == ([], [])


def test_many_that_wait_for_a_day_do_not_hide_one_that_is_lost(ward: Ward) -> None:
    held_back = waiting(due_at=NOW - 2 * HOUR, reason="whatsapp:131049", updated_at=NOW - HOUR)
    ward.open = [held_back] * MOST_OVERDUE + [waiting()]
    assert ward.check.look(NOW).overdue == [waiting().id]
    ward.open = [waiting()] * (MOST_OVERDUE + 1)
    assert len(ward.check.look(NOW).overdue) == MOST_OVERDUE


def test_what_whatsapp_failed_in_passing_is_sent_again_and_is_no_lost_message(ward: Ward) -> None:
    again = waiting(reason="whatsapp:131000", retry_at=NOW, failed_messages=("wamid.1",), updated_at=NOW)
    ward.open = [again, replace(again, retry_at=NOW + MINUTE)]
    health = ward.check.check(NOW)
    assert (health.overdue, health.to_send_again, health.is_well) == ([], [again.id], True)
    ward.open = [replace(again, time_zone="America/Mexico_City")]
    assert ward.check.look(NOW.replace(hour=9)).to_send_again == []  # 03:00 there
    ward.open = [replace(again, updated_at=NOW - GRACE, retry_at=NOW - GRACE)]
    assert ward.check.look(NOW).overdue == [again.id]

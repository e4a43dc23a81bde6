"""Schedule expressions, and rules that have one, in virtual time."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.schedules import ScheduleExpressionError, parse_schedule
from tests.local.sample import ACCOUNT, START, allow, definition, role, sample_stack, schedule, task

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
WORK = definition({"Work": task("Work")})
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/nightly"


def _waits(seconds: int) -> dict[str, Any]:
    return definition({"Wait": {"Type": "Wait", "Seconds": seconds, "Next": "Work"}, "Work": task("Work")})


def _waits_if_scheduled(scheduled: int, otherwise: int) -> dict[str, Any]:
    chosen = f"{{% $exists($states.input.eventId) ? {scheduled} : {otherwise} %}}"
    return definition({"Wait": {"Type": "Wait", "Seconds": chosen, "Next": "Work"}, "Work": task("Work")})


# -- expressions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 0 * * ? *)", ["2026-11-24T00:00", "2026-11-25T00:00"]),
        ("cron(0 15 * * ? *)", ["2026-11-24T15:00", "2026-11-25T15:00"]),
        ("cron(1 15 * * ? *)", ["2026-11-23T15:01", "2026-11-24T15:01"]),
        ("cron(0/20 16-17 * * ? *)", ["2026-11-23T16:00", "2026-11-23T16:20"]),
        ("cron(*/40 * * * ? *)", ["2026-11-23T15:40", "2026-11-23T16:00"]),
        ("cron(30 9 ? * MON-FRI *)", ["2026-11-24T09:30", "2026-11-25T09:30"]),
        ("cron(0 0 ? * 1 *)", ["2026-11-29T00:00", "2026-12-06T00:00"]),
        ("cron(0 12 1,15 * ? *)", ["2026-12-01T12:00", "2026-12-15T12:00"]),
        ("cron(0 0 29 feb ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron(0 0 1 1 ? 2028)", ["2028-01-01T00:00", None]),
        ("rate(1 minute)", ["2026-11-23T15:01", "2026-11-23T15:02"]),
        ("rate(36 hours)", ["2026-11-25T03:00", "2026-11-26T15:00"]),
        ("rate(2 days)", ["2026-11-25T15:00", "2026-11-27T15:00"]),
    ],
)
def test_an_expression_names_these_times_next(expression: str, times: list[str | None]) -> None:
    found = parse_schedule(expression, START)
    instant = START
    for time in times:
        following = found.after(instant)
        assert (f"{following:%Y-%m-%dT%H:%M}" if following else None) == time
        instant = following or instant


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "expected cron"),
        ("every day", "expected cron"),
        ("rate(0 minutes)", "expected cron"),
        ("rate(5 seconds)", "expected cron"),
        ("rate(1 days)", "1 minute, but 2 minutes"),
        ("rate(2 day)", "1 minute, but 2 minutes"),
        ("cron(0 0 * * *)", "six fields"),
        ("cron(0 0 * * * *)", "exactly one of day and weekday"),
        ("cron(0 0 ? * ? *)", "exactly one of day and weekday"),
        ("cron(60 0 * * ? *)", "minutes: 60"),
        ("cron(0 24 * * ? *)", "hours: 24"),
        ("cron(0 0 LW * ? *)", "day: LW"),
        ("cron(0 0 ? * 2#1 *)", "weekday: 2#1"),
        ("cron(0 0 ? * FRI-MON *)", "runs backwards"),
        ("cron(0 0 * XXX ? *)", "month: XXX"),
        ("cron(0/0 0 * * ? *)", "minutes: 0/0"),
        ("cron(0 0 * * ? 1969)", "year: 1969"),
    ],
)
def test_an_expression_that_eventbridge_or_the_local_stack_does_not_take(
    expression: str, problem: str
) -> None:
    with pytest.raises(ScheduleExpressionError, match=problem):
        parse_schedule(expression, START)


# -- rules ------------------------------------------------------------------------------------------


def test_a_rule_fires_at_its_times_and_says_so_as_eventbridge_does(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, changes={"Night": schedule("cron(0 0 * * ? *)")}) as stack:
        stack.run_until(MIDNIGHT - timedelta(seconds=1))
        assert stack.executions() == []
        stack.run_until(MIDNIGHT + 2 * DAY)
        runs = stack.executions()
        assert [run.started_at for run in runs] == [MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY]
        assert {run.status for run in runs} == {"SUCCEEDED"}
        assert runs[0].input == {
            "eventId": runs[0].input["eventId"],
            "eventTime": "2026-11-24T00:00:00Z",
            "detailType": "Scheduled Event",
            "detail": {},
        }
        assert len({run.input["eventId"] for run in runs}) == 3


def test_a_target_without_a_transformer_gets_the_whole_event(tmp_path: Path) -> None:
    target = {"Id": "machine", "Arn": {"Ref": "Machine"}, "RoleArn": {"Fn::GetAtt": ["RuleRole", "Arn"]}}
    with sample_stack(tmp_path, WORK, changes={"Night": schedule("rate(1 hour)", Targets=[target])}) as stack:
        stack.advance(hours=1)
        (run,) = stack.executions()
        assert run.input == {
            "version": "0",
            "id": run.input["id"],
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": "2026-11-23T16:00:00Z",
            "region": "us-east-1",
            "resources": [RULE],
            "detail": {},
        }


def test_a_rule_whose_role_may_not_start_the_run_starts_none(tmp_path: Path) -> None:
    changes = {
        "RuleRole": role("events.amazonaws.com", allow("states:StartExecution", "arn:aws:states:*:*:other")),
        "Night": schedule("rate(1 day)"),
    }
    with sample_stack(tmp_path, WORK, changes=changes) as stack:
        stack.advance(days=1)
        assert stack.executions() == []
        (undelivered,) = stack.undelivered_events()
        assert (undelivered.code, undelivered.rule) == ("NO_PERMISSIONS", RULE)


@pytest.mark.parametrize("options", [{"schedules": ()}, {}], ids=["switched off", "disabled"])
def test_a_rule_that_is_off_does_not_fire(tmp_path: Path, options: dict[str, Any]) -> None:
    night = schedule("rate(1 hour)", State="ENABLED" if options else "DISABLED")
    with sample_stack(tmp_path, WORK, changes={"Night": night}, **options) as stack:
        stack.advance(days=2)
        assert stack.executions() == []
        assert stack.clock.pending == 0


def test_a_rule_that_is_disabled_or_deleted_later_fires_no_more(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, changes={"Night": schedule("rate(1 hour)")}) as stack:
        stack.advance(hours=2)
        stack.client("events").disable_rule(Name="nightly")
        stack.advance(hours=2)
        stack.client("events").enable_rule(Name="nightly")
        stack.advance(hours=1)
        stack.client("events").remove_targets(Rule="nightly", Ids=["machine"])
        stack.client("events").delete_rule(Name="nightly")
        stack.advance(hours=2)
        hours = [(run.started_at - START) / timedelta(hours=1) for run in stack.executions()]
        assert hours == [1, 2, 5]


def test_the_emulators_own_loop_which_runs_in_real_time_is_not_started(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, changes={"Night": schedule("rate(1 minute)")}):
        assert not [thread for thread in threading.enumerate() if thread.name == "eb-scheduler"]


# -- what "until idle" means ------------------------------------------------------------------------


def test_nobody_waits_for_a_schedule(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, changes={"Night": schedule("cron(0 0 * * ? *)")}) as stack:
        stack.run_until_idle()
        assert (stack.executions(), stack.clock.now()) == ([], START)
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert len(stack.executions()) == 1
        assert stack.clock.now() == START


def test_a_schedule_fires_while_anything_else_lies_ahead(tmp_path: Path) -> None:
    changes = {"Night": schedule("cron(0 0 * * ? *)")}
    with sample_stack(tmp_path, _waits_if_scheduled(1, 3 * 86400), changes=changes) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (first, *nightly) = stack.executions()
        assert first.stopped_at == stack.clock.now() == START + 3 * DAY
        assert [run.started_at for run in nightly] == [MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY]
        assert {run.status for run in nightly} == {"SUCCEEDED"}


def test_nobody_waits_for_the_waits_of_a_run_that_a_schedule_started(tmp_path: Path) -> None:
    changes = {"Night": schedule("cron(0 0 * * ? *)")}
    with sample_stack(tmp_path, _waits_if_scheduled(20 * 3600, 10 * 3600), changes=changes) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert [run.status for run in stack.executions()] == ["SUCCEEDED", "RUNNING"]
        assert stack.clock.now() == START + timedelta(hours=10)
        stack.run_until(MIDNIGHT + timedelta(hours=20))
        assert [run.status for run in stack.executions()] == ["SUCCEEDED", "SUCCEEDED"]
        assert stack.executions()[1].stopped_at == MIDNIGHT + timedelta(hours=20)


def test_neither_inside_a_map_side_by_side(tmp_path: Path) -> None:
    each = {"Type": "Map", "Items": [1, 2], "MaxConcurrency": 2, "ItemProcessor": _waits(3600), "End": True}
    changes = {"Night": schedule("rate(1 day)")}
    with sample_stack(tmp_path, definition({"Each": each}), changes=changes) as stack:
        stack.run_until(START + DAY)
        stack.run_until_idle()
        assert stack.clock.now() == START + DAY
        stack.advance(hours=1)
        assert [run.status for run in stack.executions()] == ["SUCCEEDED"]


def test_a_try_again_of_a_run_that_a_schedule_started_is_waited_for(tmp_path: Path) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60, "MaxAttempts": 2, "BackoffRate": 1}
    machine = definition({"Fail": task("Fail", Retry=[retry], End=True)})
    with sample_stack(tmp_path, machine, changes={"Night": schedule("rate(1 day)")}) as stack:
        stack.run_until(START + DAY)
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.stopped_at) == ("FAILED", START + DAY + timedelta(minutes=2))


def test_a_stopped_run_that_a_schedule_started_leaves_nothing_behind(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _waits(3600), changes={"Night": schedule("rate(1 day)")}) as stack:
        stack.run_until(START + DAY)
        stack.stop(stack.executions()[0].arn)
        stack.run_until_idle()
        assert stack.executions()[0].status == "ABORTED"
        assert stack.clock.pending == 1, "the next tick"


def test_the_same_run_again_is_the_same(tmp_path: Path) -> None:
    def run() -> list[Any]:
        changes = {"Night": schedule("rate(5 hours)")}
        with sample_stack(tmp_path, _waits_if_scheduled(7 * 3600, 86400), changes=changes) as stack:
            stack.publish("sample/created", {})
            stack.run_until_idle()
            return [(run.arn, run.input_text, run.output_text, run.stopped_at) for run in stack.executions()]

    assert run() == run()

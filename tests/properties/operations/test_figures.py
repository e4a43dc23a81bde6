"""Figures add up: a day is the sum of its hours, in whatever parts it is counted."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.operations.clinic_figures import ClinicFigures, of_intent, of_statistic, total
from clinic.domain.operations.run_figures import RunFigures, figures_of
from clinic.domain.operations.runs import Run, RunStatus
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.operations.analytics import DayFigures
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import run
from tests.fakes.stores.rows import intent

ERRORS = ("InvalidEventError", "StoreUnavailableError", None)


@st.composite
def runs(draw: st.DrawFn) -> list[Run]:
    """Runs that ended or did not."""
    return [
        run(
            name=f"x-{number}",
            workflow=draw(st.sampled_from(["a", "b"])),
            status=draw(st.sampled_from(RunStatus)),
            error=draw(st.sampled_from(ERRORS)),
            busy=draw(st.none() | st.timedeltas(timedelta(), timedelta(hours=1))),
        )
        for number in range(draw(st.integers(0, 20)))
    ]


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """A message that was due."""
    kind = draw(st.sampled_from(["confirmation", "reminder_24h", "dose_x", "cancellation"]))
    sent = draw(st.none() | st.timedeltas(timedelta(), timedelta(hours=2)))
    due = intent(status=draw(st.sampled_from(IntentStatus)))
    return intent(
        id=IntentId("reservation#r-17", draw(st.integers(1, 2)), kind),
        status=due.status,
        sent_at=due.due_at + sent if sent is not None else None,
    )


@st.composite
def statistics(draw: st.DrawFn) -> Statistic:
    """Something that was done."""
    values: dict[str, str | int] = {
        "slots_generated": draw(st.integers(0, 50)),
        "cancelled_by": draw(st.sampled_from(["patient", "doctor"])),
        "reason_given": draw(st.sampled_from(["yes", "no"])),
        "slot_id": draw(st.sampled_from(["", "s-1", "s-2"])),
    }
    return Statistic(draw(st.sampled_from(StatisticKind)), "x", NOW, values)


@given(runs(), st.integers(0, 20))
def test_the_figures_of_runs_are_the_sum_of_those_of_any_two_parts(all_runs: list[Run], cut: int) -> None:
    assert figures_of(all_runs) == figures_of(all_runs[:cut]) + figures_of(all_runs[cut:])


@given(runs())
def test_each_run_that_ended_counts_once_and_no_other(all_runs: list[Run]) -> None:
    figures = figures_of(all_runs)
    ended = [it for it in all_runs if not it.status.is_open]
    failed = [it for it in ended if it.status in {RunStatus.FAILED, RunStatus.TIMED_OUT}]
    assert figures.executions == len(ended)
    assert figures.errors == Counter(it.error or "unknown" for it in failed)
    refused = [it for it in failed if it.error == "InvalidEventError"]
    assert figures.refused == len(refused)
    settled = [it for it in ended if it.status is not RunStatus.ABORTED and it not in refused]
    expected = 100 * (len(settled) - len(failed) + len(refused)) / len(settled) if settled else None
    assert figures.success_rate == expected
    times = [it.busy.total_seconds() for it in ended if it.busy is not None]
    average = figures.average_execution_time
    assert (average is None) is (not times)
    assert average is None or abs(average - sum(times) / len(times)) < 1e-6


@given(st.lists(intents(), max_size=20), st.integers(0, 20))
def test_the_figures_of_messages_are_the_sum_of_their_parts(due: list[Intent], cut: int) -> None:
    one, other = (total(of_intent(it, NOW) for it in part) for part in (due[:cut], due[cut:]))
    assert total(of_intent(it, NOW) for it in due) == one + other


@given(st.lists(intents(), max_size=20))
def test_reminders_are_messages_and_what_arrived_or_was_late_was_due(due: list[Intent]) -> None:
    figures = total(of_intent(it, NOW) for it in due)
    reminders = [it for it in due if it.kind == "reminder_24h"]
    late = [it for it in reminders if it.sent_at and it.sent_at - it.due_at > timedelta(minutes=5)]
    assert figures.reminders_sent == sum(it.sent_at is not None for it in reminders)
    assert figures.reminders_late == len(late) <= figures.reminders_sent <= figures.messages_sent
    assert figures.reminders_delivered <= figures.messages_delivered


@given(st.lists(statistics(), max_size=20), st.integers(0, 20))
def test_the_figures_of_what_was_done_are_the_sum_of_their_parts(done: list[Statistic], cut: int) -> None:
    full = frozenset({"s-1"})
    one, other = (total(of_statistic(it, full) for it in part) for part in (done[:cut], done[cut:]))
    whole = total(of_statistic(it, full) for it in done)
    assert whole == one + other
    cancelled = [it for it in done if it.kind is StatisticKind.CANCELLATION]
    assert whole.cancellations == len(cancelled) == sum(whole.cancellation_reasons.values())
    assert whole.slots_refilled == sum(it.values["slot_id"] == "s-1" for it in cancelled)
    assert whole.slots_refilled <= whole.slots_freed


@given(runs(), runs())
def test_days_add_up_workflow_by_workflow(one: list[Run], other: list[Run]) -> None:
    def day(of: list[Run]) -> DayFigures:
        return DayFigures({name: figures_of(it for it in of if it.workflow == name) for name in "ab"})

    both = day(one) + day(other)
    assert both == day(one + other)
    assert sum(both.runs.values(), RunFigures()) == figures_of(one + other)
    assert both.clinic == ClinicFigures()

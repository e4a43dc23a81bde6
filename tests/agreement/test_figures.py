"""A rate is one figure: metrics, `citas analytics`, `citas run` and `citas kpi` give the same."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.channels.failures import reason_of
from clinic.channels.whatsapp import WHATSAPP
from clinic.contracts.metrics import EVENTS_REFUSED, MESSAGES_FAILED, MESSAGES_UNREACHABLE, RUN_SUCCESS
from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from clinic.domain.errors import REFUSALS, is_refusal
from clinic.domain.messages.arrivals import Verdict, verdict
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason
from clinic.domain.operations.clinic_figures import of_intent, total
from clinic.domain.operations.run_figures import figures_of
from clinic.domain.operations.runs import Run, RunStatus
from clinic.services.messages.message_counts import count_change
from clinic.services.operations.run_recording import RunRecording
from console.kpi.kpis import kpis
from console.output.kpis import KpiRow
from tests.console.audit.evidence import run as run_row
from tests.console.show.test_kpis import message, result
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import MemoryInspector, MemoryRunLedger, run
from tests.fakes.stores.rows import intent
from tests.fakes.workflow_ports import MemoryMeter

MINUTES = st.integers(-40, 40).map(lambda minutes: timedelta(minutes=minutes))
REASONS = [*Reason, "whatsapp:131026", "whatsapp:131000", "whatsapp:131047", "retries_exhausted:x", None]
# What was left undone after a part was done, and what never ended.
FAILURES = ("RefundRefusedError", "RefundNotMadeError", "DoctorNotToldError", "States.Timeout")
STATUSES = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.RUNNING]


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """A message that was due, or is not yet; perhaps it never left."""
    due = NOW + draw(MINUTES)
    return intent(
        id=IntentId("reservation#r-17", 1, draw(st.sampled_from(["confirmation", "reminder_24h", "dose_x"]))),
        status=draw(st.sampled_from(IntentStatus)),
        reason=draw(st.sampled_from(REASONS)),
        due_at=due,
        sent_at=draw(st.none() | st.just(due)),
    )


def figures(**changes: object) -> dict[str, KpiRow]:
    report = kpis(result(until=NOW, complete=False, **changes), DEFAULT_QUIET_HOURS)
    return {row.name: row for row in report.figures}


@given(st.lists(intents(), max_size=12))
def test_the_delivery_rates_are_the_same_of_reminders_and_of_all_messages(due: list[Intent]) -> None:
    told = message(99, status="superseded")  # so that there is a webhook at all
    rows = [
        message(
            number,
            kind=it.kind,
            status=it.status.value,
            reason=it.reason,
            due_at=it.due_at,
            sent_at=it.sent_at,
        )
        for number, it in enumerate(due)
    ]
    console, clinic = figures(messages=[told, *rows]), total(of_intent(it, NOW) for it in due)
    for name, part, whole in (
        ("reminder_delivery", clinic.reminders_delivered, clinic.reminders_wanted),
        ("message_delivery", clinic.messages_delivered, clinic.messages_wanted),
    ):
        assert (console[name].part, console[name].whole) == (part, whole)


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from([*sorted(REFUSALS), *FAILURES]))))
def test_the_success_rate_is_the_same_of_metrics_analytics_and_console(
    ended: list[tuple[RunStatus, str]],
) -> None:
    store, meter = MemoryRunLedger(), MemoryMeter()
    recording = RunRecording(store, MemoryInspector(), meter, "citas-dev-")
    runs: list[Run] = []
    for number, (status, error) in enumerate(ended):
        failed = error if status.is_failed else None
        runs.append(run(name=f"x-{number}", status=status, error=failed, stopped_at=NOW))
        recording.keep(runs[-1])
    rows = [
        run_row(name=it.name, event_id=f"e-{it.name}", status=it.status.value, error=it.error) for it in runs
    ]
    console, own = figures(executions=rows)["run_success"], figures_of(runs)
    assert (console.part, console.whole) == (own.succeeded, own.succeeded + own.failed)
    published = [value for name, value, _ in meter.added if name == RUN_SUCCESS.name]
    assert published == [100.0 * (it.status is RunStatus.SUCCEEDED) for it in runs if _is_counted(it)]
    assert meter.total(EVENTS_REFUSED) == own.refused == console.left_out.get("refused their event", 0)


@pytest.mark.parametrize("error", FAILURES)
def test_a_run_that_did_only_a_part_has_failed_and_refused_nothing(error: str) -> None:
    assert not is_refusal(error)


def _is_counted(ended: Run) -> bool:
    return not ended.status.is_open and ended.error not in REFUSALS


@pytest.mark.parametrize("code", sorted(WHATSAPP.meanings))
def test_who_can_t_be_reached_is_the_same_for_counters_and_rates(code: int) -> None:
    failed = intent(status=IntentStatus.FAILED, reason=reason_of(WHATSAPP.name, code))
    meter = MemoryMeter()
    count_change(meter, intent(status=IntentStatus.SENT), failed)
    is_left_out = verdict(failed, NOW) is Verdict.UNREACHABLE
    assert meter.total(MESSAGES_UNREACHABLE) == is_left_out
    assert meter.total(MESSAGES_FAILED) == (not is_left_out)


def test_what_never_left_counts_against_both() -> None:
    never_left = intent(status=IntentStatus.FAILED, reason="retries_exhausted:x")
    clinic = of_intent(never_left, never_left.due_at + timedelta(hours=1))
    assert (clinic.reminder_delivery_rate, clinic.message_delivery_rate) == (0, 0)

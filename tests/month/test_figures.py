"""The nine KPIs of a month, by results and stacks made by hand."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.kpis import KPIS
from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from clinic.domain.instants import to_sortable_text
from console.kpi.kpis import kpis
from console.kpi.month_events import START
from console.kpi.month_figures import failures, nine_figures
from console.kpi.month_hours import FIRST_DAY, Doctor, Place
from console.kpi.month_watch import MonthWatch, SlotCheck, times_at_work
from console.output.bookings import RequestRow
from console.output.month import KpiFigure
from console.output.result import AuditRow, Violation
from console.output.rows import EventRow, FailedEventRow, InvocationRow
from console.run.stack import StackRequest
from tests.console import fake_stack
from tests.console.audit.evidence import BOOKED, run
from tests.console.fake_stack import FakeStack
from tests.console.show.test_kpis import message, result

DOCTOR = Doctor("dra-00", "America/Tijuana", 9, 17, 30, 10, 2)
SECOND = timedelta(seconds=1)


def measured(
    slots: SlotCheck | None = None, at_work: dict[str, float] | None = None, **changes: Any
) -> dict[str, KpiFigure]:
    left = result(**changes)
    left = left.model_copy(update={"kpis": kpis(left, DEFAULT_QUIET_HOURS)})
    watch = MonthWatch((DOCTOR,), 7, slots or SlotCheck(), at_work or {})
    return {figure.name: figure for figure in nine_figures(left, watch)}


def event(number: int) -> EventRow:
    return EventRow(
        event_id=f"e-{number}",
        at=BOOKED,
        source="x",
        detail_type="appointment/created",
        line=number,
        reservation_id=f"r-{number}",
        request_id=None,
        profile_id=None,
    )


def failed_event(number: int, where: str) -> FailedEventRow:
    return FailedEventRow.model_validate(
        {"line": number, "event_id": f"e-{number}", "detail_type": "x", "where": where, "reason": "x"}
    )


def invocation(number: int, status: str, error: str | None = None) -> InvocationRow:
    return InvocationRow(
        at=BOOKED,
        function="f",
        step="SendReminder",
        execution=f"run-{number}",
        status=status,
        error=error,
        cold=False,
    )


def runs(*statuses: str, error: str | None = None) -> list[Any]:
    """A run for each event: ``run-1`` of ``e-1``."""
    return [
        run(name=f"run-{number}", event_id=f"e-{number}", status=status, error=error)
        for number, status in enumerate(statuses, start=1)
    ]


def request(status: str, seconds: float) -> RequestRow:
    """One that was closed so long after its time."""
    until = BOOKED + timedelta(hours=6)
    closed = until + timedelta(seconds=seconds)
    return RequestRow(
        request_id="q-1", status=status, reservation_id="q-1", expires_at=until, updated_at=closed
    )


def audit(*breaches: str) -> list[AuditRow]:
    return [
        AuditRow(
            id=name,
            title="x",
            status="violated" if name in breaches else "holds",
            checked=10,
            violations=[Violation(ids=["r-1"], detail="x")] if name in breaches else [],
            open=[],
            note=None,
        )
        for name in ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8")
    ]


def test_there_is_a_figure_for_each_kpi_and_of_nothing_none_is_met() -> None:
    figures = measured()

    assert list(figures) == [kpi.name for kpi in KPIS]
    assert {(figure.value, figure.is_met) for figure in figures.values()} == {(None, False)}


def test_busy_time_is_the_average_of_the_runs_that_ended() -> None:
    ended = runs("SUCCEEDED", "FAILED", "RUNNING")
    ended[2] = ended[2].model_copy(update={"stopped_at": None})
    figure = measured(executions=ended, at_work={"run-1": 1.0, "run-2": 5.0, "run-3": 99.0})["execution-time"]

    assert (figure.value, figure.whole, figure.is_met) == (3.0, 2, True)
    assert not measured(executions=ended[:1], at_work={"run-1": 30.0})["execution-time"].is_met


def test_a_pause_between_two_tries_is_work_and_a_wait_between_two_steps_is_none() -> None:
    at = [BOOKED, BOOKED + 4 * SECOND, BOOKED + 3600 * SECOND]
    steps = [
        fake_stack.invocation(at[0], "SendReminder", "run-1", "died", seconds=0.25),
        fake_stack.invocation(at[1], "SendReminder", "run-1", seconds=0.25),
        fake_stack.invocation(at[2], "SendReminder", "run-1", seconds=0.5),
        fake_stack.invocation(at[2], None, None, seconds=9.0),
    ]
    assert times_at_work(steps) == {"run-1": 5.0}


@pytest.mark.parametrize(("wrong", "is_met"), [(0, True), (9, True), (10, False), (2000, False)])
def test_slots_are_right_in_more_than_99_of_100_cases(wrong: int, is_met: bool) -> None:
    assert measured(SlotCheck(expected=1000, wrong=wrong))["slot-accuracy"].is_met is is_met


@pytest.mark.parametrize(
    ("status", "seconds", "value", "is_met"),
    [
        ("expired", 0, 0.0, True),
        ("expired", 299, 299.0, True),
        ("expired", 300, 300.0, False),
        ("approved", 4000, None, False),
        ("declined", -60, None, False),
    ],
)
def test_the_slowest_expiration_counts(
    status: str, seconds: float, value: float | None, is_met: bool
) -> None:
    figure = measured(requests=[request(status, seconds)])["expiration-handling"]

    assert (figure.value, figure.is_met) == (value, is_met)


def test_a_request_that_nobody_has_closed_counts_up_to_the_end() -> None:
    figure = measured(requests=[request("pending", 0)])["expiration-handling"]

    assert (figure.value or 0) > 86_400


def test_an_event_is_served_if_all_its_runs_end_well() -> None:
    listed = [event(number) for number in range(1, 6)]
    ended = runs("SUCCEEDED", "FAILED", "RUNNING", "SUCCEEDED")
    ended += [run(name="again", event_id="e-4", status="FAILED", error="StoreUnavailableError")]
    figure = measured(events=listed, executions=ended, events_failed=[failed_event(5, "dlq")])["availability"]

    assert (figure.part, figure.whole) == (1, 4)
    assert figure.left_out == {"their runs go on": 1}


def test_an_event_that_is_refused_was_served_and_its_run_needs_no_recovery() -> None:
    refused = runs("FAILED", error="SlotNotAvailableError")
    figures = measured(
        events=[event(1)],
        executions=refused,
        events_failed=[failed_event(1, "execution")],
        lambda_invocations=[invocation(1, "failed", "SlotNotAvailableError")],
    )

    assert (figures["availability"].part, figures["availability"].whole) == (1, 1)
    assert figures["error-recovery"].whole == 0


def test_what_was_not_served_is_listed_and_what_was_refused_is_not() -> None:
    ended = runs("FAILED", error="StoreUnavailableError")
    ended += [run(name="run-2", event_id="e-2", status="FAILED", error="SlotNotAvailableError")]
    listed = [failed_event(1, "execution"), failed_event(2, "execution"), failed_event(3, "dlq")]
    listed += [failed_event(4, "refused")]

    assert failures(result(executions=ended, events_failed=listed)) == [listed[0], listed[2]]


@pytest.mark.parametrize("status", ["died", "failed", "throttled"])
def test_a_run_has_recovered_if_it_ended_well_after_a_mishap(status: str) -> None:
    mishaps = [
        invocation(1, status),
        invocation(2, status),
        invocation(3, status),
        invocation(4, "succeeded"),
    ]
    ended = runs("SUCCEEDED", "FAILED", "RUNNING", "SUCCEEDED")
    figure = measured(executions=ended, lambda_invocations=mishaps)["error-recovery"]

    assert (figure.part, figure.whole, figure.is_met) == (1, 2, False)
    assert figure.left_out == {"not ended yet": 1}


def test_one_breach_of_the_state_is_too_much() -> None:
    assert measured(audit=audit())["state-consistency"].is_met
    assert measured(audit=audit("I4", "I8"))["state-consistency"].is_met
    for name in ("I1", "I2", "I3", "I5", "I6", "I7"):
        assert measured(audit=audit(name))["state-consistency"].value == 0


def test_delivery_and_success_are_those_of_citas_run() -> None:
    figures = measured(
        messages=[message(1), message(2, status="sent", delivered_at=None)], executions=runs("FAILED")
    )

    assert figures["reminder-delivery"].value == figures["message-success"].value == 50
    assert figures["success-rate"].value == 0


class TestLookingAtSlots:
    """A watch on a stack whose slots lie there by hand."""

    def seen(self, *, without: int = 0, **changes: Any) -> SlotCheck:
        stack = FakeStack(StackRequest(start=START))
        starts = [
            start for number in range(1, 31) for start in DOCTOR.starts(FIRST_DAY + timedelta(days=number))
        ]
        for start in starts[without:]:
            place = Place(DOCTOR, start)
            row = {
                "profile_id": DOCTOR.profile_id,
                "slot_id": place.slot_id,
                "start": to_sortable_text(start),
                "end": to_sortable_text(start + timedelta(minutes=30)),
                "buffer_until": to_sortable_text(start + timedelta(minutes=40)),
                "capacity": 2,
            }
            stack.tables["slots"][DOCTOR.profile_id, place.slot_id] = row | changes
        stack.tables["slots"][DOCTOR.profile_id, "day#2026-10-13"] = {"profile_id": "x", "slot_id": "day#x"}
        watch = MonthWatch((DOCTOR,), 7)
        watch.look(stack, 0)
        assert watch.slots.expected == len(starts) > 200
        return watch.slots

    def test_all_are_right(self) -> None:
        assert self.seen().wrong == 0

    def test_one_is_missing(self) -> None:
        assert self.seen(without=1).wrong == 1

    def test_each_is_misshapen(self) -> None:
        seen = self.seen(capacity=1)
        assert seen.wrong == seen.expected

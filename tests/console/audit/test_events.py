"""I8: each way in which an event can disappear is found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.audit.events import check_events
from console.audit.evidence import Evidence
from console.audit.invariants import INVARIANTS, audit
from console.output.bookings import ReservationRow
from console.output.people import PrescriptionRow
from console.output.rows import ExecutionRow, FailedEventRow, Where
from tests.console.audit import bookings
from tests.console.audit.bookings import request
from tests.console.audit.evidence import BOOKED, VISIT, calm, publication, run


def failed(where: Where, **changes: object) -> FailedEventRow:
    row = {
        "line": 1,
        "event_id": "e-1",
        "detail_type": "appointment/created",
        "where": where,
        "reason": "why",
    }
    return FailedEventRow.model_validate(row | changes)


def breach(evidence: Evidence) -> tuple[list[str], str]:
    violations = check_events(evidence).violations
    assert len(violations) == 1, violations
    return violations[0].ids, violations[0].detail


def test_an_event_whose_run_ended_well_holds() -> None:
    findings = check_events(calm())

    assert (findings.violations, findings.open, findings.checked) == ([], [], 1)


def test_an_event_that_is_in_no_run_and_no_queue_is_found() -> None:
    ids, detail = breach(calm(executions=[]))

    assert ids == ["line 1", "e-1"]
    assert "is in no run and no DLQ" in detail


def test_an_event_in_a_dead_letter_queue_has_not_disappeared() -> None:
    assert check_events(calm(executions=[], events_failed=[failed("dlq")])).violations == []


def test_an_event_whose_run_failed_and_is_listed_has_not_disappeared() -> None:
    evidence = calm(executions=[run(status="FAILED")], events_failed=[failed("execution")])

    assert check_events(evidence).violations == []


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_failed_run_that_is_not_listed_is_found(status: str) -> None:
    ids, detail = breach(calm(executions=[run(status=status)]))

    assert ids == ["line 1", "run-1"]
    assert "not among the failed events" in detail


def test_a_run_that_never_ended_is_found_but_open_when_cut_short() -> None:
    running = [run(status="RUNNING", stopped_at=None)]

    assert breach(calm(executions=running)) == (["line 1", "run-1"], "its run never ended")
    assert check_events(calm(executions=running, complete=False)).open == ["line 1"]


def test_an_event_that_is_late_is_open_until_it_should_have_come() -> None:
    late = [publication(expected_by=BOOKED + timedelta(hours=3))]
    before = calm(publications=late, executions=[], complete=False, end=BOOKED + timedelta(hours=1))
    after = calm(publications=late, executions=[], complete=False, end=VISIT)

    assert (check_events(before).violations, check_events(before).open) == ([], ["line 1"])
    assert breach(after)[0] == ["line 1", "e-1"]


def test_a_refused_event_must_be_listed() -> None:
    refused = [publication(event_id=None, refusal="MalformedDetail")]

    assert (
        breach(calm(publications=refused, executions=[]))[1]
        == "refused by the bus, but not among the failed events"
    )
    listed = calm(publications=refused, executions=[], events_failed=[failed("refused", event_id=None)])
    assert check_events(listed).violations == []


def test_a_failure_without_a_reason_is_found() -> None:
    evidence = calm(executions=[], events_failed=[failed("dlq", reason="")])

    assert breach(evidence) == (["e-1"], "failed without a reason")


def test_an_event_that_citas_put_itself_counts_like_any_other() -> None:
    own = publication(line=None, event_id="e-2", source="citas")
    its_run = run(name="run-2", event_id="e-2", line=None)

    assert check_events(calm(publications=[publication(), own], executions=[run(), its_run])).violations == []
    ids, detail = breach(calm(publications=[publication(), own]))
    assert ids == ["event e-2", "e-2"]
    assert "is in no run and no DLQ" in detail


def test_a_run_of_a_schedule_belongs_to_no_event_and_may_still_wait() -> None:
    nightly = run(
        workflow="nightly-fan-out",
        name="nightly",
        event_id="tick",
        line=None,
        status="RUNNING",
        stopped_at=None,
    )

    assert check_events(calm(executions=[run(), nightly])).violations == []


def stopped(**changes: object) -> ExecutionRow:
    return run(status="ABORTED", cause="the reservation was cancelled", **changes)


@pytest.mark.parametrize("changes", [{"status": "cancelled"}, {"status": "rescheduled"}, {"version": 2}])
def test_a_run_of_reminders_is_stopped_on_purpose_once_its_reservation_is_off(
    changes: dict[str, object],
) -> None:
    row = {"reservation_id": "r-1", "status": "confirmed", "version": 1, "appointment_time": VISIT} | changes

    assert check_events(calm(executions=[stopped()], reservations=[row_of(row)])).violations == []


def test_a_run_that_was_stopped_while_its_reservation_stands_is_found() -> None:
    row = {"reservation_id": "r-1", "status": "confirmed", "version": 1, "appointment_time": VISIT}
    evidence = calm(executions=[stopped()], reservations=[row_of(row)])

    assert breach(evidence)[1] == "its run failed, but it is not among the failed events"
    listed = replace(evidence, events_failed=[failed("execution")])
    assert check_events(listed).violations == []


def test_a_run_that_was_stopped_without_a_reason_is_found() -> None:
    row = {"reservation_id": "r-1", "status": "cancelled", "version": 1, "appointment_time": VISIT}

    assert breach(calm(executions=[run(status="ABORTED")], reservations=[row_of(row)]))[0] == [
        "line 1",
        "run-1",
    ]


@pytest.mark.parametrize(("status", "is_fine"), [("approved", True), ("declined", True), ("pending", False)])
def test_a_run_that_waits_for_an_answer_is_stopped_on_purpose_once_there_is_one(
    status: str, is_fine: bool
) -> None:
    waiting = stopped(workflow="reservation-requests", request_id="q-1")
    evidence = calm(executions=[waiting], requests=[request("q-1", status=status)])

    assert (check_events(evidence).violations == []) is is_fine


def test_a_run_of_doses_is_stopped_on_purpose_once_its_prescription_says_so() -> None:
    asleep = stopped(workflow="medication-reminders", name="run-1", reservation_id=None)
    row = PrescriptionRow(prescription_id="p-1", status="stopped", version=1, earlier_runs=["run-1"])
    assert check_events(calm(executions=[asleep], prescriptions=[row])).violations == []
    other = row.model_copy(update={"earlier_runs": ["run-2"]})
    assert breach(calm(executions=[asleep], prescriptions=[other]))


def test_a_run_that_has_nothing_to_wait_for_is_never_stopped_on_purpose() -> None:
    assert breach(calm(executions=[stopped(workflow="appointment-cancellation")]))[0] == ["line 1", "run-1"]


def row_of(values: dict[str, object]) -> ReservationRow:
    return ReservationRow.model_validate(values)


def test_the_audit_has_a_row_for_each_invariant_and_says_what_is_not_applicable() -> None:
    rows = {row.id: row for row in audit(calm())}

    assert list(rows) == ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"] == [i.id for i in INVARIANTS]
    assert {row.id for row in rows.values() if row.status == "holds"} == {"I4", "I8"}
    assert {row.status for row in audit(bookings.calm())[:3]} == {"holds"}
    assert all(row.note for row in rows.values() if row.status == "not_applicable")


def test_a_breach_makes_its_row_violated_and_leaves_the_others() -> None:
    rows = {row.id: row.status for row in audit(calm(executions=[]))}

    assert (rows["I4"], rows["I8"]) == ("holds", "violated")

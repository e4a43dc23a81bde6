"""A prescription is stopped: from then on nobody is reminded, in whatever order the events come."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.prescribing import EIGHT_HOURLY, PrescriptionsStack, dies, prescriptions_stack

A_DAY_LATER = NOW + timedelta(days=1)
BEFORE = [instant for instant in EIGHT_HOURLY if instant < A_DAY_LATER]


def test_no_dose_is_sent_after_it_and_the_sleeping_run_is_stopped(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.at(A_DAY_LATER, lambda: prescribing.stop(stopReason="Alta médica"))
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == BEFORE
    rows = prescribing.dose_rows()
    reasons = {rows[name]["reason"] for name, status in prescribing.doses().items() if status == "skipped"}
    assert list(prescribing.doses().values()) == ["sent"] * 3 + ["skipped"] * 5
    assert reasons == {"prescription_stopped"}
    assert prescribing.outcomes() == ["ABORTED", "prescription_stopped"]
    assert prescribing.dose_runs()[0].cause == "prescription p-17 is stopped"
    assert prescribing.dose_runs()[0].stopped_at == A_DAY_LATER


def test_if_the_run_cannot_be_stopped_the_ledger_still_refuses_every_dose() -> None:
    with prescriptions_stack(faults=dies("StopEarlierRuns", "before", times=2)) as prescribing:
        prescribing.prescribe()
        prescribing.at(A_DAY_LATER, prescribing.stop)
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == BEFORE
        assert prescribing.outcomes() == ["planned", "prescription_stopped"]


def test_a_stop_that_comes_first_keeps_the_prescription_from_starting() -> None:
    faults = {"events": [{"line": 1, "late": "2h"}]}
    with prescriptions_stack(faults=faults) as prescribing:
        prescribing.stack.publish("prescription/created", prescription_detail(), line=1)
        prescribing.at(NOW + timedelta(hours=1), prescribing.stop)
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == []
        assert prescribing.outcomes() == ["prescription_stopped", "prescription_stopped"]
        assert prescribing.prescriptions() == [("stopped", 0)]


def test_a_stop_of_what_nobody_knows_ends_well(prescribing: PrescriptionsStack) -> None:
    prescribing.stop()
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == ["prescription_stopped"]


def test_stopped_twice_is_stopped_once(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    for hours in (24, 30):
        prescribing.at(NOW + timedelta(hours=hours), prescribing.stop)
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == ["ABORTED", "prescription_stopped", "already_stopped"]
    assert prescribing.reminded_at() == BEFORE


def test_prescribed_again_it_is_taken_up_again(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.at(A_DAY_LATER, prescribing.stop)
    prescribing.at(A_DAY_LATER + timedelta(hours=12), prescribing.prescribe)
    prescribing.stack.run_until_idle()
    after = [instant for instant in EIGHT_HOURLY if instant >= A_DAY_LATER + timedelta(hours=12)]
    assert prescribing.reminded_at() == BEFORE + after
    assert prescribing.outcomes() == ["ABORTED", "prescription_stopped", "resumed"]
    assert prescribing.prescriptions() == [("active", 2)]

"""Prescriptions whose events meet: what the second one finds, and what is left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.intent import Intent, IntentStatus, Reason
from clinic.services.prescriptions.dose_intents import MOST_ENDINGS, end_what_is_over
from clinic.services.prescriptions.prescribing import Prescribing, PrescriptionOutcome
from clinic.services.prescriptions.prescription_runs import PrescriptionRuns
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import (
    MemoryPrescriptions,
    continued,
    ended,
    prescribed,
    regimens,
)
from tests.fakes.workflow_ports import MemoryEvents, MemoryRuns

RUN, OTHER_RUN = "run-1", "run-2"
HOUR = timedelta(hours=1)
HOURLY: dict[str, Any] = {"frequency": "cada hora", "startDate": "2026-11-24", "duration": 20}


@pytest.fixture
def stored() -> MemoryPrescriptions:
    return MemoryPrescriptions()


@pytest.fixture
def prescribing(stored: MemoryPrescriptions) -> Prescribing:
    return Prescribing(stored, regimens())


def statuses(stored: MemoryPrescriptions, version: int) -> set[IntentStatus]:
    return {dose.status for dose in stored.doses_of("p-17", version)}


def mark(stored: MemoryPrescriptions, dose: Intent, status: IntentStatus) -> None:
    stored.ledger.rows[dose.id] = replace(stored.ledger.rows[dose.id], status=status)


def test_a_stop_while_it_is_taken_in_ends_it(stored: MemoryPrescriptions, prescribing: Prescribing) -> None:
    stored.meanwhile = lambda: (prescribing.stop(ended(at=NOW + HOUR), NOW), None)[1]
    plan = prescribing.create(prescribed(), RUN, NOW)
    assert (plan.outcome, plan.open_doses) == (PrescriptionOutcome.STOPPED, ())
    assert stored.doses("p-17") == []


def test_a_change_while_it_goes_on_is_what_counts(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    first = prescribing.create(prescribed(**HOURLY), RUN, NOW)
    until = first.prescription.planned_until
    assert until is not None
    newer = prescribed("e-2", until - HOUR, **{**HOURLY, "dosage": "2 tabletas"})
    stored.meanwhile = lambda: (prescribing.create(newer, "run-3", until), None)[1]
    plan = prescribing.go_on(continued(until), OTHER_RUN, until)
    assert plan.outcome is PrescriptionOutcome.OTHER_VERSION
    assert {dose.id.version for dose in stored.doses("p-17") if dose.due_at > until} == {2}


def test_a_run_that_is_started_again_by_the_same_event_takes_up_what_is_open(
    prescribing: Prescribing,
) -> None:
    until = prescribing.create(prescribed(**HOURLY), RUN, NOW).prescription.planned_until
    assert until is not None
    failed = prescribing.go_on(continued(until), OTHER_RUN, until)
    again = prescribing.go_on(continued(until), "retry-run-2", until + 2 * HOUR)
    assert (again.outcome, again.open_doses) == (PrescriptionOutcome.CONTINUED, failed.open_doses)
    assert again.is_more_to_come
    assert again.prescription.runs == {OTHER_RUN, "retry-run-2"}
    by_another = prescribing.go_on(continued(until, event_id="e-another"), "run-4", until)
    assert (by_another.outcome, by_another.open_doses) == (PrescriptionOutcome.ALREADY_CONTINUED, ())


def test_what_a_later_version_has_planned_is_left_alone_by_whoever_ends_an_earlier_one(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    prescribing.create(prescribed(), RUN, NOW)
    stopped = prescribing.stop(ended(at=NOW + HOUR), NOW + HOUR).prescription
    prescribing.create(prescribed("e-3", NOW + 2 * HOUR), OTHER_RUN, NOW + 2 * HOUR)
    assert end_what_is_over(stored, stopped, NOW + 3 * HOUR) == []
    assert statuses(stored, 1) == {IntentStatus.SKIPPED}
    assert statuses(stored, 2) == {IntentStatus.PLANNED}


def test_more_than_a_transaction_takes_is_ended_in_several(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    plan = prescribing.create(prescribed(**HOURLY), RUN, NOW)
    until = plan.prescription.planned_until
    assert until is not None
    prescribing.go_on(continued(until), OTHER_RUN, until)
    assert len(stored.doses("p-17")) > MOST_ENDINGS
    prescribing.stop(ended(at=until), until)
    assert {dose.reason for dose in stored.doses("p-17")} == {Reason.PRESCRIPTION_STOPPED}
    assert stored.largest == MOST_ENDINGS + 1


@pytest.mark.parametrize("leaving", [IntentStatus.SENDING, IntentStatus.UNKNOWN])
def test_while_a_dose_may_be_leaving_its_run_goes_on_to_note_what_became_of_it(
    stored: MemoryPrescriptions, prescribing: Prescribing, leaving: IntentStatus
) -> None:
    runs = MemoryRuns({RUN})
    closing = PrescriptionRuns(stored, MemoryEvents(), runs)
    dose = prescribing.create(prescribed(), RUN, NOW).open_doses[0]
    mark(stored, dose, leaving)
    prescribing.stop(ended(at=dose.due_at), dose.due_at)
    assert closing.stop_earlier("p-17", OTHER_RUN, dose.due_at) == 0
    assert runs.stopped == []
    mark(stored, dose, IntentStatus.SENT)
    assert closing.stop_earlier("p-17", RUN, dose.due_at) == 0  # not itself
    assert closing.stop_earlier("p-17", OTHER_RUN, dose.due_at) == 1
    assert runs.stopped == [(RUN, "prescription p-17 is stopped")]


@pytest.mark.parametrize(
    ("left", "again"),
    [
        (IntentStatus.SENT, False),
        (IntentStatus.DELIVERED, False),
        (IntentStatus.READ, False),
        (IntentStatus.SENDING, False),
        (IntentStatus.UNKNOWN, False),
        (IntentStatus.FAILED, True),
        (IntentStatus.PLANNED, True),
    ],
)
def test_an_instant_is_planned_again_only_if_no_reminder_of_it_may_have_left(
    stored: MemoryPrescriptions, prescribing: Prescribing, left: IntentStatus, again: bool
) -> None:
    dose = prescribing.create(prescribed(), RUN, NOW).open_doses[0]
    mark(stored, dose, left)
    newer = prescribed("e-2", dose.due_at, patientPhone="+52 55 0000 0002")
    plan = prescribing.create(newer, OTHER_RUN, dose.due_at)
    assert (plan.open_doses[0].due_at == dose.due_at) is again


def test_doses_that_came_too_late_to_be_of_use_are_kept_as_skipped(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    late = NOW + timedelta(hours=9)  # the dose of four in the afternoon was due two hours before
    plan = prescribing.create(prescribed(), RUN, late)
    first, *others = stored.doses("p-17")
    assert (first.status, first.reason) == (IntentStatus.SKIPPED, Reason.KNOWN_AFTER_DUE)
    assert [dose.id for dose in plan.open_doses] == [dose.id for dose in others]


def test_a_last_date_before_the_start_is_refused(prescribing: Prescribing) -> None:
    with pytest.raises(InvalidEventError, match="duration: expected a last date that is not before"):
        prescribing.create(prescribed(duration="hasta el 2026-11-20"), RUN, NOW)


def test_a_last_date_that_leaves_no_dose_is_refused_and_nothing_is_written(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    none: dict[str, Any] = {
        "frequency": "08:00",
        "startDate": "2026-11-23",
        "duration": "hasta el 2026-11-23",
    }
    with pytest.raises(
        InvalidEventError, match="duration: no dose is due between the start and the last date"
    ):
        prescribing.create(prescribed(**none), RUN, NOW)
    assert stored.prescription("p-17") is None
    prescribing.create(prescribed(), RUN, NOW)
    with pytest.raises(InvalidEventError, match="duration: no dose is due"):
        prescribing.create(prescribed("e-2", NOW + HOUR, **none), RUN, NOW + HOUR)
    assert statuses(stored, 1) == {IntentStatus.PLANNED}


def test_a_course_published_again_on_another_day_has_no_dose_more(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    daily: dict[str, Any] = {"frequency": "1 vez al día", "startDate": "2026-11-23", "duration": 3}
    for number in range(3):
        at = NOW + number * timedelta(hours=20)
        prescribing.create(prescribed(f"e-{number}", at, **daily), f"run-{number}", at)
    assert [f"{dose.due_at:%d %H}" for dose in stored.doses("p-17")] == ["24 14", "25 14", "26 14"]


def test_nobody_hands_on_what_has_ended(stored: MemoryPrescriptions, prescribing: Prescribing) -> None:
    bus = MemoryEvents()
    closing = PrescriptionRuns(stored, bus, MemoryRuns())
    until = prescribing.create(prescribed(**HOURLY), RUN, NOW).prescription.planned_until
    assert until is not None
    assert closing.hand_on("p-18", 1, until) is PrescriptionOutcome.STOPPED
    assert closing.hand_on("p-17", 2, until) is PrescriptionOutcome.OTHER_VERSION
    assert closing.hand_on("p-17", 1, until - HOUR) is PrescriptionOutcome.ALREADY_CONTINUED
    prescribing.stop(ended(at=NOW + HOUR), NOW + HOUR)
    assert closing.hand_on("p-17", 1, until) is PrescriptionOutcome.STOPPED
    assert bus.published == []


def test_doses_are_in_the_language_that_was_named_last(
    stored: MemoryPrescriptions, prescribing: Prescribing
) -> None:
    prescribing.create(prescribed(language="en", instructions=None), RUN, NOW)
    assert {dose.language for dose in stored.doses("p-17")} == {"en_US"}
    assert stored.doses("p-17")[-1].parameters["instructions"] == "Follow your doctor's instructions"
    # It says the same again, and names no language: nothing has changed.
    again = prescribing.create(prescribed("e-2", NOW + HOUR, instructions=None), OTHER_RUN, NOW + HOUR)
    assert again.outcome == PrescriptionOutcome.ALREADY_PLANNED
    later = NOW + 2 * HOUR
    changed = prescribing.create(prescribed("e-3", later, language="es"), OTHER_RUN, later)
    assert {dose.language for dose in changed.open_doses} == {"es_MX"}

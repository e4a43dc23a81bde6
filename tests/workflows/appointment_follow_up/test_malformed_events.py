"""A malformed event fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

import pytest

from tests.workflows.followed_up import VisitedStack


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reservationId": None}, "reservationId"),
        ({"followUpType": "2weeks"}, "followUpType"),
        ({"followUpType": 24}, "followUpType"),
        ({"followUpQuestions": "¿Bien?"}, "followUpQuestions"),
        ({"followUpQuestions": ["x" * 700]}, "followUpQuestions"),
        ({"appointmentDate": "2026-12-02"}, "appointmentDate"),
        ({"appointmentDate": "2026-12-09T15:00:00Z"}, "appointmentDate"),
        ({"patientPhone": "ninguno"}, "patientPhone"),
        ({"reservationId": "r-99", "patientName": None, "patientPhone": None}, "patientName, patientPhone"),
    ],
    ids=[
        *("no id", "unknown type", "a number", "no list", "too long", "a date", "next week", "no phone"),
        "unknown and unnamed",
    ],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    visited: VisitedStack, changes: dict[str, Any], field: str
) -> None:
    visited.book()
    visited.complete(**changes)
    visited.stack.run_until_idle()
    (run,) = [run for run in visited.stack.executions() if run.status == "FAILED"]
    assert (run.error, run.workflow) == ("InvalidEventError", "appointment-follow-up")
    assert f"{field}: expected" in str(run.cause) or f"{field}: is missing" in str(run.cause)
    assert [call.step for call in visited.stack.lambda_invocations].count("PlanFollowUps") == 1
    assert (visited.status(), visited.followed_up()) == ("confirmed", [])


def test_the_cause_repeats_nothing_of_the_patients(visited: VisitedStack) -> None:
    visited.complete(patientPhone="55 1234 ninguno", followUpQuestions=["¿Durmió bien?", 3])
    visited.stack.run_until_idle()
    (run,) = visited.stack.executions()
    for private in ("1234", "ninguno", "Paciente", "Durmió"):
        assert private not in str(run.cause)

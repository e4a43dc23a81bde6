"""A malformed event fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

import pytest

from tests.workflows.clinic_stack import ClinicStack

TWO_HUNDRED_KILOBYTES = "x" * 200_000
THREE_HUNDRED_KILOBYTES = "x" * 300_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patientName": None}, "patientName"),
        ({"appointmentTime": 1764518400}, "appointmentTime"),
        ({"appointmentTime": "2026-12-02T10:00:00"}, "appointmentTime"),
        ({"patientPhone": "ninguno"}, "patientPhone"),
        ({"timezone": "America/Atlantis"}, "timezone"),
        ({"serviceName": ["Consulta"]}, "serviceName"),
        ({"reservationId": "r#17"}, "reservationId"),
        ({"preparationInstructions": TWO_HUNDRED_KILOBYTES}, "preparationInstructions"),
    ],
    ids=["missing", "wrong type", "no offset", "no phone", "unknown zone", "a list", "bad id", "200 KB"],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    clinic: ClinicStack, changes: dict[str, Any], field: str
) -> None:
    clinic.publish(**changes)
    clinic.stack.run_until_idle()
    (run,) = clinic.stack.executions()
    assert (run.status, run.error) == ("FAILED", "InvalidEventError")
    assert f"{field}: " in str(run.cause)
    assert [call.step for call in clinic.stack.lambda_invocations] == ["PlanReminders"]
    assert run.input["detail"]["serviceName"]
    assert clinic.messages == []


def test_the_cause_repeats_nothing_of_the_patients(clinic: ClinicStack) -> None:
    clinic.publish(patientPhone="55 1234 ninguno", timezone="Atlantis/Perdida")
    clinic.stack.run_until_idle()
    (run,) = clinic.stack.executions()
    for private in ("1234", "ninguno", "Atlantis", "Paciente"):
        assert private not in str(run.cause)


def test_300_kilobytes_are_more_than_a_run_may_hold_and_are_kept_in_the_dead_letter_queue(
    clinic: ClinicStack,
) -> None:
    event_id = clinic.publish(junk=THREE_HUNDRED_KILOBYTES)
    clinic.stack.run_until_idle()
    assert clinic.stack.executions() == []
    (undelivered,) = clinic.stack.undelivered_events()
    assert (undelivered.event_id, undelivered.kept) == (event_id, True)
    assert undelivered.reason
    assert undelivered.event["detail"]["junk"] == THREE_HUNDRED_KILOBYTES

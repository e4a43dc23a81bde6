"""A step's process dies: nothing is sent twice, nothing is lost."""

from typing import Any

import pytest

from tests.workflows.clinic_stack import ClinicStack, clinic_stack

ALL_SENT = {"v1 confirmation": "sent", "v1 reminder_24h": "sent", "v1 reminder_2h": "sent"}
STEPS = ["PlanReminders", "SendConfirmation", "SendReminder"]


def dies(step: str, when: str, **more: Any) -> dict[str, Any]:
    return {"lambda": [{"workflow": "appointment-reminders", "step": step, "dies": when, **more}]}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_around_its_effect_the_step_is_repeated_without_a_second_message(step: str, when: str) -> None:
    with clinic_stack(faults=dies(step, when)) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert len(clinic.messages) == 3
        assert clinic.statuses() == ["SUCCEEDED"]


@pytest.mark.parametrize(("when", "accepted"), [("before_request", 0), ("after_request", 1)])
def test_around_its_request_the_intent_becomes_unknown_and_is_not_blindly_sent_again(
    when: str, accepted: int
) -> None:
    with clinic_stack(faults=dies("SendReminder", when)) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "unknown"}
        assert clinic.reasons()["v1 reminder_24h"] == "interrupted_while_sending"
        assert accepted_24h(clinic) == accepted
        assert clinic.statuses() == ["SUCCEEDED"]


@pytest.mark.parametrize(("cut", "accepted"), [("before", 0), ("after", 1)])
def test_a_connection_cut_after_the_request_left_makes_the_intent_unknown(cut: str, accepted: int) -> None:
    faults = {"whatsapp": [{"cut": cut, "call": 2}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "unknown"}
        assert accepted_24h(clinic) == accepted


def test_a_step_that_dies_every_time_is_given_up_and_the_next_message_goes_out() -> None:
    with clinic_stack(faults=dies("SendReminder", "before", times=4)) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "failed"}
        assert clinic.reasons()["v1 reminder_24h"] == "retries_exhausted:Runtime.ExitError"
        assert clinic.statuses() == ["SUCCEEDED"]


def test_a_plan_that_dies_every_time_fails_the_run_and_keeps_the_event() -> None:
    with clinic_stack(faults=dies("PlanReminders", "before", times=4)) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        (run,) = clinic.stack.executions()
        assert (run.status, run.error) == ("FAILED", "Runtime.ExitError")
        assert run.input["detail"]["reservationId"] == "r-17"


def accepted_24h(clinic: ClinicStack) -> int:
    return sum(message.template == "appointment_reminder_24h" for message in clinic.messages)

"""A step's process dies: nothing is sent twice, nothing is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.messages.intent import CLAIM_LEASE, UNKNOWN_OUTCOME_WAIT
from tests.fakes.examples import IN_NINE_DAYS
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

ALL_SENT = {"v1 confirmation": "sent", "v1 reminder_24h": "sent", "v1 reminder_2h": "sent"}
DUE_24H = IN_NINE_DAYS - timedelta(hours=24)
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


def test_before_its_request_one_message_goes_out_a_little_late() -> None:
    with clinic_stack(faults=dies("SendReminder", "before_request")) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        (sent_at,) = accepted_24h(clinic)
        assert UNKNOWN_OUTCOME_WAIT <= sent_at - DUE_24H <= UNKNOWN_OUTCOME_WAIT + 2 * CLAIM_LEASE
        assert clinic.statuses() == ["SUCCEEDED"]


def test_after_its_request_whatsapps_word_on_it_keeps_it_at_one_message() -> None:
    with clinic_stack(faults=dies("SendReminder", "after_request")) as clinic:
        clinic.publish()
        clinic.at(DUE_24H + UNKNOWN_OUTCOME_WAIT / 2, lambda: note_that_whatsapp_has_it(clinic))
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert len(accepted_24h(clinic)) == 1
        assert clinic.statuses() == ["SUCCEEDED"]


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_connection_cut_after_the_request_left_is_waited_for(cut: str) -> None:
    faults = {"whatsapp": [{"cut": cut, "call": 2}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.at(DUE_24H + UNKNOWN_OUTCOME_WAIT / 2, lambda: note_that_whatsapp_has_it(clinic))
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert len(accepted_24h(clinic)) == (cut == "after")


def test_a_run_given_up_while_sending_waits_for_the_word_and_sends_again() -> None:
    # The claim outlives what is retried, so the failure is recorded while it is still believed.
    died = dies("SendReminder", "before_request")["lambda"]
    faults = {"lambda": [*died, *dies("SendReminder", "before", times=3)["lambda"]]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        (sent_at,) = accepted_24h(clinic)
        assert sent_at - DUE_24H >= UNKNOWN_OUTCOME_WAIT


def test_a_step_that_dies_every_time_is_given_up_and_the_next_message_goes_out() -> None:
    # Until the 2h reminder is due.
    with clinic_stack(faults=dies("SendReminder", "before", times=132)) as clinic:
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


def accepted_24h(clinic: ClinicStack) -> list[datetime]:
    return [at for template, at in clinic.sent() if template == "appointment_reminder_24h"]


def note_that_whatsapp_has_it(clinic: ClinicStack) -> None:
    """What the webhook writes; it is still unknown until then."""
    clinic.stack.client("dynamodb").update_item(
        TableName=clinic.stack.outputs["MessagesTable"],
        Key={"subject": {"S": "reservation#r-17"}, "intent": {"S": "v000001#reminder_24h"}},
        UpdateExpression="SET #status = :sent REMOVE open_shard",
        ConditionExpression="#status = :unknown",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":sent": {"S": "sent"}, ":unknown": {"S": "unknown"}},
    )

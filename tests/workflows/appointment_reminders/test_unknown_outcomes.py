"""Nobody knows at once whether a reminder left: WhatsApp's word on it decides whether it is sent again."""

from datetime import datetime, timedelta

import pytest

from clinic.domain.messages.intent import UNKNOWN_OUTCOME_WAIT
from tests.fakes.examples import IN_NINE_DAYS
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

ALL_SENT = {"v1 confirmation": "sent", "v1 reminder_24h": "sent", "v1 reminder_2h": "sent"}
DUE_24H = IN_NINE_DAYS - timedelta(hours=24)


def test_after_its_request_whatsapps_word_on_it_keeps_it_at_one_message() -> None:
    died = {"workflow": "appointment-reminders", "step": "SendReminder", "dies": "after_request"}
    with clinic_stack(faults={"lambda": [died]}) as clinic:
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

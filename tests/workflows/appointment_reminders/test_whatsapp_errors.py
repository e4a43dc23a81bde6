"""WhatsApp's errors lead to another try, or to an end with a reason."""

from datetime import timedelta

import pytest

from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.clinic_stack import clinic_stack

ALL_SENT = {"v1 confirmation": "sent", "v1 reminder_24h": "sent", "v1 reminder_2h": "sent"}
CONFIRMATION = "reservation#r-17#v000001#confirmation"
REMINDER_24H = "reservation#r-17#v000001#reminder_24h"


def test_500_twice_then_200_sends_one_message() -> None:
    with clinic_stack(faults={"whatsapp": [{"status": 500, "times": 2}]}) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert len(clinic.messages) == 3
        assert [call.status for call in clinic.stack.simulator.calls] == [500, 500, 200, 200, 200]


def test_an_unreachable_recipient_is_recorded_and_the_next_message_goes_out() -> None:
    faults = {"whatsapp": [{"intent": REMINDER_24H, "code": 131026}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "failed"}
        assert clinic.reasons()["v1 reminder_24h"] == "whatsapp:131026"
        assert clinic.sent()[-1] == ("appointment_reminder_2h", IN_NINE_DAYS - timedelta(hours=2))
        assert clinic.statuses() == ["SUCCEEDED"]
        assert len(clinic.stack.simulator.calls) == 3


def test_while_whatsapp_is_down_for_hours_its_messages_wait_and_none_is_lost() -> None:
    # Each of the two meets the outage at its first thirty requests.
    down = [{"intent": intent, "status": 503, "times": 30} for intent in (CONFIRMATION, REMINDER_24H)]
    faults = {"whatsapp": down}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert [template for template, _ in clinic.sent()] == [
            "appointment_confirmed",
            "appointment_reminder_24h",
            "appointment_reminder_2h",
        ]
        (late,) = [at for template, at in clinic.sent() if template == "appointment_reminder_24h"]
        assert timedelta(minutes=30) < late - (IN_NINE_DAYS - timedelta(hours=24)) < timedelta(hours=4)


def test_a_fault_that_outlasts_its_use_is_recorded_and_the_next_message_goes_out() -> None:
    with clinic_stack(faults={"whatsapp": [{"intent": REMINDER_24H, "status": 500}]}) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "failed"}
        assert clinic.reasons()["v1 reminder_24h"] == "retries_exhausted:MessengerUnavailableError"
        tried = [call.at for call in clinic.stack.simulator.calls if call.intent_id == REMINDER_24H]
        assert tried[-1] - tried[0] > timedelta(hours=20)
        assert clinic.sent()[-1] == ("appointment_reminder_2h", IN_NINE_DAYS - timedelta(hours=2))


def test_a_refused_token_fails_the_run_loudly_and_it_can_be_retried() -> None:
    with clinic_stack(faults={"whatsapp": [{"code": 190, "call": 2}]}) as clinic:
        clinic.publish()
        clinic.at(IN_NINE_DAYS - timedelta(hours=20), clinic.publish)
        clinic.stack.run_until_idle()
        failed, again = clinic.stack.executions()
        assert (failed.status, failed.error) == ("FAILED", "MessengerAccountError")
        assert failed.stopped_at == IN_NINE_DAYS - timedelta(hours=24)
        assert again.status == "SUCCEEDED"
        assert clinic.intents() == ALL_SENT
        assert [at for _, at in clinic.sent()] == [
            NOW,
            IN_NINE_DAYS - timedelta(hours=20),
            IN_NINE_DAYS - timedelta(hours=2),
        ]


@pytest.mark.parametrize(
    ("code", "late"),
    [(131057, timedelta(minutes=1)), (131056, timedelta(seconds=4))],
    ids=["number being upgraded", "pair rate limit"],
)
def test_a_wait_whatsapp_asks_for_is_kept(code: int, late: timedelta) -> None:
    faults = {"whatsapp": [{"intent": REMINDER_24H, "code": code, "times": 1}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT
        assert clinic.sent()[1][1] == IN_NINE_DAYS - timedelta(hours=24) + late


def test_a_message_held_back_for_a_day_is_not_sent_after_its_use() -> None:
    faults = {"whatsapp": [{"intent": REMINDER_24H, "code": 131049, "times": 1}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == {**ALL_SENT, "v1 reminder_24h": "failed"}
        assert clinic.reasons()["v1 reminder_24h"] == "whatsapp:131049"


def test_rate_limits_are_waited_for_longer_than_faults() -> None:
    faults = {"whatsapp": [{"intent": REMINDER_24H, "code": 130429, "times": 6}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.intents() == ALL_SENT

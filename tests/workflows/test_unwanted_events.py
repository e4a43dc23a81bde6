"""An event that no workflow begins with is kept with the dead letters, saying so."""

from typing import Any

from console.operate.dead_letters import DeadLetter
from tests.fakes.examples import detail
from tests.workflows.clinic_stack import clinic_stack


def test_a_misspelled_event_waits_in_the_queue_with_its_reason() -> None:
    with clinic_stack() as clinic:
        event_id = clinic.put("appointment/created ", detail())
        clinic.stack.run_until_idle()
        (found,) = clinic.stack.undelivered_events()
        assert (found.event_id, found.reason, found.kept) == (event_id, "no rule wants it", True)
        client = clinic.stack.client("sqs")
        url = client.get_queue_url(QueueName="citas-dev-undelivered-events")["QueueUrl"]
        messages: list[Any] = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
        (letter,) = map(DeadLetter.of, messages)
        assert (letter.event_id, letter.code, letter.reason) == (event_id, "NO_RULE", "no rule wants it")
        assert letter.detail_type == "appointment/created "
        assert clinic.statuses() == []

"""The dead-letter queues of a deployed stage: events that reached no workflow, and unrecorded runs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import WORKFLOWS
from console.operate.stage import Stage
from console.terminal.errors import StageError

# Where events go that reached no workflow, and those of runs that the run ledger could not record.
QUEUES = ("undelivered-events", RUN_LEDGER.dead_letters)
# SQS's older name for it comes with the newer protocol, too.
_NO_QUEUE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
_AT_ONCE = 10
# SQS asks but some of its machines at a time: one empty answer does not mean an empty queue.
_EMPTY_ANSWERS = 3
# So long is a message hidden from others while it is looked at or handed over, in seconds.
_HELD_SECONDS = 60
_FAILED = ("REPEATED_FAILURE", "the run ledger's function failed each time; its log says why")
_UNWANTED = ("NO_RULE", "no rule wants it")
_ID_FIELDS = ("reservationId", "requestId", "prescriptionId", "profileId", "oldReservationId")


def starting_events() -> frozenset[str]:
    """The detail-types that a publisher starts a workflow with."""
    return frozenset(name for workflow in WORKFLOWS for name in workflow.detail_types)


@dataclass(frozen=True)
class DeadLetter:
    """An event in the queue.

    Attributes:
        event_id: SQS' own id for what is no event.
        about: the ids its detail names; never what else is in it.
        queue: the queue it lies in, by its name without the stage.
        target: the ARN of what did not take it; empty where the bus itself could not.
        receipt: the right to remove it, for a minute.
        body: the event, as EventBridge wrote it.
    """

    event_id: str
    detail_type: str
    about: str
    queue: str
    code: str
    reason: str
    target: str
    receipt: str
    body: dict[str, Any]

    @classmethod
    def of(cls, message: dict[str, Any], queue: str = QUEUES[0]) -> "DeadLetter":
        """A message of SQS as a dead letter."""
        attributes = {k: v.get("StringValue", "") for k, v in message.get("MessageAttributes", {}).items()}
        try:
            body = json.loads(message["Body"])
        except ValueError:
            body = {}
        body = body if isinstance(body, dict) else {}
        detail = body.get("detail")
        detail = detail if isinstance(detail, dict) else {}
        names = _ID_FIELDS if queue == QUEUES[0] else ("name",)
        ids = [str(detail[name]) for name in names if name in detail]
        code, reason = _unsaid(queue, body, attributes)
        return cls(
            event_id=str(body.get("id") or message["MessageId"]),
            detail_type=str(body.get("detail-type", "")),
            about=", ".join(ids),
            queue=queue,
            code=attributes.get("ERROR_CODE", code),
            reason=attributes.get("ERROR_MESSAGE", reason),
            target=attributes.get("TARGET_ARN", ""),
            receipt=message["ReceiptHandle"],
            body=body,
        )

    @property
    def is_wanted(self) -> bool:
        """Whether anybody takes it up if it is put on the bus again."""
        if not self.detail_type:
            return False
        return self.code != _UNWANTED[0] or self.detail_type in starting_events()

    def particulars(self, *, with_personal_data: bool) -> dict[str, Any]:
        """What else the event says of itself; of its detail the fields' names, or their values, too."""
        detail = self.body.get("detail")
        fields = sorted(detail) if isinstance(detail, dict) else []
        return {
            "source": str(self.body.get("source", "")),
            "time": str(self.body.get("time", "")),
            "detail": detail if with_personal_data else f"fields {', '.join(fields)}" if fields else "none",
        }

    def document(self) -> dict[str, str]:
        """The fields that a program reads."""
        names = ("event_id", "detail_type", "about", "queue", "code", "reason")
        return {name: getattr(self, name) for name in names}


def _unsaid(queue: str, body: dict[str, Any], attributes: dict[str, str]) -> tuple[str, str]:
    """Code and reason where the queue does not say them.

    What a rule sends there itself comes as it is, as does what was received too often; what a rule could not
    deliver comes with the reason.
    """
    if queue != QUEUES[0]:
        return _FAILED
    return _UNWANTED if "detail-type" in body and not attributes else ("", "")


@dataclass(frozen=True)
class DeadLetterQueues:
    """The queues of a stage, read and emptied with the operator's own rights.

    Every method may raise `StageError`: AWS did not do what was asked.
    """

    stage: Stage

    @cached_property
    def _urls(self) -> dict[str, str]:
        """Where the queues are; without those that the stage does not have.

        Raises:
            StageError: it has none.
        """
        client, found = self._client, {}
        for queue in QUEUES:
            with self.stage.asking():
                try:
                    found[queue] = str(client.get_queue_url(QueueName=self.stage.named(queue))["QueueUrl"])
                except client.exceptions.ClientError as error:
                    if error.response["Error"]["Code"] not in _NO_QUEUE:
                        raise
        if not found:
            raise StageError(
                f"{self.stage.name}: not deployed there: it has none of the queues "
                f"{' and '.join(map(self.stage.named, QUEUES))}"
            )
        return found

    @property
    def places(self) -> str:
        """The names of those that are there."""
        return " and ".join(map(self.stage.named, self._urls))

    @property
    def missing(self) -> list[str]:
        """The names of those that the stage does not have yet."""
        return [self.stage.named(queue) for queue in QUEUES if queue not in self._urls]

    def letters(self, limit: int) -> Iterator[DeadLetter]:
        """Up to so many out of all queues, each hidden from others for a minute."""
        found = 0
        for queue in self._urls:
            for letter in self._letters_of(queue, limit - found):
                found += 1
                yield letter

    def give_back(self, letters: Sequence[DeadLetter]) -> None:
        """What is still there may be seen by others at once."""
        client = self._client
        with self.stage.asking():
            for letter in letters:
                try:
                    client.change_message_visibility(
                        QueueUrl=self._urls[letter.queue],
                        ReceiptHandle=letter.receipt,
                        VisibilityTimeout=0,
                    )
                except client.exceptions.ClientError:
                    continue  # it has left the queue

    def remove(self, letter: DeadLetter) -> None:
        """Take it out of its queue for good."""
        with self.stage.asking():
            self._client.delete_message(QueueUrl=self._urls[letter.queue], ReceiptHandle=letter.receipt)

    def hand_over(self, letter: DeadLetter) -> bool:
        """Have it handled again; whether somebody has taken it. Only then it leaves its queue."""
        is_own = letter.body.get("source") == OWN_SOURCE and ":stateMachine:" in letter.target
        if letter.queue == RUN_LEDGER.dead_letters:
            self._send_to_the_run_ledger(letter)
        elif is_own:
            self._start(letter)
        elif not self._publish(letter):
            return False
        self.remove(letter)
        return True

    @cached_property
    def _client(self) -> Any:
        return self.stage.client("sqs")

    def _letters_of(self, queue: str, limit: int) -> Iterator[DeadLetter]:
        seen: set[str] = set()
        empty = 0
        while len(seen) < limit and empty < _EMPTY_ANSWERS:
            with self.stage.asking():
                answer = self._client.receive_message(
                    QueueUrl=self._urls[queue],
                    MaxNumberOfMessages=min(_AT_ONCE, limit - len(seen)),
                    VisibilityTimeout=_HELD_SECONDS,
                    MessageAttributeNames=["All"],
                )
            new = [it for it in answer.get("Messages", []) if it["MessageId"] not in seen]
            empty = 0 if new else empty + 1
            for message in new:
                seen.add(message["MessageId"])
                yield DeadLetter.of(message, queue)

    def _send_to_the_run_ledger(self, letter: DeadLetter) -> None:
        """The bus takes what AWS says from nobody else; the ledger's queue takes it from an operator."""
        with self.stage.asking():
            url = self._client.get_queue_url(QueueName=self.stage.named(RUN_LEDGER.name))["QueueUrl"]
            self._client.send_message(QueueUrl=url, MessageBody=json.dumps(letter.body, ensure_ascii=False))

    def _publish(self, letter: DeadLetter) -> bool:
        """Put the event on the bus again; whether it was taken."""
        entry = {
            "EventBusName": self.stage.bus,
            "Source": str(letter.body.get("source", "")),
            "DetailType": letter.detail_type,
            "Detail": json.dumps(letter.body.get("detail", {}), ensure_ascii=False),
        }
        client = self.stage.client("events")
        with self.stage.asking():
            return "EventId" in client.put_events(Entries=[entry])["Entries"][0]

    def _start(self, letter: DeadLetter) -> None:
        """Start the run that the rule could not: the bus takes Citas' own events from nobody else."""
        client = self.stage.client("stepfunctions")
        with self.stage.asking():
            try:
                client.start_execution(
                    stateMachineArn=letter.target,
                    name=letter.event_id,
                    input=json.dumps(letter.body, ensure_ascii=False),
                )
            except client.exceptions.ExecutionAlreadyExists:
                return  # somebody was quicker

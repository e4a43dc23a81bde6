"""The commands `citas dlq list|show|drop|redrive`: events that reached no workflow."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.listeners import RUN_LEDGER
from console.operate.confirm import require_consent
from console.operate.printing import print_json
from console.operate.stage import Stage, StageChoice
from console.terminal.errors import InputError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import count, printable

# Where events go that reached no workflow, and those of runs that the run ledger could not record.
QUEUES = ("undelivered-events", RUN_LEDGER.dead_letters)
_AT_ONCE = 10
# SQS asks but some of its machines at a time: one empty answer does not mean an empty queue.
_EMPTY_ANSWERS = 3
# So long is a message hidden from others while it is looked at or handed over, in seconds.
_HELD_SECONDS = 60
_FAILED = ("REPEATED_FAILURE", "the run ledger's function failed each time; its log says why")
_UNWANTED = ("NO_RULE", "no rule wants it")
# So many are looked through for one that is named.
_MOST_SEARCHED = 1000
_COLUMNS = (*map(Column, ("event", "detail-type", "about", "queue", "code")), Column("reason", is_prose=True))
_ID_FIELDS = ("reservationId", "requestId", "prescriptionId", "profileId", "oldReservationId")


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
        """From SQS."""
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
        """For programs."""
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


def list_command(choice: StageChoice, *, limit: int, as_json: bool) -> ExitCode:
    """What lies in the queue and why; it stays there."""
    errors = standard_error()
    with guarded(errors):
        stage = Stage(choice)
        letters = list(_letters(stage, limit))
        _give_back(stage, letters)
        if as_json:
            print_json([letter.document() for letter in letters])
            return ExitCode.OK
        screen = standard_output()
        show_records(screen, _COLUMNS, [Row(tuple(letter.document().values())) for letter in letters])
        screen.print(f"{count(len(letters), 'event')} in {_places(stage)}", markup=False, soft_wrap=True)
    return ExitCode.OK


def show_command(choice: StageChoice, event_id: str, *, with_personal_data: bool, as_json: bool) -> ExitCode:
    """One event: where it comes from, why it waits, which fields it has; their values only if asked for."""
    errors = standard_error()
    with guarded(errors):
        stage = Stage(choice)
        letter = _one(stage, event_id)
        if letter is None:
            return _not_found(errors, stage, event_id)
        document = {**letter.document(), **letter.particulars(with_personal_data=with_personal_data)}
        if as_json:
            print_json(document)
            return ExitCode.OK
        screen = standard_output()
        for name, value in document.items():
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            screen.print(f"{name.replace('_', ' '):<12} {printable(shown)}", soft_wrap=True)
    return ExitCode.OK


def drop_command(choice: StageChoice, event_id: str, *, yes: bool, as_json: bool) -> ExitCode:
    """Take one event out of the queue for good."""
    errors = standard_error()
    with guarded(errors):
        stage = Stage(choice)
        letter = _one(stage, event_id, keeps=True)
        if letter is None:
            return _not_found(errors, stage, event_id)
        about = f" about {printable(letter.about)}" if letter.about else ""
        kind = printable(letter.detail_type) or "what is no event"
        try:
            require_consent(f"Drop {kind}{about} from {stage.named(letter.queue)} for good?", yes=yes)
            with stage.asking():
                stage.client("sqs").delete_message(
                    QueueUrl=_url(stage, letter.queue), ReceiptHandle=letter.receipt
                )
        finally:
            _give_back(stage, [letter])
        if as_json:
            print_json({"dropped": letter.event_id})
        else:
            standard_output().print(f"{printable(letter.event_id)} is dropped")
    return ExitCode.OK


def redrive_command(choice: StageChoice, *, limit: int, yes: bool, as_json: bool) -> ExitCode:
    """Have what lies there handled again; each event leaves its queue once somebody else has it."""
    errors = standard_error()
    with guarded(errors):
        stage = Stage(choice)
        letters = list(_letters(stage, limit))
        ours = [letter for letter in letters if letter.body.get("detail-type")]
        try:
            if ours:
                question = f"Have {count(len(ours), 'event')} of {stage.name} handled again?"
                require_consent(question, yes=yes)
            done = sum(_put_again(stage, letter) for letter in ours)
        finally:
            _give_back(stage, letters)
        left = len(letters) - done
        if as_json:
            print_json({"redriven": done, "left": left})
        else:
            standard_output().print(
                f"{count(done, 'event')} handed over again, {left} left in the queue",
                markup=False,
                soft_wrap=True,
            )
    return ExitCode.OK


def _letters(stage: Stage, limit: int) -> Iterator[DeadLetter]:
    """Up to so many out of all queues, each hidden from others for a minute."""
    found = 0
    for queue in QUEUES:
        for letter in _letters_of(stage, queue, limit - found):
            found += 1
            yield letter


def _letters_of(stage: Stage, queue: str, limit: int) -> Iterator[DeadLetter]:
    client, url = stage.client("sqs"), _url(stage, queue)
    seen: set[str] = set()
    empty = 0
    while len(seen) < limit and empty < _EMPTY_ANSWERS:
        with stage.asking():
            answer = client.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(_AT_ONCE, limit - len(seen)),
                VisibilityTimeout=_HELD_SECONDS,
                MessageAttributeNames=["All"],
            )
        new = [it for it in answer.get("Messages", []) if it["MessageId"] not in seen]
        empty = 0 if new else empty + 1
        for message in new:
            seen.add(message["MessageId"])
            yield DeadLetter.of(message, queue)


def _one(stage: Stage, event_id: str, *, keeps: bool = False) -> DeadLetter | None:
    """The event of that id, or the only one whose id begins so.

    Args:
        keeps: keep it hidden from others, to remove it; everything else may be seen again at once.

    Raises:
        InputError: several begin so.
    """
    letters = list(_letters(stage, _MOST_SEARCHED))
    found = [letter for letter in letters if letter.event_id == event_id]
    found = found or [letter for letter in letters if letter.event_id.startswith(event_id)]
    _give_back(stage, [letter for letter in letters if not keeps or letter not in found])
    if len({letter.event_id for letter in found}) > 1:
        raise InputError([f"{event_id}: {count(len(found), 'event')} begin so: name the whole id"])
    return found[0] if found and event_id else None


def _not_found(errors: Console, stage: Stage, event_id: str) -> ExitCode:
    errors.print(
        f"citas: {_places(stage)}: no event is called {printable(event_id)!r}",
        style="red",
        soft_wrap=True,
    )
    return ExitCode.NOT_FOUND


def _put_again(stage: Stage, letter: DeadLetter) -> bool:
    """Whether somebody has taken it; only then it leaves the queue."""
    is_own = letter.body.get("source") == OWN_SOURCE and ":stateMachine:" in letter.target
    with stage.asking():
        if letter.queue == RUN_LEDGER.dead_letters:
            # The bus takes what AWS says from nobody else; the ledger's queue takes it from an operator.
            stage.client("sqs").send_message(
                QueueUrl=_url(stage, RUN_LEDGER.name), MessageBody=json.dumps(letter.body, ensure_ascii=False)
            )
        elif is_own:
            _start(stage, letter)
        elif not _publish(stage, letter):
            return False
        stage.client("sqs").delete_message(QueueUrl=_url(stage, letter.queue), ReceiptHandle=letter.receipt)
    return True


def _publish(stage: Stage, letter: DeadLetter) -> bool:
    """Put the event on the bus again; whether it was taken."""
    answer = stage.client("events").put_events(
        Entries=[
            {
                "EventBusName": stage.bus,
                "Source": str(letter.body.get("source", "")),
                "DetailType": letter.detail_type,
                "Detail": json.dumps(letter.body.get("detail", {}), ensure_ascii=False),
            }
        ]
    )
    return "EventId" in answer["Entries"][0]


def _start(stage: Stage, letter: DeadLetter) -> None:
    """Start the run that the rule could not: the bus takes Citas' own events from nobody else."""
    from botocore.exceptions import ClientError

    try:
        stage.client("stepfunctions").start_execution(
            stateMachineArn=letter.target,
            name=letter.event_id,
            input=json.dumps(letter.body, ensure_ascii=False),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def _give_back(stage: Stage, letters: list[DeadLetter]) -> None:
    """What is still there may be seen by others at once."""
    from botocore.exceptions import ClientError

    client = stage.client("sqs")
    urls = {queue: _url(stage, queue) for queue in {letter.queue for letter in letters}}
    with stage.asking():
        for letter in letters:
            try:
                client.change_message_visibility(
                    QueueUrl=urls[letter.queue], ReceiptHandle=letter.receipt, VisibilityTimeout=0
                )
            except ClientError:
                continue  # it has left the queue


def _places(stage: Stage) -> str:
    return " and ".join(map(stage.named, QUEUES))


def _url(stage: Stage, queue: str) -> str:
    client = stage.client("sqs")
    with stage.asking():
        return str(client.get_queue_url(QueueName=stage.named(queue))["QueueUrl"])

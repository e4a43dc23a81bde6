"""Lambda's event source mappings: a queue's messages are handed to a function in virtual time.

MiniStack's own poller looks about once a second of real time, in a thread of its own. Here a message that is
put into a queue makes the mapping look at the instant at which its batching window ends, and what failed at
the instant at which it is visible again. One batch at a time: the order is the same in every run (Lambda's
developer guide, "Using Lambda with Amazon SQS").
"""

import contextvars
import math
from datetime import timedelta
from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack
from local.emulator.roles import may
from local.emulator.session import Undelivered

_TO_POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_THROTTLED_PAUSE = timedelta(seconds=1)


def install(ministack: MiniStack) -> None:
    """Replace the poller; whoever sends a message over SQS' own interface wakes the mapping as well."""
    ministack.lambdas._ensure_poller = lambda: None
    ministack.sqs.esm_wake = _Wake(ministack)


class _Wake:
    """Stands where MiniStack tells its poller that there is something: look at every mapped queue."""

    def __init__(self, ministack: MiniStack) -> None:
        self._ministack = ministack

    def set(self) -> None:
        if session.running():
            for mapping in list(self._ministack.lambdas._esms._data.values()):
                look_later(self._ministack, mapping["EventSourceArn"])


def look_later(ministack: MiniStack, queue_arn: str) -> None:
    """Have the queue's mapping, if it has one, take a batch once its window has passed."""
    for mapping in list(ministack.lambdas._esms._data.values()):
        if mapping["EventSourceArn"] == queue_arn and mapping.get("Enabled", True):
            _arm(ministack, mapping, timedelta(seconds=mapping["MaximumBatchingWindowInSeconds"]))


def _arm(ministack: MiniStack, mapping: dict[str, Any], after: timedelta) -> None:
    running = session.current()
    due, name = running.clock.now() + after, mapping["UUID"]
    planned = running.polls.get(name)
    if planned is not None and running.clock.now() <= planned <= due:
        return
    running.polls[name] = due
    context = contextvars.copy_context()
    running.clock.call_at(due, lambda: _start(ministack, mapping, context), f"mapping {name}")


def _start(ministack: MiniStack, mapping: dict[str, Any], context: contextvars.Context) -> None:
    running = session.current()
    if running.polls.get(mapping["UUID"]) == running.clock.now():
        running.polls[mapping["UUID"]] = None
        running.clock.spawn(lambda: context.copy().run(_take, ministack, mapping))


def _take(ministack: MiniStack, mapping: dict[str, Any]) -> None:
    """One batch; what is left is looked at when it can be seen."""
    sqs, lambdas = ministack.sqs, ministack.lambdas
    queue = sqs._queue_by_arn(mapping["EventSourceArn"])
    if queue is None or mapping["UUID"] not in lambdas._esms:
        return
    _give_up(ministack, mapping, queue)
    if _hand_over(ministack, mapping):
        _look_again(ministack, mapping, queue)


def _hand_over(ministack: MiniStack, mapping: dict[str, Any]) -> bool:
    """Whether there still is a function to hand anything to."""
    sqs, lambdas = ministack.sqs, ministack.lambdas
    function, config, name = lambdas._get_func_record_for_ref(mapping["FunctionArn"])
    if function is None:
        return False
    for action in _TO_POLL:
        if not may(ministack, config["Role"], action, mapping["EventSourceArn"]):
            raise PermissionError(f"{config['Role']} may not {action} on {mapping['EventSourceArn']}")
    url = sqs._queue_url(mapping["EventSourceArn"].rpartition(":")[2])
    batch = sqs._receive_messages_for_esm(url, mapping["BatchSize"])
    if not batch:
        return True
    event = {"Records": [_record(message, mapping["EventSourceArn"]) for message in batch]}
    record = lambdas._execution_record_for_config(function, config)
    result = lambdas._execute_function_with_config_scope(record, event)
    if result.get("throttle"):
        if (note := session.current().throttled) is not None:
            note(name, event)
        until = (session.current().clock.now() + _THROTTLED_PAUSE).timestamp()
        for message in batch:  # the poller had not taken them
            message.update(visible_at=until, receive_count=message["receive_count"] - 1)
        return True
    failed = _failed(mapping, result)
    done = {
        message["receipt_handle"] for message in batch if failed is not None and message["id"] not in failed
    }
    sqs._delete_messages_for_esm(url, done)
    return True


def _failed(mapping: dict[str, Any], result: dict[str, Any]) -> set[str] | None:
    """The messages that the function could not handle; None: the whole batch."""
    if result.get("error"):
        return None
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
        return set()
    answer = result.get("body") or {}
    return {str(it["itemIdentifier"]) for it in answer.get("batchItemFailures", [])}


def _look_again(ministack: MiniStack, mapping: dict[str, Any], queue: Any) -> None:
    if queue["messages"]:
        now = session.current().clock.now().timestamp()
        ahead = min(message["visible_at"] for message in queue["messages"]) - now
        # Up to a whole millisecond: at an instant a little too early nothing would be visible yet.
        _arm(ministack, mapping, timedelta(milliseconds=math.ceil(max(ahead, 0.0) * 1000)))


def _give_up(ministack: MiniStack, mapping: dict[str, Any], queue: Any) -> None:
    """SQS moves what was received too often to the dead letters; it does not say why."""
    before = {message["id"]: message for message in queue["messages"]}
    ministack.sqs._dlq_sweep(queue)
    running = session.current()
    for name in before.keys() - {message["id"] for message in queue["messages"]}:
        running.undelivered.append(
            Undelivered(
                at=running.clock.now(),
                rule=_rule_of(ministack, mapping["EventSourceArn"]),
                target=mapping["FunctionArn"],
                code="REPEATED_FAILURE",
                message="the function failed each time; its log says why",
                event=before[name]["body"],
                kept=True,
            )
        )


def _rule_of(ministack: MiniStack, queue_arn: str) -> str:
    """The rule that feeds the queue, if one does."""
    events = ministack.eventbridge
    for key, targets in events._targets._data.items():
        if any(target["Arn"] == queue_arn for target in targets):
            return str(events._rules._data[key]["Arn"])
    return ""


def _record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """A message as Lambda hands it to a function."""
    sent, first = message["sent_at"], message.get("first_receive_at") or message["sent_at"]
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": {
            "ApproximateReceiveCount": str(message["receive_count"]),
            "SentTimestamp": str(int(sent * 1000)),
            "SenderId": "events.amazonaws.com",
            "ApproximateFirstReceiveTimestamp": str(int(first * 1000)),
        },
        "messageAttributes": {},
        "md5OfBody": message["md5_body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }

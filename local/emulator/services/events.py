"""EventBridge: targets that refuse an event, what becomes of it then, and events that come twice or late.

MiniStack drops what a target does not take. AWS hands it to the target's dead-letter queue with the reason
as message attributes (user guide, "Using dead-letter queues").
"""

import contextvars
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.emulator import session
from local.emulator.load import ACCOUNT, REGION, MiniStack
from local.emulator.roles import denies, may, role_behind
from local.emulator.services import asynchronous, polling
from local.emulator.services import scheduled_rules as ticks
from local.emulator.session import Accepted, Undelivered
from local.emulator.virtual import Threading

# 1 MB since January 2026 (before: 256 KB); Step Functions still takes 256 KB of input.
PUT_EVENTS_LIMIT = 1_048_576
STATE_MACHINE_INPUT_LIMIT = 262_144

_CODES = {
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "StateMachineDeleting": "NO_RESOURCE",
    "ExecutionLimitExceeded": "RESOURCE_LIMIT_EXCEEDED",
    "ValidationException": "INVALID_PARAMETER",
    "InvalidExecutionInput": "INVALID_PARAMETER",
}


@dataclass(frozen=True)
class _Attempt:
    """The delivery under way."""

    target: dict[str, Any]
    rule: dict[str, Any]
    event: str
    scheduled: bool


_attempt: contextvars.ContextVar[_Attempt | None] = contextvars.ContextVar("attempt", default=None)


def install(ministack: MiniStack) -> None:
    """Replace how events are taken in and handed to state machines."""
    events = ministack.eventbridge
    events.threading = Threading(lambda: None)
    events._put_events = _put(ministack, events._put_events)
    events._dispatch_event = _dispatch(events._dispatch_event)
    events._invoke_target = _target(events, events._invoke_target)
    events._dispatch_to_stepfunctions = _start(ministack)
    events._dispatch_to_lambda = _invoke(ministack)
    events._dispatch_to_sqs = _enqueue(ministack)
    events.new_uuid = session.repeatable(events.new_uuid)


def entry_size(entry: dict[str, Any]) -> int:
    """An entry's size in bytes, as EventBridge counts it."""
    size = 14 if entry.get("Time") is not None else 0
    for text in (
        entry.get("Source"),
        entry.get("DetailType"),
        entry.get("Detail"),
        *entry.get("Resources", []),
    ):
        size += len((text or "").encode())
    return size


def _put(ministack: MiniStack, original: Callable[..., Any]) -> Callable[..., Any]:
    def put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        if sum(entry_size(entry) for entry in data.get("Entries", [])) > PUT_EVENTS_LIMIT:
            return _error(
                "ValidationException", "Total size of the entries in the request is over the limit."
            )
        if not allow_aws_source and (bus := _closed_bus(ministack, data.get("Entries", []))):
            return _error(
                "AccessDeniedException",
                f"User: {ministack.iam.caller_arn()} is not authorized to perform: events:PutEvents on "
                f"resource: {bus} with an explicit deny in a resource-based policy",
            )
        entries = data.get("Entries", [])
        refused = {index: error for index, entry in enumerate(entries) if (error := entry_error(entry))}
        if not refused:
            return original(data, allow_aws_source)
        taken = [entry for index, entry in enumerate(entries) if index not in refused]
        status, headers, body = original({**data, "Entries": taken}, allow_aws_source)
        if status >= 400:
            return status, headers, body
        answer = json.loads(body)
        rest = iter(answer["Entries"])
        answer["Entries"] = [refused.get(index) or next(rest) for index in range(len(entries))]
        answer["FailedEntryCount"] += len(refused)
        return status, headers, json.dumps(answer).encode()

    return put_events


def _error(kind: str, message: str) -> tuple[int, dict[str, str], bytes]:
    return (
        400,
        {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": kind},
        json.dumps({"__type": kind, "message": message}).encode(),
    )


def _closed_bus(ministack: MiniStack, entries: list[dict[str, Any]]) -> str | None:
    """The ARN of the first bus whose own policy denies the caller an entry, which MiniStack asks of none."""
    if not session.running() or not session.current().enforce_iam:
        return None
    caller = role_behind(ministack.iam.caller_arn())
    for entry in entries:
        bus = str(entry.get("EventBusName", "default")).rpartition("/")[2]
        policy = ministack.eventbridge._event_bus_policies.get(bus)
        arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        keys = {"events:source": [entry.get("Source")], "events:detail-type": [entry.get("DetailType")]}
        if policy and denies(
            ministack, policy, caller=caller, action="events:PutEvents", resource=arn, keys=keys
        ):
            return arn
    return None


def entry_error(entry: dict[str, Any]) -> dict[str, str] | None:
    """Why EventBridge would not take an entry; MiniStack takes any."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    return None if is_object else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


def _dispatch(original: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch_event(event: dict[str, Any], view: Any = None) -> None:
        if not session.running() or str(event.get("Source", "")).startswith("aws."):
            original(event, view)
            return
        running = session.current()
        running.accepted.append(
            Accepted(
                running.clock.now(),
                event["EventId"],
                event["Source"],
                event["DetailType"],
                event["Detail"],
            )
        )
        delivery = session.delivery.get()
        for _ in range(delivery.times):
            if delivery.delay:
                context = contextvars.copy_context()
                running.clock.call_at(
                    running.clock.now() + delivery.delay,
                    lambda context=context: context.run(original, event, view),  # type: ignore[misc]  # bound now
                    f"late event {event['EventId']}",
                )
            else:
                original(event, view)

    return dispatch_event


def _target(events: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_target(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        view = view or events._pattern_event_view(event)
        token = _attempt.set(
            _Attempt(target, rule, json.dumps(view.event_with_detail()), event["Source"] == ticks.SOURCE)
        )
        try:
            original(target, event, rule, view)
        finally:
            _attempt.reset(token)

    return invoke_target


def _start(ministack: MiniStack) -> Callable[[str, str], None]:
    states = ministack.stepfunctions

    def dispatch_to_stepfunctions(arn: str, payload: str) -> None:
        attempt = _attempt.get()
        if (size := len(payload.encode())) > STATE_MACHINE_INPUT_LIMIT:
            message = f"the input's {size} bytes are over StartExecution's {STATE_MACHINE_INPUT_LIMIT}"
            _refuse(ministack, attempt, "INVALID_PARAMETER", message)
            return
        role = attempt.target.get("RoleArn", "") if attempt else ""
        if attempt is not None and not may(ministack, role, "states:StartExecution", arn):
            message = f"{role or 'no role'} is not authorized to perform states:StartExecution on {arn}"
            _refuse(ministack, attempt, "NO_PERMISSIONS", message)
            return
        status, _headers, body = states._start_execution({"stateMachineArn": arn, "input": payload})
        answer = json.loads(body)
        if status < 400 and attempt is not None and attempt.scheduled:
            session.current().scheduled.add(answer["executionArn"])
        if status >= 400:
            code = str(answer.get("__type", "")).rsplit("#", 1)[-1]
            _refuse(
                ministack, attempt, _CODES.get(code, "ERROR_FROM_TARGET"), str(answer.get("message", code))
            )

    return dispatch_to_stepfunctions


def _invoke(ministack: MiniStack) -> Callable[[str, str], None]:
    def dispatch_to_lambda(arn: str, payload: str) -> None:
        attempt = _attempt.get()
        function, config, name = ministack.lambdas._get_func_record_for_ref(arn)
        rule = attempt.rule.get("Arn", "") if attempt else ""
        if not function or not config:
            _refuse(ministack, attempt, "NO_RESOURCE", f"there is no function {name}")
        elif not asynchronous.may_call(ministack, config, rule):
            message = f"the policy of {name} does not let EventBridge call it for {rule}"
            _refuse(ministack, attempt, "NO_PERMISSIONS", message)
        else:
            event = attempt.event if attempt else payload
            sent = asynchronous.Invocation(arn, json.loads(payload), rule, event)
            asynchronous.send(ministack, sent)

    return dispatch_to_lambda


def _enqueue(ministack: MiniStack) -> Callable[..., None]:
    """A rule whose target is a queue; where that is its dead-letter queue, nobody wanted the event."""

    def dispatch_to_sqs(queue_arn: Any, payload: str, _parameters: Any = None) -> None:
        attempt, sqs = _attempt.get(), ministack.sqs
        rule_arn = attempt.rule.get("Arn", "") if attempt else ""
        queue = sqs._queue_by_arn(str(queue_arn))
        if queue is None:
            _refuse(ministack, attempt, "NO_RESOURCE", f"there is no queue {queue_arn}")
            return
        if not sqs.queue_policy_allows(str(queue_arn), "events.amazonaws.com", rule_arn, ACCOUNT):
            message = f"the policy of {queue_arn} does not let EventBridge send to it for {rule_arn}"
            _refuse(ministack, attempt, "NO_PERMISSIONS", message)
            return
        _append(ministack, queue, payload, {})
        polling.look_later(ministack, str(queue_arn))
        if attempt is not None and _dead_letters(attempt) == str(queue_arn):
            _note(attempt, str(queue_arn), "NO_RULE", "no rule wants it", kept=True)

    return dispatch_to_sqs


def _dead_letters(attempt: _Attempt) -> str:
    return str((attempt.target.get("DeadLetterConfig") or {}).get("Arn", ""))


def _append(ministack: MiniStack, queue: Any, body: str, attributes: dict[str, str]) -> None:
    now = session.current().clock.now().timestamp()
    message = {
        "id": session.current().new_id(),
        "body": body,
        "sent_at": now,
        "visible_at": now,
        "message_attributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }
    ministack.sqs._ensure_msg_fields(message)
    queue["messages"].append(message)


def _note(attempt: _Attempt, target: str, code: str, message: str, *, kept: bool) -> None:
    session.current().undelivered.append(
        Undelivered(
            at=session.current().clock.now(),
            rule=attempt.rule.get("Arn", ""),
            target=target,
            code=code,
            message=message,
            event=attempt.event,
            kept=kept,
        )
    )


def _refuse(ministack: MiniStack, attempt: _Attempt | None, code: str, message: str) -> None:
    """To the dead-letter queue, if the target has one that takes it."""
    if attempt is None:
        return
    sqs = ministack.sqs
    rule_arn, target_arn = attempt.rule.get("Arn", ""), attempt.target.get("Arn", "")
    queue_arn = _dead_letters(attempt)
    queue = sqs._queue_by_arn(queue_arn) if queue_arn else None
    kept = queue is not None and bool(
        sqs.queue_policy_allows(queue_arn, "events.amazonaws.com", rule_arn, ACCOUNT)
    )
    if queue is not None and kept:
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target_arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
        }
        _append(ministack, queue, attempt.event, attributes)
    _note(attempt, target_arn, code, message, kept=kept)

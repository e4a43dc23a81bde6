"""Lambda, called by EventBridge: nobody waits for the answer, and what fails is tried again.

MiniStack calls once and forgets. AWS calls again twice after an error, a minute and two minutes later, and a
function that is throttled for hours; then the event goes to the function's dead-letter queue, with the error
as message attributes (Lambda's developer guide, "How Lambda handles errors and retries with asynchronous
invocation").
"""

import contextvars
import json
from dataclasses import dataclass
from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack
from local.emulator.session import Undelivered

_PAUSES = (60, 120)
_THROTTLED_PAUSE = 1
_OLDEST = 6 * 3600


@dataclass(frozen=True)
class Invocation:
    """An event that is on its way to a function; ``rule`` and ``event`` for the record of a failed one."""

    function: str
    payload: Any
    rule: str
    event: str


def may_call(ministack: MiniStack, config: dict[str, Any], rule: str) -> bool:
    """Whether the function's own policy lets EventBridge call it for this rule."""
    function = ministack.lambdas._functions.get(config["FunctionName"]) or {}
    statements = (function.get("policy") or {}).get("Statement", [])
    return any(_allows(statement, rule) for statement in statements)


def _allows(statement: dict[str, Any], rule: str) -> bool:
    principal = statement.get("Principal")
    service = principal.get("Service") if isinstance(principal, dict) else principal
    source = (statement.get("Condition") or {}).get("ArnLike", {}).get("AWS:SourceArn", rule)
    return statement.get("Effect") == "Allow" and service == "events.amazonaws.com" and source == rule


def send(ministack: MiniStack, invocation: Invocation) -> None:
    """Call the function in a thread of the clock's, at the present instant."""
    context = contextvars.copy_context()
    session.current().clock.spawn(lambda: context.run(_call, ministack, invocation))


def _call(ministack: MiniStack, invocation: Invocation) -> None:
    lambdas, clock = ministack.lambdas, session.current().clock
    began, failures = clock.now(), 0
    while True:
        function, config, name = lambdas._get_func_record_for_ref(invocation.function)
        record = lambdas._execution_record_for_config(function, config)
        result = lambdas._execute_function_with_config_scope(record, invocation.payload)
        if result.get("throttle"):
            if (note := session.current().throttled) is not None:
                note(name, invocation.payload)
            if (clock.now() - began).total_seconds() < _OLDEST:
                clock.sleep(_THROTTLED_PAUSE)
                continue
        elif not result.get("error"):
            return
        elif failures < len(_PAUSES):
            clock.sleep(_PAUSES[failures])
            failures += 1
            continue
        _give_up(ministack, config, invocation, result.get("body") or {})
        return


def _give_up(ministack: MiniStack, config: dict[str, Any], lost: Invocation, body: dict[str, Any]) -> None:
    running, sqs = session.current(), ministack.sqs
    queue_arn = (config.get("DeadLetterConfig") or {}).get("TargetArn", "")
    queue = sqs._queue_by_arn(queue_arn) if queue_arn else None
    code, message = str(body.get("errorType", "Lambda.Unknown")), str(body.get("errorMessage", ""))
    if queue is not None:
        now = running.clock.now().timestamp()
        attributes = {"RequestID": running.new_id(), "ErrorCode": "200", "ErrorMessage": message[:1024]}
        dead = {
            "id": running.new_id(),
            "body": json.dumps(lost.payload),
            "sent_at": now,
            "visible_at": now,
            "message_attributes": {
                name: {"DataType": "Number" if name == "ErrorCode" else "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }
        sqs._ensure_msg_fields(dead)
        queue["messages"].append(dead)
    running.undelivered.append(
        Undelivered(
            at=running.clock.now(),
            rule=lost.rule,
            target=config.get("FunctionArn", ""),
            code=code,
            message=message,
            event=lost.event,
            kept=queue is not None,
        )
    )

"""The four states that send one message: send, ask whether it is deferred, wait, record a failure.

They differ in their names, their function and what follows; a send may also assign variables (``Assign``) and
say something of itself (``Comment``). All else is the same for every message.
"""

from collections.abc import Mapping
from typing import Any

from clinic.contracts.workflows import Workflow
from infra.definitions.policies import RECORD, SEND, PolicyError, Table, errors_of

State = dict[str, Any]
States = Mapping[str, Any]


def group_of(send: str) -> tuple[str, str, str, str]:
    """The names of a send's four states, as ``SendDose`` and ``IsDoseDeferred``."""
    message = send.removeprefix("Send")
    return send, f"Is{message}Deferred", f"WaitToRetry{message}", f"Record{message}Failure"


def states_that_send(workflow: Workflow, send: str, machine: States, table: Table) -> dict[str, State]:
    """The four states, by name, as they should be.

    Args:
        workflow: whose they are.
        send: the name of the state that sends.
        machine: the states beside them, which hold what is the send's own.
        table: what is tried again.

    Raises:
        PolicyError: one of the four is missing or has a Catch in the table, or nothing follows the message.
    """
    if not send.startswith("Send"):
        raise PolicyError(f"{workflow.definition_file}: {send} is named otherwise than Send<Message>")
    names = group_of(send)
    if missing := [name for name in names if name not in machine]:
        raise PolicyError(f"{workflow.definition_file}: {send} needs a state {missing[0]} beside it")
    if caught := [name for name in names if name in table.caught_in(workflow)]:
        raise PolicyError(f"catch.{workflow.name}.{caught[0]}: a send has its own Catch")
    _, ask, wait, record = names
    if "Default" not in machine[ask]:
        raise PolicyError(f"{workflow.definition_file}: {ask} needs a Default, what follows the message")
    retry = table.retry(workflow, SEND)
    intent = {"intentId": "{% $states.input.intentId %}"}
    failed = {**intent, "error": "{% $states.input.error %}"}
    catch = {
        "ErrorEquals": errors_of(retry),
        "Output": {**intent, "error": "{% $states.errorOutput.Error %}"},
        "Next": record,
    }
    # What a send assigns, the record of its failure does too: both end with the same answer.
    assign = _kept("Assign", machine[send])
    return {
        send: {
            **_call(workflow, _kept("Comment", machine[send]), intent),
            "Retry": retry,
            **assign,
            "Output": "{% $states.result.Payload %}",
            "Catch": [catch],
            "Next": ask,
        },
        ask: {
            "Type": "Choice",
            **_kept("Comment", machine[ask]),
            "Choices": [{"Condition": "{% $states.input.status = 'deferred' %}", "Next": wait}],
            "Default": machine[ask]["Default"],
        },
        wait: {
            "Type": "Wait",
            **_kept("Comment", machine[wait]),
            "Timestamp": "{% $states.input.retryAt %}",
            "Next": send,
        },
        record: {
            **_call(workflow, _kept("Comment", machine[record]), failed),
            "Retry": table.retry(workflow, RECORD),
            **assign,
            "Output": "{% $states.result.Payload %}",
            "Next": ask,
        },
    }


def _call(workflow: Workflow, comment: State, given: Mapping[str, str]) -> State:
    """The head of a Task: what it calls, and with what."""
    return {
        "Type": "Task",
        **comment,
        "Resource": "arn:aws:states:::lambda:invoke",
        "TimeoutSeconds": 60,
        "Arguments": {
            "FunctionName": f"${{{workflow.function_substitution}}}",
            "Payload": {
                "step": "{% $states.context.State.Name %}",
                "execution": "{% $states.context.Execution.Id %}",
                "input": dict(given),
            },
        },
    }


def _kept(key: str, state: States) -> State:
    return {key: state[key]} if key in state else {}

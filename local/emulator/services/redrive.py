"""Step Functions: RedriveExecution, which MiniStack lacks, and what is said of redrives elsewhere.

Written from AWS's API reference ("RedriveExecution") and developer guide ("Restarting state machine
executions with redrive"). A failed run goes on with the state it failed in, that state's input, and the
variables as they were. A Map that failed runs all its iterations again; on AWS only those that had not
succeeded.
"""

import contextvars
import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack

REDRIVABLE_FOR = timedelta(days=14)
_UNSUCCESSFUL = frozenset({"FAILED", "ABORTED", "TIMED_OUT"})
_ENTERED = "StateEntered"


def install(ministack: MiniStack) -> None:
    """Add the operation, and what DescribeExecution and the status events say of redrives."""
    states = ministack.stepfunctions
    states.handle_request = _handle(states, states.handle_request)
    states._describe_execution = _describe(states, states._describe_execution)
    states._emit_execution_status_event = _tell(ministack, states._emit_execution_status_event)
    states._add_event = _before_the_first_state(states._add_event)


def not_redrivable(execution: dict[str, Any]) -> str | None:
    """Why a run can't be redriven, in AWS's words; None if it can."""
    if execution["status"] not in _UNSUCCESSFUL:
        return f"Execution is {execution['status']} and cannot be redriven"
    stopped = datetime.fromisoformat(execution["stopDate"])
    if session.current().clock.now() - stopped > REDRIVABLE_FOR:
        return "Execution redrivable period exceeded"
    return None


def go_on(execution: dict[str, Any], context: dict[str, Any]) -> None:
    """Give a redriven run's first state what the run knew when it failed; called for each state of a run."""
    known = session.current().variables.setdefault(execution["executionArn"], context)
    if known is not context and execution.pop("isResuming", False):
        context["variables"].update(known["variables"])
        context["Execution"].update(known["Execution"], RedriveCount=execution["redriveCount"])
        session.current().variables[execution["executionArn"]] = context


def _handle(states: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> Any:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return states._finalize_response(_redrive(states, json.loads(body or "{}")))
        return await original(method, path, headers, body, query_params)

    return handle_request


def _redrive(states: Any, data: dict[str, Any]) -> Any:
    execution = states._executions.get(data.get("executionArn"))
    if execution is None:
        message = f"Execution Does Not Exist: '{data.get('executionArn')}'"
        return states.error_response_json("ExecutionDoesNotExist", message, 400)
    token = data.get("clientToken")
    if token is not None and execution.get("redriveToken") == token:
        return states.json_response({"redriveDate": execution["redriveDate"]})
    if (reason := not_redrivable(execution)) is not None:
        return states.error_response_json("ExecutionNotRedrivable", reason, 400)
    count = execution.get("redriveCount", 0) + 1
    now = states.now_iso()
    execution.update(status="RUNNING", stopDate=None, output=None, error=None, cause=None)
    execution.update(redriveCount=count, redriveDate=now, redriveToken=token, isResuming=True)
    states._add_event(
        execution, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": count}}
    )
    states._emit_execution_status_event(execution)
    context = contextvars.copy_context()
    states.threading.Thread(target=context.run, args=(_run_again, states, execution)).start()
    return states.json_response({"redriveDate": now})


def _run_again(states: Any, execution: dict[str, Any]) -> None:
    """Run from the state that was entered last: for a moment the definition begins there, with its input.

    The interpreter reads both before the first state, and nothing else runs until then.
    """
    arn = execution["stateMachineArn"]
    entered = [event for event in execution["events"] if event["type"].endswith(_ENTERED)]
    machine, run_input = states._state_machines.get(arn), execution["input"]
    if machine is None or not entered:
        states._run_execution(execution["executionArn"])
        return
    last = entered[-1]["stateEnteredEventDetails"]
    definition = {**json.loads(machine["definition"]), "StartAt": last["name"]}
    states._state_machines[arn] = {**machine, "definition": json.dumps(definition)}
    execution["input"] = last["input"]

    def restore() -> None:
        states._state_machines[arn] = machine
        execution["input"] = run_input

    execution["restore"] = restore
    states._run_execution(execution["executionArn"])


def _before_the_first_state(original: Callable[..., Any]) -> Callable[..., Any]:
    def add_event(execution: dict[str, Any], kind: str, details: Any = None) -> Any:
        if (restore := execution.pop("restore", None)) is not None:
            restore()
        return original(execution, kind, details)

    return add_event


def _said(execution: dict[str, Any]) -> dict[str, Any]:
    reason = not_redrivable(execution)
    said = {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
    }
    if reason:
        said["redriveStatusReason"] = reason
    if execution.get("redriveDate"):
        said["redriveDate"] = execution["redriveDate"]
    return said


def _describe(states: Any, original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def describe_execution(data: dict[str, Any]) -> Any:
        status, headers, body = original(data)
        if status >= 400 or not session.running():
            return status, headers, body
        said = _said(states._executions[data["executionArn"]])
        return status, headers, json.dumps({**json.loads(body), **said}).encode()

    return describe_execution


def _tell(
    ministack: MiniStack, original: Callable[[dict[str, Any]], None]
) -> Callable[[dict[str, Any]], None]:
    """A status event says how often the run was redriven, and whether it can be."""
    events = ministack.eventbridge

    def emit_execution_status_event(execution: dict[str, Any]) -> None:
        put = events._put_events

        def put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
            entries = copy.deepcopy(data["Entries"])
            for entry in entries:
                detail = {**json.loads(entry["Detail"]), "redriveStatusReason": None, **_said(execution)}
                if execution.get("redriveDate"):
                    detail["redriveDate"] = states._iso_to_epoch_ms(execution["redriveDate"])
                entry["Detail"] = json.dumps(detail)
            return put({"Entries": entries}, allow_aws_source)

        states = ministack.stepfunctions
        if not session.running():
            original(execution)
            return
        events._put_events = put_events
        try:
            original(execution)
        finally:
            events._put_events = put

    return emit_execution_status_event

"""Step Functions in virtual time: what is replaced in MiniStack's interpreter, and why."""

import contextvars
import json
from collections.abc import Callable
from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack
from local.emulator.roles import may
from local.emulator.services import redrive
from local.emulator.services.expressions import CompiledOnce
from local.emulator.virtual import Pool, Threading, Time, wait
from local.workers import UnwoundError

# The execution a thread works for; MiniStack copies the context into the threads it starts.
_execution: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("execution", default=None)
# What has failed in the Map or Parallel a thread works for; the list is shared by its iterations.
_failed_siblings: contextvars.ContextVar[list[Exception]] = contextvars.ContextVar("failed_siblings")
_retry_delay: contextvars.ContextVar[float | None] = contextvars.ContextVar("retry_delay", default=None)

_COUNTED = ("pass", "task", "choice", "wait", "parallel", "map")


class ExecutionEndedError(UnwoundError):
    """The execution was stopped while this thread waited."""


def install(ministack: MiniStack) -> None:
    """Replace what waits, what starts threads and what calls functions."""
    states = ministack.stepfunctions
    states.time = Time(_sleep)
    states.threading = Threading(_leave_if_ended)
    states.ThreadPoolExecutor = Pool
    states.futures_wait = lambda futures: wait(futures, _leave_if_ended)
    states._scaled_sleep = _sleep
    states._invoke_resource_with_timeout = lambda resource, data, _timeout: states._invoke_resource(
        resource, data
    )
    states._find_matching_retrier = _retrier(states._find_matching_retrier)
    states._run_execution = _run(states, states._run_execution)
    states._emit_execution_status_event = _tell(states._emit_execution_status_event)
    states._stop_execution = _stop(states._stop_execution)
    states._call_lambda = _call(ministack)
    states.jsonata = CompiledOnce(states.jsonata)
    states.new_uuid = session.repeatable(states.new_uuid)
    states._run_sub_machine = _stopping_with_its_siblings(states._run_sub_machine)
    for name in ("_run_map_items", "_run_parallel_branches"):
        setattr(states, name, _with_siblings(getattr(states, name)))
    for kind in _COUNTED:
        name = f"_execute_{kind}"
        setattr(states, name, _counted(getattr(states, name)))


def _sleep(seconds: float) -> None:
    """Virtual time passes; a stopped execution goes no further."""
    delay = _retry_delay.get()
    _retry_delay.set(None)
    execution = _execution.get()
    owner = execution["executionArn"] if execution else ""
    running = session.current()
    # A Wait of a run that a schedule started may last until the next such run: nobody waits for its end.
    background = delay is None and owner in running.scheduled
    running.clock.sleep(seconds if delay is None else delay, owner=owner, background=background)
    _leave_if_ended()


def _leave_if_stopped() -> None:
    execution = _execution.get()
    if execution is not None and execution["status"] != "RUNNING":
        raise ExecutionEndedError


def _leave_if_ended() -> None:
    _leave_if_stopped()
    if failed := _failed_siblings.get([]):
        raise failed[0]


def _run(states: Any, original: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(execution_arn: str) -> None:
        execution = states._executions.get(execution_arn)
        if execution is None or execution["status"] != "RUNNING":
            return  # stopped before its first state
        _execution.set(execution)
        # The context is that of whoever started it: perhaps a step in another run's Map.
        _failed_siblings.set([])
        _retry_delay.set(None)
        session.delivery.set(session.Delivery())
        original(execution_arn)
        if (note := session.current().progress) is not None:
            note()

    return run_execution


def _with_siblings(original: Callable[..., Any]) -> Callable[..., Any]:
    """Each try of a Map or Parallel keeps what has failed in it."""

    def execute(*arguments: Any) -> Any:
        token = _failed_siblings.set([])
        try:
            return original(*arguments)
        finally:
            _failed_siblings.reset(token)

    return execute


def _stopping_with_its_siblings(original: Callable[..., Any]) -> Callable[..., Any]:
    """One iteration or branch that fails ends the others, as on AWS; MiniStack would run them all.

    Those that wait side by side end when they wake; those that come after do not begin.
    """

    def run_sub_machine(*arguments: Any) -> Any:
        failed = _failed_siblings.get()
        if failed:
            raise failed[0]
        try:
            return original(*arguments)
        except Exception as error:
            failed.append(error)
            raise

    return run_sub_machine


def _stop(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """A stopped execution's sleepers wake at once, to leave."""

    def stop_execution(data: dict[str, Any]) -> Any:
        answer = original(data)
        if session.running():
            session.current().clock.wake(str(data.get("executionArn")))
        return answer

    return stop_execution


def _tell(original: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """The changes of a run's status go to the default bus, unless nobody there wants to know."""

    def emit_execution_status_event(execution: dict[str, Any]) -> None:
        if not session.running() or session.current().tells_of_runs:
            original(execution)

    return emit_execution_status_event


def _retrier(original: Callable[..., Any]) -> Callable[..., Any]:
    """``MaxDelaySeconds`` and ``JitterStrategy``, which MiniStack leaves out (it caps at 60 seconds)."""

    def find_matching_retrier(
        retriers: list[dict[str, Any]], error: str, retry_counts: dict[int, int]
    ) -> tuple[dict[str, Any] | None, int]:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is not None:
            delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** (
                retry_counts.get(index, 0)
            )
            delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
            if retrier.get("JitterStrategy") == "FULL":
                delay = round(session.current().random.uniform(0, delay), 3)
            _retry_delay.set(max(delay, 0.001))
            if (execution := _execution.get()) is not None:
                session.current().transitions[execution["executionArn"]] += 1
        return retrier, index

    return find_matching_retrier


def _counted(original: Callable[..., Any]) -> Callable[..., Any]:
    """Counts transitions, also inside a Map, where MiniStack's history is silent."""

    def execute(state: Any, data: Any, *rest: Any) -> Any:
        if session.running() and (execution := _execution.get()) is not None:
            session.current().transitions[execution["executionArn"]] += 1
            redrive.go_on(execution, rest[-1])
        return original(state, data, *rest)

    return execute


def _role(ministack: MiniStack) -> str:
    """The role of the state machine this thread works for."""
    execution = _execution.get()
    machine = ministack.stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
    return str(machine["roleArn"]) if machine else ""


def _call(ministack: MiniStack) -> Callable[[str, Any], Any]:
    """Invokes a function for a Task, naming errors as Step Functions does."""
    lambdas, error = ministack.lambdas, ministack.stepfunctions._ExecutionError

    def call_lambda(reference: str, event: Any) -> Any:
        function, config, name = lambdas._get_func_record_for_ref(reference)
        if not function or not config:
            raise error("Lambda.ResourceNotFoundException", f"Function not found: {name}")
        role = _role(ministack)
        if role and not may(ministack, role, "lambda:InvokeFunction", config["FunctionArn"]):
            denied = f"{role} is not authorized to perform: lambda:InvokeFunction on {config['FunctionArn']}"
            raise error("Lambda.AWSLambdaException", f"{denied} (Status Code: 403, AccessDeniedException)")
        record = lambdas._execution_record_for_config(function, config)
        result = lambdas._execute_function_with_config_scope(record, event)
        _leave_if_stopped()  # by the step itself, or while it ran
        body = result.get("body")
        if result.get("throttle"):
            if (note := session.current().throttled) is not None:
                note(name, event)
            raise error("Lambda.TooManyRequestsException", body["message"])
        if result.get("error"):
            raise error(body.get("errorType") or "Lambda.Unknown", json.dumps(body))
        return body

    return call_lambda

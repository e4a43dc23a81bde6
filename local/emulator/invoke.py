"""Lambda: an invocation that got its concurrency slot runs in this process."""

from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack
from local.emulator.services import logs
from local.emulator.session import FunctionCall


def install(ministack: MiniStack) -> None:
    """Replace the choice of an executor; the slots before it stay MiniStack's."""
    lambdas = ministack.lambdas

    def execute(
        _function: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, _started: float
    ) -> dict[str, Any]:
        answer = session.current().invoke(FunctionCall(config, event, request_id))
        logs.keep(ministack, config, answer)
        return {"body": answer.payload, "error": answer.failed, "log": ""}

    lambdas._execute_function_dispatch = execute
    lambdas.new_uuid = session.repeatable(lambdas.new_uuid)

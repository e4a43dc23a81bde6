"""CloudWatch Logs: what functions write, in the log groups that the template gives them."""

from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack
from local.emulator.session import FunctionAnswer


def log_group(config: dict[str, Any]) -> str:
    """Where a function's log goes on AWS."""
    default = f"/aws/lambda/{config['FunctionName']}"
    return str((config.get("LoggingConfig") or {}).get("LogGroup") or default)


def keep(ministack: MiniStack, config: dict[str, Any], answer: FunctionAnswer) -> None:
    """Append what an invocation wrote to its process's stream; without a group, as on AWS, it is gone."""
    logs, group, running = ministack.logs, log_group(config), session.current()
    if not running.keeps_logs or not answer.log or group not in logs._log_groups:
        return
    names = {"logGroupName": group, "logStreamName": answer.log_stream}
    if answer.log_stream not in logs._log_groups[group]["streams"]:
        logs._create_log_stream(names)
    now = int(running.clock.now().timestamp() * 1000)
    logs._put_log_events({**names, "logEvents": [{"timestamp": now, "message": line} for line in answer.log]})

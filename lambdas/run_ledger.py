"""Keeps the run ledger: EventBridge calls it whenever a run's status changes."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.run_events import ExecutionStatusChange
from lambdas.events import EventCall, event_function


def record_run(call: EventCall) -> dict[str, str]:
    """Note what the run has come to."""
    run = call.application.run_recording.record(ExecutionStatusChange.parse(call.event))
    return {"workflow": run.workflow, "run": run.name, "status": run.status.value}


handler = event_function(record_run)

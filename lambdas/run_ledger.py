"""Keeps the run ledger: a queue hands it the changes of runs' statuses."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.bootstrap.application import Application
from clinic.contracts.events.operations import ExecutionStatusChange
from lambdas.queues import QueuedEvent, queue_function


def record_run(told: QueuedEvent) -> dict[str, str]:
    """Note what the run has come to."""
    run = told.application.paced_recording.record(ExecutionStatusChange.parse(told.event))
    return {"workflow": run.workflow, "run": run.name, "status": run.status.value}


def begin(application: Application) -> None:
    """Keep this call's questions apart from those of the one before."""
    application.question_pace.begin()


handler = queue_function(record_run, begin)

"""Use case: keep what Step Functions says of a run, without what the run was about."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.contracts.events.operations import ExecutionStatusChange
from clinic.contracts.fields import is_identifier
from clinic.contracts.metrics import (
    BUSY_TIME,
    EVENTS_REFUSED,
    RUN_RECOVERY,
    RUN_SUCCESS,
    WORKFLOW_BUSY_TIME,
    WORKFLOW_EXECUTIONS,
    WORKFLOW_FAILURES,
)
from clinic.domain import errors
from clinic.domain.errors import InvalidEventError, Remedy, is_refusal
from clinic.domain.operations.run_history import work_done
from clinic.domain.operations.runs import Run, RunStatus
from clinic.services.operations.ports import RunInspector, RunLedger
from clinic.services.ports import Meter

# The fields of the events' details that name what a run is about.
SUBJECT_FIELDS = (
    "reservationId",
    "oldReservationId",
    "newReservationId",
    "requestId",
    "prescriptionId",
    "profileId",
)
_ERROR_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._]{0,127}")
_LONGEST_REASON = 300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RunRecording:
    """Writes the run ledger.

    Attributes:
        prefix: what the names of the stage's state machines begin with: ``citas-dev-``.
    """

    store: RunLedger
    inspector: RunInspector
    meter: Meter
    prefix: str

    def record(self, change: ExecutionStatusChange) -> Run:
        """Keep what a status change says.

        Raises:
            InvalidEventError: the run is none of this stage's.
            StoreUnavailableError, RunsUnavailableError: not kept; may work in a moment.
        """
        return self.keep(self._completed(self._said(change), change.input, change.cause))

    def look_up(self, run: Run) -> Run | None:
        """Ask Step Functions about a run, and keep what it says; None: it knows nothing of it any more.

        Raises:
            StoreUnavailableError, RunsUnavailableError: not kept; may work in a moment.
        """
        found = self.inspector.describe(run.arn)
        if found is None:
            return None
        said = replace(
            run,
            status=found.status,
            stopped_at=found.stopped_at,
            redrives=found.redrives,
            error=_error_name(found.error),
        )
        return self.keep(self._completed(said, found.input_text, found.cause))

    def keep(self, run: Run) -> Run:
        """Keep it, and count it if that was news: what is said twice counts once."""
        if self.store.note(run) and not run.status.is_open and run.status is not RunStatus.ABORTED:
            self._count(run)
        return run

    def _count(self, run: Run) -> None:
        busy = run.busy.total_seconds() if run.busy is not None else 0
        refused = run.status.is_failed and is_refusal(run.error)
        failed = run.status.is_failed and not refused
        self.meter.add(WORKFLOW_EXECUTIONS, workflow=run.workflow)
        self.meter.add(WORKFLOW_FAILURES, int(failed), workflow=run.workflow)
        self.meter.add(WORKFLOW_BUSY_TIME, busy, workflow=run.workflow)
        self.meter.add(BUSY_TIME, busy)
        if refused:
            self.meter.add(EVENTS_REFUSED, workflow=run.workflow)
            return
        self.meter.add(RUN_SUCCESS, 0 if failed else 100)
        if (failed and not is_permanent(run.error)) or (run.has_stumbled and not failed):
            self.meter.add(RUN_RECOVERY, 0 if failed else 100)

    def _said(self, change: ExecutionStatusChange) -> Run:
        machine = change.state_machine_arn.rpartition(":")[2]
        if not machine.startswith(self.prefix):
            raise InvalidEventError(f"stateMachineArn: expected a state machine named {self.prefix}…")
        return Run(
            workflow=machine.removeprefix(self.prefix),
            name=change.name,
            arn=change.execution_arn,
            status=change.status,
            started_at=_instant(change.start_date),
            stopped_at=_instant(change.stop_date) if change.stop_date is not None else None,
            redrives=change.redrive_count or 0,
            error=_error_name(change.error),
        )

    def _completed(self, run: Run, input_text: str | None, cause: str | None) -> Run:
        """With its input's ids, its error, and what it did once it has ended; only then it is asked about."""
        lacks = input_text is None or (run.status.is_failed and run.error is None)
        if lacks and not run.status.is_open:
            found = self.inspector.describe(run.arn)
            if found is not None:
                input_text, cause = found.input_text, found.cause
                run = replace(run, error=run.error or _error_name(found.error))
        event_id, subjects = _ids_in(input_text)
        run = replace(run, event_id=event_id, subjects=subjects, reason=_own_words(run.error, cause))
        if run.status.is_open:
            return run
        work = work_done(self.inspector.history(run.arn))
        return replace(run, busy=work.busy, transitions=work.transitions, has_stumbled=work.failed_tries > 0)


def is_permanent(error: str | None) -> bool:
    """Whether an error of this name would come again if the run were tried again."""
    kind = getattr(errors, error or "", None)
    return isinstance(kind, type) and issubclass(kind, errors.PermanentError)


def remedy_of(error: str | None) -> Remedy:
    """What makes a run that failed with an error of this name end well; of other names than ours: time."""
    kind = getattr(errors, error or "", None)
    return kind.remedy if isinstance(kind, type) and issubclass(kind, errors.CitasError) else Remedy.TIME


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _error_name(error: str | None) -> str | None:
    return error if error and _ERROR_NAME.fullmatch(error) else None


def _own_words(error: str | None, cause: str | None) -> str | None:
    """The text of an error that Citas raised on purpose; any other text may quote the data it is about."""
    kind = getattr(errors, error or "", None)
    if not isinstance(kind, type) or not issubclass(kind, errors.CitasError):
        return None
    message = _decoded(cause).get("errorMessage")
    return message[:_LONGEST_REASON] if isinstance(message, str) else None


def _ids_in(input_text: str | None) -> tuple[str | None, dict[str, str]]:
    """The event's id, and the ids that its detail names; anything that isn't spelled like one stays out."""
    read = _decoded(input_text)
    detail = read.get("detail")
    fields = detail if isinstance(detail, dict) else {}
    ids = {name: fields[name] for name in SUBJECT_FIELDS if is_identifier(fields.get(name))}
    event_id = read.get("id")
    return (event_id if is_identifier(event_id) else None), ids


def _decoded(text: str | None) -> dict[str, Any]:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}

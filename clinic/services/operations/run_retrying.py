"""Use case: try failed runs again, each once."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from clinic.contracts.workflows import WATCHED
from clinic.domain.errors import Remedy, RunsUnavailableError
from clinic.domain.operations.runs import Run
from clinic.services.operations.ports import RunDescription
from clinic.services.operations.run_recording import remedy_of

# Step Functions takes 25 redrives or starts a second for long, and people watch what they do.
MOST_AT_ONCE = 25
# Whoever claimed a retry and has not made it by then is gone.
CLAIMED_FOR = timedelta(minutes=15)
# In place of the run that goes on, where none does.
DROPPED = "dropped"
# An error that nobody has mended comes again within seconds: it is never retried by its state.
_LOOKS = 20
# Errors whose text names the entry of the directory that is missing.
_OF_ONE_ENTRY = frozenset({"NotInDirectoryError", "UnknownProfileError", "DoctorNotToldError"})


class RunRetries(Protocol):
    """The run ledger, for whoever tries runs again. Every method may raise `StoreUnavailableError`."""

    def failed(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """As `RunLedger.failed`."""

    def claim_retry(self, run: Run, now: datetime, stale: datetime) -> bool:
        """Take the right to try a run again, as it was read.

        Args:
            stale: a claim from before then that came to nothing counts no more.

        Returns:
            Whether it was to be had: it still stands as it was read, and nobody else tries it.
        """

    def note_retry(self, run: Run, run_as: str) -> None:
        """Record that a claimed run goes on, and as which ARN."""

    def release_retry(self, run: Run) -> None:
        """Give a claim back that came to nothing."""


class RunControl(Protocol):
    """Step Functions, told to do something. Every method may raise `RunsUnavailableError`."""

    def describe(self, run: str) -> RunDescription | None:
        """As `RunInspector.describe`."""

    def is_current(self, run: str) -> bool:
        """Whether a run's definition still is its state machine's."""

    def redrive(self, run: str, token: str) -> bool:
        """Have a failed run go on from where it failed; whether Step Functions takes it.

        Args:
            token: the same for the same retry, so that a repeated request does nothing more.
        """

    def start_again(self, run: str, name: str, input_text: str | None) -> str:
        """Start a run of the same state machine, on its current version; gives its ARN.

        Args:
            name: the new run's; one that was started by that name before is not started again.
        """


@dataclass(frozen=True)
class RetrySelection:
    """Which failed runs.

    Attributes:
        since, until: of those that failed from the one instant on and before the other.
        workflow: of this one; None: of all.
        error: those that failed with this error; None: with any.
        forces_permanent: also those whose error nothing mends, and all at once of those whose error somebody
            has to mend.
        most: how many at once.
    """

    since: datetime
    until: datetime
    workflow: str | None = None
    error: str | None = None
    forces_permanent: bool = False
    most: int = MOST_AT_ONCE


class Way(StrEnum):
    """What came of a failed run."""

    REDRIVEN = "redriven"  # it goes on from where it failed
    STARTED_AGAIN = "started_again"  # a new run with its input, on the workflow's current version
    FAILED_AGAIN = "failed_again"  # it was tried first, and what it needs is not mended
    PERMANENT = "permanent_error"  # left alone: the same would happen again
    NOT_MENDED = "not_mended"  # left alone: the first of those with this error has failed of it again
    ALREADY_RETRIED = "already_retried"  # somebody else was quicker, or it runs again
    FORGOTTEN = "forgotten"  # Step Functions keeps a run for 90 days
    UNAVAILABLE = "step_functions_unavailable"  # not now
    WOULD_RETRY = "would_retry"  # a dry run

    @property
    def is_success(self) -> bool:
        """Whether it goes on."""
        return self in {Way.REDRIVEN, Way.STARTED_AGAIN}

    @property
    def is_failure(self) -> bool:
        """Whether it was tried and could not be helped."""
        return self in {Way.FAILED_AGAIN, Way.FORGOTTEN, Way.UNAVAILABLE}


_LEFT_ALONE = frozenset({Way.PERMANENT, Way.NOT_MENDED})


@dataclass(frozen=True)
class RetryOutcome:
    """What came of one run; ``run_as``: the ARN that goes on."""

    run: Run
    way: Way
    run_as: str | None = None


@dataclass(frozen=True)
class RetryResult:
    """What came of all of them.

    Attributes:
        has_more: whether there are more than were looked at: ask again.
    """

    outcomes: Sequence[RetryOutcome]
    has_more: bool = False

    @property
    def retried(self) -> int:
        """How many were tried."""
        return self.success + self.failed

    @property
    def success(self) -> int:
        """How many go on."""
        return sum(outcome.way.is_success for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        """How many could not be helped."""
        return sum(outcome.way.is_failure for outcome in self.outcomes)

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many of each outcome."""
        return dict(Counter(outcome.way.value for outcome in self.outcomes))


@dataclass(frozen=True)
class RunRetrying:
    """Tries failed runs again. A retry is claimed on the run's row, so that two don't meet."""

    retries: RunRetries
    control: RunControl

    def retry(
        self,
        selection: RetrySelection,
        now: datetime,
        *,
        is_dry: bool = False,
        pause: Callable[[], None] = lambda: None,
    ) -> RetryResult:
        """Try the selected runs again, or say which would be.

        Of those whose error somebody has to mend (a token, a setting, the directory) one is tried first, and
        the others only if it does not fail again. What the directory lacks is mended entry by entry, so there
        it is one of those that lack the same.

        Args:
            pause: lets a moment pass between two looks at that first one.

        Raises:
            StoreUnavailableError: the run ledger did not answer; what was done stays done.
        """
        outcomes: list[RetryOutcome] = []
        is_mended: dict[object, bool] = {}
        for run in self._selected(selection):
            if sum(outcome.way not in _LEFT_ALONE for outcome in outcomes) >= selection.most:
                return RetryResult(outcomes, has_more=True)
            needed = _what_is_needed(run)
            remedy = Remedy.TIME if selection.forces_permanent else remedy_of(run.error)
            if remedy is Remedy.NONE:
                outcomes.append(RetryOutcome(run, Way.PERMANENT))
            elif is_dry:
                outcomes.append(RetryOutcome(run, Way.WOULD_RETRY))
            elif remedy is Remedy.OPERATOR and not is_mended.get(needed, True):
                outcomes.append(RetryOutcome(run, Way.NOT_MENDED))
            else:
                outcome = self._retry(run, now)
                if remedy is Remedy.OPERATOR and needed not in is_mended and outcome.run_as is not None:
                    is_mended[needed] = self._goes_through(outcome.run_as, pause)
                    if not is_mended[needed]:
                        outcome = replace(outcome, way=Way.FAILED_AGAIN)
                outcomes.append(outcome)
        return RetryResult(outcomes)

    def drop(self, run: Run, now: datetime) -> bool:
        """Note that nobody will try a failed run again; whether it was there to be dropped.

        Raises:
            StoreUnavailableError: the run ledger did not answer.
        """
        if not run.status.is_failed or not self.retries.claim_retry(run, now, now - CLAIMED_FOR):
            return False
        self.retries.note_retry(run, DROPPED)
        return True

    def _goes_through(self, run: str, pause: Callable[[], None]) -> bool:
        """Whether a run that was tried again ends well, or at least has not failed after a while."""
        for _ in range(_LOOKS):
            pause()
            try:
                found = self.control.describe(run)
            except RunsUnavailableError:
                return False
            if found is None or not found.status.is_open:
                return found is not None and not found.status.is_failed
        return True

    def _selected(self, selection: RetrySelection) -> Iterator[Run]:
        names = [selection.workflow] if selection.workflow is not None else [it.name for it in WATCHED]
        for name in names:
            # All at once: what is retried leaves the index that is being read.
            for run in list(self.retries.failed(name, selection.since, selection.until)):
                if selection.error is None or run.error == selection.error:
                    yield run

    def _retry(self, run: Run, now: datetime) -> RetryOutcome:
        if not self.retries.claim_retry(run, now, now - CLAIMED_FOR):
            return RetryOutcome(run, Way.ALREADY_RETRIED)
        try:
            way, run_as = self._go_on(run)
        except RunsUnavailableError:
            way, run_as = Way.UNAVAILABLE, None
        if run_as is not None:
            self.retries.note_retry(run, run_as)
        elif way is Way.UNAVAILABLE:
            self.retries.release_retry(run)
        return RetryOutcome(run, way, run_as)

    def _go_on(self, run: Run) -> tuple[Way, str | None]:
        found = self.control.describe(run.arn)
        if found is None:
            return Way.FORGOTTEN, None
        if not found.status.is_failed or found.redrives != run.redrives:
            return Way.ALREADY_RETRIED, None
        may_go_on = found.is_redrivable and self.control.is_current(run.arn)
        # The same words for the same retry: a second request for it does nothing.
        if may_go_on and self.control.redrive(run.arn, _digest(run)):
            return Way.REDRIVEN, run.arn
        return Way.STARTED_AGAIN, self.control.start_again(run.arn, f"retry-{_digest(run)}", found.input_text)


def _what_is_needed(run: Run) -> object:
    """What has to be mended before it goes through; runs that need the same go through together."""
    return (run.error, run.reason) if run.error in _OF_ONE_ENTRY else run.error


def _digest(run: Run) -> str:
    return hashlib.sha256(f"{run.arn}#{run.redrives}".encode()).hexdigest()[:40]

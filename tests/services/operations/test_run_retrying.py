"""Failed runs are tried again, each once, and permanent errors are left alone."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from clinic.domain.errors import Remedy
from clinic.domain.operations.runs import Run, RunStatus
from clinic.services.operations.run_recording import remedy_of
from clinic.services.operations.run_retrying import CLAIMED_FOR, RetrySelection, RunRetrying, Way
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import MemoryControl, MemoryRetries, MemoryRunLedger, description, run

HOUR = timedelta(hours=1)
ALL = RetrySelection(since=NOW - 24 * HOUR, until=NOW + 24 * HOUR)


@dataclass
class Office:
    """Failed runs, and somebody who tries them again."""

    store: MemoryRunLedger = field(default_factory=MemoryRunLedger)
    control: MemoryControl = field(default_factory=MemoryControl)

    def __post_init__(self) -> None:
        self.retries = MemoryRetries(self.store)
        self.retrying = RunRetrying(self.retries, self.control)

    def failed(self, name: str = "x-1", error: str = "StoreUnavailableError", **changes: object) -> Run:
        """A run that failed an hour after it began."""
        ended: dict[str, object] = {"status": RunStatus.FAILED, "stopped_at": NOW + HOUR, "error": error}
        failed = run(name=name, **{**ended, **changes})
        self.store.note(failed)
        self.control.descriptions[failed.arn] = description(failed)
        return failed


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_failed_run_goes_on_from_where_it_failed(office: Office) -> None:
    failed = office.failed()
    result = office.retrying.retry(ALL, NOW)
    assert [(it.way, it.run_as) for it in result.outcomes] == [(Way.REDRIVEN, failed.arn)]
    assert (result.retried, result.success, result.failed) == (1, 1, 0)
    assert office.control.redriven == [failed.arn]


@pytest.mark.parametrize("why", ["redrivable no more", "another definition by now"])
def test_what_cannot_go_on_is_started_again_with_its_input(office: Office, why: str) -> None:
    failed = office.failed()
    if why == "redrivable no more":
        office.control.descriptions[failed.arn] = description(failed, is_redrivable=False)
    else:
        office.control.outdated.add(failed.arn)
    (outcome,) = office.retrying.retry(ALL, NOW).outcomes
    assert outcome.way is Way.STARTED_AGAIN
    assert office.control.started == {outcome.run_as: description(failed).input_text}
    assert office.control.redriven == []


def test_a_run_is_tried_again_once_however_often_that_is_asked(office: Office) -> None:
    office.failed()
    office.retrying.retry(ALL, NOW)
    again = office.retrying.retry(ALL, NOW + 2 * CLAIMED_FOR)
    assert (again.retried, again.outcomes) == (0, [])
    assert len(office.control.redriven) == 1


def test_a_run_that_was_redriven_by_hand_and_failed_again_is_not_the_one_that_was_looked_at(
    office: Office,
) -> None:
    failed = office.failed()
    office.control.descriptions[failed.arn] = description(failed, redrives=1)
    (outcome,) = office.retrying.retry(ALL, NOW).outcomes
    assert outcome.way is Way.ALREADY_RETRIED
    assert (office.control.redriven, office.control.started) == ([], {})


def test_each_retry_of_a_run_has_words_of_its_own() -> None:
    """Step Functions does nothing about a request that it has had before."""
    names = set()
    for redrives in (0, 1):
        office = Office()
        failed = office.failed(redrives=redrives)
        office.control.outdated.add(failed.arn)
        (outcome,) = office.retrying.retry(ALL, NOW).outcomes
        names.add(outcome.run_as)
    assert len(names) == 2


def test_two_who_ask_at_once_try_it_once(office: Office) -> None:
    failed = office.failed()
    office.retries.claim_retry(failed, NOW, NOW - CLAIMED_FOR)
    (outcome,) = office.retrying.retry(ALL, NOW).outcomes
    assert outcome.way is Way.ALREADY_RETRIED
    assert office.control.redriven == []


def test_whoever_died_before_trying_is_not_waited_for_long(office: Office) -> None:
    failed = office.failed()
    office.retries.claim_retry(failed, NOW, NOW - CLAIMED_FOR)
    (outcome,) = office.retrying.retry(ALL, NOW + CLAIMED_FOR + HOUR).outcomes
    assert outcome.way is Way.REDRIVEN


def test_a_run_that_failed_again_after_a_redrive_is_tried_again(office: Office) -> None:
    failed = office.failed()
    office.retrying.retry(ALL, NOW)
    again = replace(failed, redrives=1, stopped_at=NOW + 2 * HOUR)
    office.store.rows[failed.workflow, failed.started_at, failed.name] = again
    office.control.descriptions[failed.arn] = description(again)
    (outcome,) = office.retrying.retry(ALL, NOW).outcomes
    assert outcome.way is Way.REDRIVEN


def test_a_permanent_error_is_left_alone_unless_forced(office: Office) -> None:
    office.failed(error="InvalidEventError")
    result = office.retrying.retry(ALL, NOW)
    assert [it.way for it in result.outcomes] == [Way.PERMANENT]
    assert (result.retried, result.success, result.failed) == (0, 0, 0)
    forced = office.retrying.retry(replace(ALL, forces_permanent=True), NOW)
    assert forced.success == 1


def test_what_somebody_has_to_mend_is_tried_with_one_first_and_the_rest_left_while_it_fails(
    office: Office,
) -> None:
    for name in ("a", "b", "c"):
        office.failed(name, error="MessengerAccountError")
    office.failed("d", error="PaymentsAccountError")
    pauses: list[int] = []
    ways = [it.way for it in office.retrying.retry(ALL, NOW, pause=lambda: pauses.append(1)).outcomes]
    assert ways == [Way.FAILED_AGAIN, Way.NOT_MENDED, Way.NOT_MENDED, Way.FAILED_AGAIN]
    assert (len(office.control.redriven), len(pauses)) == (2, 2)


def test_once_it_is_mended_the_rest_follow_without_force(office: Office) -> None:
    for name in ("a", "b", "c"):
        office.failed(name, error="MessengerAccountError")
    office.control.is_mended = True
    result = office.retrying.retry(ALL, NOW)
    assert (result.success, result.reasons) == (3, {"redriven": 3})


def test_a_first_one_that_is_still_at_work_after_a_while_goes_through(office: Office) -> None:
    first = office.failed("a", error="ConfigurationError")
    office.failed("b", error="ConfigurationError")

    def pause() -> None:
        office.control.descriptions[first.arn] = description(first, status=RunStatus.RUNNING)

    assert office.retrying.retry(ALL, NOW, pause=pause).success == 2


def test_what_the_directory_lacks_is_tried_one_entry_at_a_time(office: Office) -> None:
    """A doctor whom nobody has added keeps back only the events that name the same one."""
    for name, doctor in (("a", "dr-8"), ("b", "dr-8"), ("c", "dr-9"), ("d", "dr-9")):
        failed = office.failed(name, error="NotInDirectoryError", reason=f"profileId: not {doctor}")
        if doctor == "dr-9":
            office.control.mended.add(failed.arn)
    ways = {it.run.name: it.way for it in office.retrying.retry(ALL, NOW).outcomes}
    assert ways == {
        "a": Way.FAILED_AGAIN,
        "b": Way.NOT_MENDED,
        "c": Way.REDRIVEN,
        "d": Way.REDRIVEN,
    }


def test_what_is_forced_asks_for_no_first_one(office: Office) -> None:
    for name in ("a", "b"):
        office.failed(name, error="MessengerAccountError")
    assert office.retrying.retry(replace(ALL, forces_permanent=True), NOW).success == 2


def test_every_error_says_what_mends_it() -> None:
    assert {remedy_of(name) for name in ("PaymentsUnavailableError", "States.Timeout", None)} == {Remedy.TIME}
    assert remedy_of("SlotsLeftError") is Remedy.TIME
    mended = ("DoctorNotToldError", "RefundNotMadeError", "NotInDirectoryError", "UnknownProfileError")
    assert {remedy_of(name) for name in mended} == {Remedy.OPERATOR}
    assert {remedy_of(name) for name in ("InvalidEventError", "RefundRefusedError")} == {Remedy.NONE}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(office: Office) -> None:
    office.failed()
    office.failed("x-2", error="InvalidEventError")
    result = office.retrying.retry(ALL, NOW, is_dry=True)
    assert result.reasons == {"would_retry": 1, "permanent_error": 1}
    assert (office.control.redriven, office.retries.claimed) == ([], {})


def test_only_those_that_were_asked_for(office: Office) -> None:
    office.failed("a")
    office.failed("b", error="RunsUnavailableError")
    office.failed("c", workflow="request-decisions")
    office.failed("d", stopped_at=NOW + 3 * HOUR)
    chosen = [
        replace(ALL, error="RunsUnavailableError"),
        replace(ALL, workflow="request-decisions"),
        replace(ALL, since=NOW + 2 * HOUR),
    ]
    found = [[it.run.name for it in office.retrying.retry(it, NOW, is_dry=True).outcomes] for it in chosen]
    assert found == [["b"], ["c"], ["d"]]


def test_so_many_at_once_and_no_more(office: Office) -> None:
    for number in range(5):
        office.failed(f"x-{number}")
    first = office.retrying.retry(replace(ALL, most=3), NOW)
    assert (first.success, first.has_more) == (3, True)
    rest = office.retrying.retry(replace(ALL, most=3), NOW)
    assert (rest.success, rest.has_more) == (2, False)


def test_step_functions_that_do_not_answer_leave_it_for_the_next_time(office: Office) -> None:
    office.failed()
    office.control.away = True
    result = office.retrying.retry(ALL, NOW)
    assert (result.retried, result.failed, result.reasons) == (1, 1, {"step_functions_unavailable": 1})
    office.control.away = False
    assert office.retrying.retry(ALL, NOW).success == 1


def test_a_run_that_step_functions_has_forgotten_cannot_be_helped(office: Office) -> None:
    office.control.descriptions.pop(office.failed().arn)
    assert office.retrying.retry(ALL, NOW).reasons == {"forgotten": 1}


def test_a_run_that_runs_again_is_left_alone(office: Office) -> None:
    failed = office.failed()
    office.control.descriptions[failed.arn] = description(failed, status=RunStatus.RUNNING, redrives=1)
    assert office.retrying.retry(ALL, NOW).reasons == {"already_retried": 1}
    assert office.control.redriven == []

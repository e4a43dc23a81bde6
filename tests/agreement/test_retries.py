"""Retry and Catch against the errors the steps raise."""

import re

import pytest

from clinic.contracts.workflows import RESERVATION_REQUESTS, WORKFLOWS, Workflow
from clinic.domain import errors
from clinic.domain.errors import CitasError, MessengerAccountError, PassingError, PermanentError
from infra.definitions.policies import read
from tests.agreement.definitions import State, names_in, states, tasks

# Names that are not ours: AWS Lambda's and Step Functions' own, as their documentation writes them.
THROTTLING = {"Lambda.TooManyRequestsException", "TooManyRequestsException"}
SERVICE_FAULTS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
}
PROCESS_DIED = {"Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"}
NOT_OURS = THROTTLING | SERVICE_FAULTS | PROCESS_DIED

TABLE = read()
RATE_LIMITS = {name for policy in TABLE.policies.values() for name in policy.rate_limits}
ANY_STEP = {"StoreUnavailableError", "ConcurrentChangeError"}
# Whom a step calls, as the first word of its name says it; a step that calls nobody but its tables may begin
# with any other word.
CALLS = {
    "Send": "send",
    "Announce": "announce",
    "Start": "announce",
    "Continue": "announce",
    "Stop": "stop-runs",
    "Refund": "refund",
    "Check": "check-health",
    "Catch": "catch-up",
}
OTHERWISE = {
    "daily-slot-generation/PlaceVisits": "announce",
    "expired-slots-cleanup/ExpireRequest": "announce",
    "nightly-fan-out/FanOutPage": "announce",
    "workflow-analytics/CheckConsistency": "step",
}
OURS: dict[str, type[CitasError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, CitasError) and not name.startswith("_")
}

every_task = pytest.mark.parametrize("task", tasks(), ids=str)
every_sending_task = pytest.mark.parametrize(
    "task", [task for task in tasks() if task.name.startswith("Send")], ids=str
)


def policy(task: State) -> str:
    first_word = re.findall(r"[A-Z][a-z]*", task.name)[0]
    return OTHERWISE.get(str(task)) or CALLS.get(first_word, "step")


def passing(task: State) -> set[str]:
    errors_there = TABLE.policies[policy(task)]
    return ANY_STEP | {*errors_there.passing, *errors_there.rate_limits}


def caught(workflow: Workflow, *, unfinished: bool | None = None) -> set[str]:
    """The states of a workflow for which the table catches everything."""
    return {
        name
        for name, catch in TABLE.caught_in(workflow).items()
        if catch["catches"] == "everything" and unfinished in {None, catch.get("unfinished", False)}
    }


def leaves(kind: type[CitasError]) -> set[str]:
    below = kind.__subclasses__()
    return set().union(*(leaves(k) for k in below)) if below else {kind.__name__}


def test_every_error_of_the_docstrings_tree_is_a_class_and_every_class_is_in_it() -> None:
    drawn = re.findall(r"^[ │]*(?:├── |└── )?(\w+Error)\b", str(errors.__doc__), flags=re.MULTILINE)
    assert sorted(drawn) == sorted(OURS)


def test_every_error_ends_in_error_and_says_what_it_means() -> None:
    assert [name for name in OURS if not name.endswith("Error")] == []
    assert [name for name, kind in OURS.items() if not kind.__doc__] == []


def test_every_error_that_may_pass_is_expected_of_some_step() -> None:
    assert set().union(*map(passing, tasks())) == leaves(PassingError)


@every_task
def test_every_error_name_is_ours_or_known_of_aws(task: State) -> None:
    names = names_in(task.retriers) | names_in(task.catchers)
    assert names - NOT_OURS - ({"States.ALL"} if task.name in caught(task.workflow) else set()) <= set(OURS)


@every_task
def test_what_may_pass_is_retried_where_it_can_be_raised(task: State) -> None:
    assert names_in(task.retriers) - NOT_OURS == passing(task)


@every_task
def test_a_process_that_died_and_a_faulty_service_are_retried(task: State) -> None:
    assert names_in(task.retriers) >= NOT_OURS


@every_task
def test_nothing_permanent_is_retried_or_caught(task: State) -> None:
    named = names_in(task.retriers)
    if task.name not in caught(task.workflow):
        named |= names_in(task.catchers)
    assert {name for name in named & set(OURS) if issubclass(OURS[name], PermanentError)} == set()
    assert named.isdisjoint({"States.ALL", "States.TaskFailed", "States.Runtime"})


@every_task
def test_a_refused_account_fails_the_run(task: State) -> None:
    assert MessengerAccountError.__name__ not in names_in(task.catchers)
    assert errors.ConfigurationError.__name__ not in names_in(task.catchers)


@every_task
def test_every_retrier_backs_off_with_jitter_and_a_ceiling(task: State) -> None:
    assert task.retriers
    for retrier in task.retriers:
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["BackoffRate"] > 1
        assert 0 < retrier["IntervalSeconds"] < retrier["MaxDelaySeconds"] <= 300


@every_task
def test_no_error_is_matched_by_two_retriers(task: State) -> None:
    names = [name for retrier in task.retriers for name in retrier["ErrorEquals"]]
    assert len(set(names)) == len(names)


@every_task
def test_what_fails_is_retried_as_often_as_the_workflow_says(task: State) -> None:
    (business,) = [r for r in task.retriers if "StoreUnavailableError" in r["ErrorEquals"]]
    assert business["MaxAttempts"] == task.workflow.retries
    others = passing(task) - RATE_LIMITS | SERVICE_FAULTS | PROCESS_DIED
    assert set(business["ErrorEquals"]) == others


@every_task
def test_throttling_is_apart_and_counts_against_no_other_retry(task: State) -> None:
    (throttling,) = [r for r in task.retriers if THROTTLING & set(r["ErrorEquals"])]
    assert set(throttling["ErrorEquals"]) == THROTTLING
    assert throttling["MaxAttempts"] >= 20


@every_task
def test_a_rate_limit_of_those_it_calls_is_apart_too(task: State) -> None:
    limited = [r for r in task.retriers if RATE_LIMITS & set(r["ErrorEquals"])]
    assert [r["ErrorEquals"] for r in limited] == [[name] for name in sorted(RATE_LIMITS & passing(task))]
    assert all(r["MaxAttempts"] > task.workflow.retries for r in limited)


@every_sending_task
def test_what_was_retried_in_vain_is_recorded_and_the_run_goes_on(task: State) -> None:
    (catcher,) = task.catchers
    assert set(catcher["ErrorEquals"]) == names_in(task.retriers)
    assert catcher["Next"].startswith("Record")
    assert catcher["Output"] == {
        "intentId": "{% $states.input.intentId %}",
        "error": "{% $states.errorOutput.Error %}",
    }


@every_sending_task
def test_what_is_to_be_asked_for_again_is_whether_it_was_sent_or_given_up(task: State) -> None:
    machine = {state.name: state.definition for state in states(task.workflow)}
    (catcher,) = task.catchers
    asked = machine[task.definition["Next"]]
    assert machine[catcher["Next"]]["Next"] == task.definition["Next"]
    (choice,) = asked["Choices"]
    assert choice["Condition"] == "{% $states.input.status = 'deferred' %}"
    wait = machine[choice["Next"]]
    assert (wait["Timestamp"], wait["Next"]) == ("{% $states.input.retryAt %}", task.name)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_run_reports_in_the_end_what_was_caught_and_leaves_something_undone(workflow: Workflow) -> None:
    reports = any(state.name == "ReportUnfinished" for state in states(workflow))
    assert reports is bool(caught(workflow, unfinished=True))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_what_a_run_begins_with_fails_it_and_so_does_a_record_that_can_not_be_written(
    workflow: Workflow,
) -> None:
    first = next(state for state in states(workflow) if state.definition["Type"] == "Task")
    booking_store = [state for state in states(workflow) if state.name.startswith(("Record", "Report"))]
    assert [state.name for state in [first, *booking_store] if state.catchers] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_no_run_ends_where_a_redrive_can_t_get_past(workflow: Workflow) -> None:
    found = states(workflow)
    # A redrive enters the state that failed: a Fail state would fail for ever, a task is called again.
    assert [state.name for state in found if state.definition["Type"] == "Fail"] == []
    first = next(state for state in found if state.definition["Type"] == "Task")
    for state in found:
        if state.name == "ReportUnfinished":
            assert state.definition["Next"] == first.name
            assert state.definition["Output"] == "{% $states.context.Execution.Input %}"


def test_no_try_again_keeps_a_request_from_ending_within_five_minutes() -> None:
    delays = [r["MaxDelaySeconds"] for state in states(RESERVATION_REQUESTS) for r in state.retriers]
    assert max(delays) <= 120

"""Retry and Catch against the errors the steps raise."""

import re

import pytest

from clinic.contracts.workflows import RESERVATION_REQUESTS, WORKFLOWS, Workflow
from clinic.domain import errors
from clinic.domain.errors import CitasError, MessengerAccountError, PassingError, PermanentError
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

STORE = {"StoreUnavailableError", "ConcurrentChangeError"}
MESSENGER = {"MessengerUnavailableError", "MessengerThrottledError"}
BUS = {"EventBusUnavailableError"}
RUNS = {"RunsUnavailableError"}
QUEUES = {"QueueUnavailableError"}
PAYMENTS = {"PaymentsUnavailableError", "PaymentsThrottledError"}
RATE_LIMITS = {"MessengerThrottledError", "PaymentsThrottledError"}
# What a step may raise that can pass, by its name, or by its workflow's where a name is used twice. A new
# step has to be added here by hand.
PASSING = {
    "PlanReminders": STORE,
    "AnnounceConflict": STORE | BUS,
    "SendConfirmation": STORE | MESSENGER,
    "RecordConfirmationFailure": STORE,
    "SendReminder": STORE | MESSENGER,
    "RecordReminderFailure": STORE,
    "PlanFollowUps": STORE,
    "SendFollowUp": STORE | MESSENGER,
    "RecordFollowUpFailure": STORE,
    "SendNotice": STORE | MESSENGER,
    "RecordNoticeFailure": STORE,
    "HoldSlot": STORE,
    "AnnounceExpiry": STORE | BUS,
    "ApplyDecision": STORE,
    "AnnounceAppointment": STORE | BUS,
    "StopWaiting": STORE | RUNS,
    "ExpireRequest": STORE,
    "RecordExpiration": STORE,
    "FindExpiredRequests": STORE,
    "expired-slots-cleanup/ExpireRequest": STORE | BUS,
    "RecordCleanup": STORE,
    "PlanGeneration": STORE,
    "GenerateSlots": STORE,
    "CleanUpPastSlots": STORE,
    "RecordGeneration": STORE,
    "PlanNight": STORE,
    "FanOutPage": STORE | BUS,
    "ReviewNight": STORE,
    "CancelReservation": STORE,
    "RefundPayment": STORE | PAYMENTS,
    "RecordRefundFailure": STORE,
    "appointment-cancellation/StopReminders": STORE | RUNS,
    "RescheduleAppointment": STORE,
    "StartReminders": STORE | BUS,
    "appointment-rescheduling/StopReminders": STORE | RUNS,
    "RecordRescheduling": STORE,
    "RecordCancellation": STORE,
    "ApplyPrescription": STORE,
    "StopEarlierRuns": STORE | RUNS,
    "SendDose": STORE | MESSENGER,
    "RecordDoseFailure": STORE,
    "ContinuePrescription": STORE | BUS,
    "CheckHealth": STORE | RUNS | QUEUES,
    "CatchUpIntent": STORE | MESSENGER,
    "PlanRollUps": STORE,
    "RollUpDay": STORE,
    "CheckConsistency": STORE,
    "ReportUnfinished": STORE,  # as any step: the function may have to read its secrets first
}
# Each is one of many that must not stop the rest; what failed is counted, and fails the run in the end.
ONE_OF_MANY = {
    "expired-slots-cleanup/ExpireRequest",
    "nightly-fan-out/FanOutPage",
}
# What is left is found again by the next run, five minutes later.
FOUND_AGAIN = {"workflow-health/CatchUpIntent"}
# The patient is told in any case; money that was not given back fails the run in the end.
MONEY = {"appointment-cancellation/RefundPayment"}
# Each only saves something: what it would have stopped finds nothing to do.
SAVINGS = {
    "request-decisions/StopWaiting",
    "appointment-cancellation/StopReminders",
    "appointment-rescheduling/StopReminders",
    "medication-reminders/StopEarlierRuns",
}
# The patient is confirmed in any case; a conflict that nobody was told of is found by the check of books.
FOUND_LATER = {"appointment-reminders/AnnounceConflict"}
CAUGHT_WHATEVER_IT_IS = ONE_OF_MANY | MONEY | SAVINGS | FOUND_AGAIN

OURS: dict[str, type[CitasError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, CitasError) and not name.startswith("_")
}

every_task = pytest.mark.parametrize("task", tasks(), ids=str)
every_sending_task = pytest.mark.parametrize(
    "task", [task for task in tasks() if task.name.startswith("Send")], ids=str
)


def passing(task: State) -> set[str]:
    return PASSING.get(str(task)) or PASSING[task.name]


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
    assert set().union(*PASSING.values()) == leaves(PassingError)


@every_task
def test_every_error_name_is_ours_or_known_of_aws(task: State) -> None:
    names = names_in(task.retriers) | names_in(task.catchers)
    assert names - NOT_OURS - ({"States.ALL"} if str(task) in CAUGHT_WHATEVER_IT_IS else set()) <= set(OURS)


@every_task
def test_what_may_pass_is_retried_where_it_can_be_raised(task: State) -> None:
    assert names_in(task.retriers) - NOT_OURS == passing(task)


@every_task
def test_a_process_that_died_and_a_faulty_service_are_retried(task: State) -> None:
    assert names_in(task.retriers) >= NOT_OURS


@every_task
def test_nothing_permanent_is_retried_or_caught(task: State) -> None:
    named = names_in(task.retriers)
    if str(task) not in CAUGHT_WHATEVER_IT_IS:
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


def test_only_sends_are_caught_and_what_must_not_stop_the_rest() -> None:
    caught = {str(task) for task in tasks() if task.catchers}
    sends = {str(task) for task in tasks() if task.name.startswith("Send")}
    assert caught == sends | CAUGHT_WHATEVER_IT_IS | FOUND_LATER


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_where_everything_is_caught_the_run_still_fails_in_the_end(workflow: Workflow) -> None:
    found = states(workflow)
    catches_all = any(
        "States.ALL" in names_in(s.catchers) for s in found if str(s) not in SAVINGS | FOUND_AGAIN
    )
    assert catches_all is any(state.name == "ReportUnfinished" for state in found)


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


def test_every_task_is_listed_here() -> None:
    assert {task.name for task in tasks()} == {name.rpartition("/")[2] for name in PASSING}
    assert WORKFLOWS


def test_no_try_again_keeps_a_request_from_ending_within_five_minutes() -> None:
    delays = [r["MaxDelaySeconds"] for state in states(RESERVATION_REQUESTS) for r in state.retriers]
    assert max(delays) <= 120

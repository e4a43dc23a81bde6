"""How fast the run ledger asks: no faster than AWS grants, however its function is called."""

from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.listeners import RUN_LEDGER
from clinic.services.operations.pacing import Pace
from infra.config import STAGES
from tests.fakes.timer import FakeTimer

GRANTED = 10  # DescribeExecution a second, in AWS's smaller regions
A_SECOND = 1.0

# One call of the function: how long after the one before, whether in a new process, and how long each of its
# questions and what lies before it takes.
CALLS = st.lists(
    st.tuples(
        st.floats(0, 0.5),
        st.booleans(),
        st.lists(st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)), max_size=8),
    ),
    max_size=6,
)


def asked_by(calls: list[tuple[float, bool, list[tuple[float, float]]]]) -> list[float]:
    """When one place after another of the function asks; a process is frozen between two calls."""
    timer, asked = FakeTimer(), []
    rate = STAGES["prod"].run_questions_per_second  # type: ignore[index]  # a StrEnum is its text
    pace = Pace(rate, timer)
    for since, is_new, questions in calls:
        timer.now += since
        if is_new:
            pace = Pace(rate, timer)
        pace.begin()
        for before, takes in questions:
            timer.now += before
            pace.keep()
            asked.append(timer.now)
            timer.now += takes
    return asked


@given(places=st.lists(CALLS, min_size=RUN_LEDGER.concurrency, max_size=RUN_LEDGER.concurrency))
def test_in_no_second_more_questions_are_asked_than_aws_grants(
    places: list[list[tuple[float, bool, list[tuple[float, float]]]]],
) -> None:
    asked = sorted(instant for calls in places for instant in asked_by(calls))
    for first in asked:
        assert sum(first <= instant < first + A_SECOND - 1e-6 for instant in asked) < GRANTED


def test_a_question_that_is_late_waits_for_nobody() -> None:
    timer = FakeTimer()
    pace = Pace(4, timer)
    pace.begin()
    timer.now = 9.0
    pace.keep()
    assert timer.now == 9.0
    pace.keep()
    assert timer.now == 9.25


def test_the_stages_ask_at_most_eight_times_a_second() -> None:
    for config in STAGES.values():
        assert config.run_questions_per_second * RUN_LEDGER.concurrency == 8

"""A stack that is closed leaves nothing behind in the process."""

import threading
from pathlib import Path

import pytest

from local.emulator.emulator import emulator
from local.stack import LocalStack
from tests.fakes.machines.threads import end_of_all_but
from tests.local.simulators.webhook_sample import webhook_stack


def _work(stack: LocalStack) -> None:
    for name in "abc":
        stack.publish("sample/created", {"id": name})
    stack.receive("+525500000101", "BAJA")


@pytest.mark.parametrize("concurrent", [False, True], ids=["serial", "concurrent"])
@pytest.mark.parametrize("seconds", [0, 2, 3600], ids=["before", "in the middle", "at the end"])
def test_no_thread_outlives_its_stack(tmp_path: Path, seconds: int, concurrent: bool) -> None:
    emulator()  # one for the process, and it stays
    before = set(threading.enumerate())
    with webhook_stack(tmp_path, concurrent=concurrent) as stack:
        _work(stack)
        stack.advance(seconds=seconds)
    end_of_all_but(before)
    assert set(threading.enumerate()) - before == set()


def test_a_webhook_that_lies_ahead_is_not_posted_by_the_next_stack(tmp_path: Path) -> None:
    faults = {"webhooks": [{"late": "1h", "rate": 1.0}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        _work(stack)
        stack.advance(seconds=2)
    with webhook_stack(tmp_path) as stack:
        stack.run_until_idle()
        assert stack.simulator.webhooks == []


def test_an_error_in_the_middle_leaves_the_next_stack_alone(tmp_path: Path) -> None:
    def broken() -> None:
        raise ValueError("in the middle")

    with webhook_stack(tmp_path) as stack:
        _work(stack)
        stack.clock.call_at(stack.clock.now(), broken)
        with pytest.raises(ValueError, match="in the middle"):
            stack.run_until_idle()
    with webhook_stack(tmp_path) as stack:
        _work(stack)
        stack.run_until_idle()
        assert {call.status for call in stack.simulator.webhooks} == {200}

"""`citas dev` as a process among others: its port, its signals, and what it leaves behind."""

import signal
import socket
from pathlib import Path

import pytest

from tests.dev.process import DevProcess, citas_dev, start

pytestmark = pytest.mark.slow


def test_a_port_that_somebody_has_is_named_and_nothing_else_happens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        with start(tmp_path, "--port", str(port)) as process:
            output, errors = process.communicate(timeout=240)

    assert (process.returncode, output) == (2, "")
    assert errors.startswith(f"citas: --port: 127.0.0.1:{port}: Address already in use")
    assert list(tmp_path.iterdir()) == []


def test_two_stand_side_by_side_and_a_signal_ends_the_one_it_is_for(tmp_path: Path) -> None:
    with citas_dev(tmp_path, "--clock", "virtual") as first, citas_dev(tmp_path) as second:
        assert first.port != second.port
        assert first.clock("jump", "1h")["clock"] == "virtual"
        assert the_health_check_has_fired(first) == 12
        assert second.clock("show")["clock"] == "real"
        assert second.end(signal.SIGTERM) == 0
        assert first.clock("show")["messages"] == 0
        assert first.end(signal.SIGHUP) == 0
        assert first.until(lambda line: line["what"] == "down")

    assert list(tmp_path.iterdir()) == []


def the_health_check_has_fired(dev: DevProcess) -> int:
    """How often within the hour, at instants that all differ."""
    instants: list[str] = []
    while len(set(instants)) == len(instants) < 12:
        started = dev.until(
            lambda line: line["what"] == "run_started" and line["workflow"] == "workflow-health"
        )
        instants.append(started["started_at"])
    return len(set(instants))

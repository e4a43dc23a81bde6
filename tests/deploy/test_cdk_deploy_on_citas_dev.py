"""The real CDK CLI changes the stack of a running `citas dev`, which comes bootstrapped."""

import sys
from pathlib import Path

import pytest

from tests.deploy.machine import Cloud, cdk
from tests.dev.process import DevProcess, citas_dev
from tests.dev.test_aws_cli import an_event_starts_a_run

pytestmark = pytest.mark.slow


def test_a_change_is_deployed_and_the_next_event_ends_in_a_message(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    with citas_dev(home, "--clock", "virtual") as dev:
        assert runtime(dev) != "python3.12"
        options = ["--require-approval", "never", "--output", str(tmp_path / "cdk.out")]
        options += ["--app", f"{sys.executable} app.py"]
        for choice in ("stage=dev", "bundle=none", "python=3.12"):
            options += ["--context", choice]
        own = dev.up["environment"]
        here = Cloud(dev.port, own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
        cdk(here, tmp_path, "deploy", *options)
        assert runtime(dev) == "python3.12"
        assert an_event_starts_a_run(dev)["status"] == "RUNNING"
        assert dev.end() == 0
    assert list(home.iterdir()) == []


def runtime(dev: DevProcess) -> str:
    """What the deployed function is to run on."""
    name = "citas-dev-appointment-reminders"
    return str(dev.aws("lambda", "get-function", "--function-name", name)["Configuration"]["Runtime"])

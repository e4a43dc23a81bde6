"""import-linter and ruff hold the rules (`make check`); these tests hold that they really would object."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture import project

CLOCK_READS = [
    "import datetime\ndatetime.datetime.now(datetime.UTC)\n",
    "from datetime import UTC, datetime\ndatetime.now(UTC)\n",
    "import datetime as dt\ndt.datetime.utcnow()\n",
    "from datetime import date\ndate.today()\n",
    "import time\ntime.time()\n",
    "from time import sleep\nsleep(1)\n",
    "import uuid\nuuid.uuid4()\n",
]
MAY_READ_THE_CLOCK = {"lambdas/runtime.py"}


def _findings(code: str, filename: str) -> set[str]:
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "check", "--output-format=json", "--no-cache", f"--stdin-filename={filename}", "-"]
    done = subprocess.run(command, input=code, capture_output=True, text=True, cwd=project.ROOT, check=False)
    return {finding["code"] for finding in json.loads(done.stdout)}


@pytest.mark.parametrize("code", CLOCK_READS)
@pytest.mark.parametrize(
    "folder", ["clinic/domain", "clinic/adapters", "lambdas", "infra", "console", "tests"]
)
def test_the_linter_refuses_a_clock_read(folder: str, code: str) -> None:
    assert "TID251" in _findings(code, f"{folder}/example.py")


def test_the_clock_is_read_in_one_place_alone() -> None:
    settings = tomllib.loads((project.ROOT / "pyproject.toml").read_text())
    ignores = settings["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert {place for place, codes in ignores.items() if "TID251" in codes} == MAY_READ_THE_CLOCK


def test_every_package_is_bound_by_an_import_contract() -> None:
    settings = tomllib.loads((project.ROOT / "pyproject.toml").read_text())["tool"]
    packages = {pattern.rstrip("*") for pattern in settings["setuptools"]["packages"]["find"]["include"]}
    assert packages == set(settings["importlinter"]["root_packages"])

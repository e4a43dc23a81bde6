import re
import tomllib

import pytest

from tests.architecture import project

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", re.MULTILINE)
_ASKED_FOR = {
    "boto3",
    "aws-lambda-powertools",
    "pynamodb",
    "pydantic",
    "requests",
    "babel",
    "aws-cdk-lib",
}


def _pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall((project.ROOT / name).read_text()))


def test_requirements_hold_the_packages_that_were_asked_for() -> None:
    assert set(_pins("requirements.txt")) >= _ASKED_FOR


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "lambdas/requirements.in"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = (project.ROOT / name).read_text().splitlines()
    asked = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert [line for line in asked if not _PIN.match(line)] == []


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "lambdas/requirements.in", "lambdas/requirements.txt"],
)
def test_the_lock_holds_the_same_versions(name: str) -> None:
    lock = _pins("requirements.lock")
    assert {package: lock.get(package) for package in _pins(name)} == _pins(name)


@pytest.mark.parametrize("name", ["requirements.lock", "lambdas/requirements.txt"])
def test_every_locked_package_has_its_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z])", (project.ROOT / name).read_text())
    assert [block for block in blocks if _PIN.match(block) and "--hash=sha256:" not in block] == []


def test_what_is_built_here_needs_only_what_the_lock_installs() -> None:
    settings = tomllib.loads((project.ROOT / "pyproject.toml").read_text())
    assert {re.split(r"[<>=]", name)[0] for name in settings["build-system"]["requires"]} <= set(
        _pins("requirements.lock")
    )

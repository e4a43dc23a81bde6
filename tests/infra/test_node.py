"""The environment tells the CDK's ``node`` where to write."""

import os
from pathlib import Path

import pytest

from infra import node


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the machine's home nor what is set here outlives a test."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JSII_NODE", "to be replaced")
    monkeypatch.setenv("JSII_RUNTIME_PACKAGE_CACHE", "to be removed")
    monkeypatch.delenv("JSII_RUNTIME_PACKAGE_CACHE")


def test_jsii_unpacks_into_the_home_directory() -> None:
    node.use_bundled_node()

    assert Path(os.environ["JSII_NODE"]).is_file()
    assert "JSII_RUNTIME_PACKAGE_CACHE" not in os.environ


def test_where_the_home_directory_can_not_be_written_jsii_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", os.devnull)

    node.use_bundled_node()

    assert os.environ["JSII_RUNTIME_PACKAGE_CACHE"] == "disabled"

"""cdk-nag's AwsSolutions and HIPAA.Security packs: every finding has a reason, every reason a finding."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import infra.nag
from infra import node
from infra.config import Stage


def findings(stage: Stage, outdir: Path, **context: str) -> set[tuple[str, str]]:
    """(rule, path of the resource) for everything both packs complain about."""
    node.use_bundled_node()
    from aws_cdk import Validations  # loading the CDK takes seconds: only for tests that need it
    from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks

    from infra.assembly import build_app

    app = build_app({"stage": stage, "bundle": "none", **context}, outdir=str(outdir))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), HIPAASecurityChecks(app))
    try:
        app.synth()
    except RuntimeError as error:  # what the CDK raises when a plugin complains
        assert "ValidationFailed" in str(error)  # noqa: PT017 - the complaints are read from the report below
    report = json.loads((outdir / "validation-report.json").read_text(encoding="utf-8"))
    return set(_complaints(report))


def _complaints(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                yield violation["ruleName"], construct["constructPath"]


@pytest.mark.parametrize("stage", Stage)
def test_nothing_is_found_that_is_not_accepted_with_a_reason(stage: Stage, tmp_path: Path) -> None:
    assert findings(stage, tmp_path / "out") == set()


def test_switching_reserved_concurrency_off_is_accepted_too(tmp_path: Path) -> None:
    assert findings(Stage.DEV, tmp_path / "out", reserved_concurrency="off") == set()


@pytest.mark.parametrize("concurrency", ["on", "off"])
def test_nothing_is_accepted_that_is_not_found(
    concurrency: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[tuple[str, str]] = []

    class Recorder:
        """Takes the place of `Validations`: an acceptance is noted and has no effect."""

        def __init__(self, construct: Any) -> None:
            self._path = construct.node.path

        @classmethod
        def of(cls, construct: Any) -> "Recorder":
            return cls(construct)

        def acknowledge(self, acknowledgment: Any) -> None:
            assert len(acknowledgment.reason.split()) > 8, f"{acknowledgment.id}: that is no reason"
            accepted.append((acknowledgment.id, self._path))

    monkeypatch.setattr(infra.nag, "Validations", Recorder)
    found = findings(Stage.PROD, tmp_path / "out", reserved_concurrency=concurrency)
    assert found, "the packs ran"
    unused = [
        (rule, path)
        for rule, path in accepted
        if not any(rule == found_rule and place.startswith(f"{path}/") for found_rule, place in found)
    ]
    assert unused == []

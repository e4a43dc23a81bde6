"""``python app.py`` as a person, the CLI and the local stack run it."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def run_app(root: Path, outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """Run it where the machine has no `node` of its own."""
    environment = {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(outdir),
        "HOME": os.environ.get("HOME", str(outdir)),
        "PATH": "/nowhere",
    }
    return subprocess.run(
        [sys.executable, "app.py"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def test_it_synthesises_without_a_system_node_and_without_a_word(root: Path, tmp_path: Path) -> None:
    done = run_app(root, tmp_path / "out", stage="dev", bundle="none")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    template = json.loads((tmp_path / "out" / "citas-dev.template.json").read_text(encoding="utf-8"))
    assert template["Resources"]


@pytest.fixture
def used_modules(root: Path) -> set[str]:
    """The CDK's modules that infra/ and its tests import."""
    files = [root / "app.py", *(root / "infra").rglob("*.py"), *(root / "tests" / "infra").rglob("*.py")]
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                found |= {f"aws_cdk.{it.name}" for it in node.names if it.name.startswith("aws_")}
                found.add("aws_cdk")
    return found


def test_mypy_reads_every_cdk_module_that_is_used(root: Path, used_modules: set[str]) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    [read] = [
        set(override["module"])
        for override in settings["tool"]["mypy"]["overrides"]
        if "aws_cdk" in override["module"]
    ]
    assert read == used_modules

"""The same input gives the same bytes, whatever order a Python keeps the names in its sets."""

import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.project import ROOT

DEMO = ROOT / "examples" / "demo"


def run(out: Path, hash_seed: str) -> bytes:
    """OUT.json of the demo with faults, by a process of its own."""
    command = [sys.executable, "-m", "console", "run", str(DEMO / "events.jsonl"), "--json", str(out)]
    command += ["--clinic", str(DEMO / "clinic.json"), "--faults", str(DEMO / "faults.json")]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert out.exists(), done.stderr
    return out.read_bytes()


def test_two_runs_of_the_demo_with_faults_write_the_same_result(tmp_path: Path) -> None:
    assert run(tmp_path / "one.json", "1") == run(tmp_path / "two.json", "2")

"""The definitions against asl-validator, beside the opinions of moto's and the local stack's interpreters."""

import json
import subprocess
from pathlib import Path

from clinic.contracts.workflows import WORKFLOWS
from infra import node

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
DEFINITIONS = [ROOT / "state_machines" / workflow.definition_file for workflow in WORKFLOWS]


def opinion(*files: Path) -> subprocess.CompletedProcess[str]:
    """What it says of some files, in one process."""
    assert VALIDATOR.exists(), f"{VALIDATOR} is missing: `make cdk` installs it"
    command = [str(node.bin_directory() / "node"), str(VALIDATOR)]
    command += [part for file in files for part in ("--json-path", str(file))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_definition_is_valid_and_an_invalid_one_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.asl.json"
    definition = json.loads(DEFINITIONS[0].read_text(encoding="utf-8"))
    del definition["States"]["SendConfirmation"]["Catch"][0]["Next"]
    broken.write_text(json.dumps(definition), encoding="utf-8")

    told = opinion(*DEFINITIONS, broken)

    assert told.stdout.count("is valid") == len(WORKFLOWS), told.stderr
    assert told.stderr.count("State machine definition") == 1
    assert "/States/SendConfirmation/Catch" in told.stderr
    assert told.returncode == 1


def test_the_validator_is_pinned() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]["asl-validator"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/asl-validator"]
    assert wanted == locked["version"]
    assert "resolved" not in locked

"""The synthesised template of a stage, made by ``app.py`` once per content of what it is made from."""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SOURCES = (
    "app.py",
    "cdk.json",
    "requirements.lock",
    "infra/**/*.py",
    "infra/*.json",
    "clinic/__init__.py",
    "clinic/contracts/**/*.py",
    "state_machines/*",
)


class SynthesisError(RuntimeError):
    """``app.py`` failed, or its result can't be kept."""


def template_of(root: Path, stage: str) -> dict[str, Any]:
    """The template of ``citas-<stage>``, from the cache if nothing it depends on has changed."""
    kept = root / ".cache" / "synth" / fingerprint(root, stage) / f"citas-{stage}.template.json"
    document = _read(kept)
    if document is None:
        _synthesise(root, stage, kept)
        document = _read(kept)
    if document is None:
        raise SynthesisError(f"`python app.py` wrote no template with resources for stage {stage}")
    return document


@functools.cache
def template_once(root: Path, stage: str) -> dict[str, Any]:
    """The same, looked for once in a process, as its code is. Nobody changes it."""
    return template_of(root, stage)


def fingerprint(root: Path, stage: str) -> str:
    """Names the content of everything a stage's template is made from."""
    digest = hashlib.sha256(f"{stage} {sys.version_info[:2]}".encode())
    for source in _sources(root):
        digest.update(source.relative_to(root).as_posix().encode() + b"\0")
        digest.update(source.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def _read(kept: Path) -> dict[str, Any] | None:
    """The template; None if there is none, or if a full disk or a killed process left it damaged."""
    try:
        document = json.loads(kept.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return document if isinstance(document, dict) and "Resources" in document else None


def _sources(root: Path) -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from sorted(path for path in root.glob(pattern) if path.is_file())


def _synthesise(root: Path, stage: str, kept: Path) -> None:
    context = json.dumps({"stage": stage, "bundle": "none"})
    with tempfile.TemporaryDirectory(prefix="citas-synth-") as folder:
        environ = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": folder}
        run = subprocess.run(
            [sys.executable, "app.py"], cwd=root, env=environ, capture_output=True, text=True, check=False
        )
        made = Path(folder) / kept.name
        if run.returncode != 0 or not made.exists():
            problem = run.stderr.strip() or run.stdout.strip() or f"it wrote no {kept.name}"
            raise SynthesisError(f"`python app.py` failed for stage {stage}:\n{problem}")
        _keep(made, kept)


def _keep(made: Path, kept: Path) -> None:
    """Put it in its place in one step: others may look for it at the same time."""
    beside = kept.parent.with_name(f"{kept.parent.name}.{os.getpid()}")
    try:
        beside.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, beside / kept.name)
        kept.parent.mkdir(exist_ok=True)
        (beside / kept.name).replace(kept)
        beside.rmdir()
    except OSError as error:
        raise SynthesisError(f"can't keep the synthesised template in {kept.parent}: {error}") from error

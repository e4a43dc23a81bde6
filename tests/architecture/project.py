"""The project's own files, for tests that read them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_GENERATED = frozenset({".git", ".venv", ".cache", "node_modules", "cdk.out", "build", "out", "__pycache__"})
_BINARY = frozenset({".pyc", ".png", ".ico", ".zip"})


def files(suffix: str = "") -> list[Path]:
    """Every file a clone has, sorted; with ``suffix`` only those."""
    return sorted(path for path in _walk(ROOT) if path.name.endswith(suffix))


def name(path: Path) -> str:
    """The path as the project writes it."""
    return path.relative_to(ROOT).as_posix()


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if (
            path.name in _GENERATED
            or path.name.endswith((".egg-info", "_cache"))
            or path.name == ".hypothesis"
        ):
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix not in _BINARY:
            yield path

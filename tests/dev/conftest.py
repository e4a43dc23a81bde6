from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.main import app
from tests.dev.fake_dev_stack import Opener

Dev = Callable[..., Result]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of sockets."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return tmp_path / "citas"


@pytest.fixture
def dev(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Dev:
    """Runs `citas …` where `citas dev` gets the opener's stack."""
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: object, opener: Opener | None = None) -> Result:
        return CliRunner().invoke(app, [str(part) for part in arguments], obj=opener)

    return invoke

"""Where the clock's socket is: nobody else can be behind it, or reach it."""

import os
import subprocess
from pathlib import Path

import pytest

from console.dev.socket_path import environment_of, own_environment_file, own_socket_file, ports, socket_file
from console.terminal.errors import InputError


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for everybody's files, on a machine where users have none of their own."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / f"citas-{os.getuid()}"


def test_nobody_else_can_enter_the_folder(runtime: Path) -> None:
    with own_socket_file(4566):
        assert runtime.stat().st_mode & 0o777 == 0o700


def test_without_a_runtime_folder_there_is_one_among_the_temporary_files(temporary: Path) -> None:
    with own_socket_file(4566) as path:
        assert path == temporary / "dev-4566.sock"
        assert temporary.stat().st_mode & 0o777 == 0o700
    assert not temporary.exists()


def test_a_folder_that_others_can_enter_is_not_used(temporary: Path) -> None:
    temporary.mkdir()
    temporary.chmod(0o755)
    (temporary / "dev-4566.sock").touch()

    assert (socket_file(4566), ports()) == (None, [])
    with pytest.raises(InputError, match="this user's alone"), own_socket_file(4566):
        pass


def test_a_link_to_a_folder_is_not_used(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError), own_socket_file(4566):
        pass


def test_two_stacks_of_one_user_keep_out_of_each_others_way(runtime: Path) -> None:
    with own_socket_file(4566) as first, own_socket_file(4567) as second:
        first.touch()
        second.touch()
        assert ports() == [4566, 4567]
        assert socket_file(4567) == second
    assert not runtime.exists()


def test_the_socket_of_one_that_was_killed_is_taken_away(runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "dev-4566.sock").touch()

    with own_socket_file(4566) as path:
        assert not path.exists()


def test_only_its_owner_reads_the_credentials_and_afterwards_they_are_gone(runtime: Path) -> None:
    variables = {"AWS_ACCESS_KEY_ID": "AKIA0", "AWS_SECRET_ACCESS_KEY": "a b'c=d", "AWS_DEFAULT_REGION": "x"}
    with own_environment_file(4566, variables) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert environment_of(4566) == variables
        shell = f'. {path}; printf %s "$AWS_SECRET_ACCESS_KEY"'
        told = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True).stdout
        assert told == variables["AWS_SECRET_ACCESS_KEY"]
        assert environment_of(4567) == {}
    assert environment_of(4566) == {}
    assert not runtime.exists()

"""Where --json goes: checked before the run, replaced in one step, unharmed by a failure."""

import os
from pathlib import Path

import pytest

from console.output.output_file import OutputFile
from console.terminal.errors import OutputError


def test_a_new_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    sink = OutputFile(str(tmp_path / "out.json"))

    sink.check()
    assert list(tmp_path.iterdir()) == []
    sink.write('{"name": "Ñandú"}')

    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == '{"name": "Ñandú"}'


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    OutputFile(str(tmp_path / "out.json")).write("{}")

    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600


def test_an_old_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")
    target.chmod(0o640)

    OutputFile(str(target)).write("new")

    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "real.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)

    OutputFile(str(link)).write("new")

    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_that_has_no_path_is_written_as_it_comes() -> None:
    reader, writer = os.pipe()
    sink = OutputFile(f"/dev/fd/{writer}")

    sink.check()
    sink.write("{}")
    os.close(writer)

    with os.fdopen(reader) as file:
        assert file.read() == "{}"


def test_an_empty_name_is_found_before_the_run() -> None:
    with pytest.raises(OutputError, match="--json: the file's name is empty"):
        OutputFile("").check()


def test_a_missing_folder_and_a_folder_are_found_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.json: No such file or directory"):
        OutputFile(str(tmp_path / "nowhere" / "out.json")).check()
    with pytest.raises(OutputError, match="is a directory"):
        OutputFile(str(tmp_path)).check()


def test_a_file_as_a_folder_is_found_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OutputError, match="Not a directory"):
        OutputFile(str(tmp_path / "file" / "out.json")).check()


def test_a_file_nobody_may_write_is_found_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # file modes do not hold root back

    with pytest.raises(OutputError, match="Permission denied"):
        OutputFile(str(target)).check()


def test_a_full_disk_gives_one_clear_line() -> None:
    sink = OutputFile("/dev/full")

    sink.check()
    with pytest.raises(OutputError, match="/dev/full: not written: No space left on device"):
        sink.write("x" * 100_000)


def test_a_failed_write_leaves_the_old_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.json"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        OutputFile(str(target)).write("new")

    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert target.read_text() == "old"


def test_a_lone_surrogate_in_a_name_can_be_written(tmp_path: Path) -> None:
    OutputFile(str(tmp_path / "out.json")).write("a\ud800b")

    assert (tmp_path / "out.json").read_text() == "a\\ud800b"

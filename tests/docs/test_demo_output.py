"""The README shows of the demo, in words and as a phone, what the demo prints."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import project
from tests.docs import documents

ANA = "+525500000101"


@pytest.fixture(scope="module")
def printed() -> str:
    citas = Path(sys.executable).with_name("citas")
    done = subprocess.run([citas, "demo"], capture_output=True, text=True, cwd=project.ROOT, check=True)
    return done.stdout


def drawn(printed: str, phone: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console.docs.phone", phone]
    return subprocess.run(
        command, input=printed, capture_output=True, text=True, cwd=project.ROOT, check=False
    )


def test_the_readme_shows_what_the_demo_prints(printed: str) -> None:
    shown = documents.fenced(documents.page("README.md"))[0].splitlines()
    assert shown[0] == "$ make demo"
    lines = iter(printed.splitlines())
    # `in` consumes the iterator: the lines must appear, whole and in this order.
    assert [line for line in shown[1:] if line != "…" and line not in lines] == []


def test_the_readmes_phone_holds_what_the_demo_sent_to_it(printed: str) -> None:
    assert "](docs/phone.svg)" in documents.page("README.md")
    current = (project.ROOT / "docs" / "phone.svg").read_text(encoding="utf-8")
    assert drawn(printed, ANA).stdout == current, "the command to draw it again: console/docs/phone.py"


def test_a_phone_that_got_nothing_is_no_picture(printed: str) -> None:
    nobody = drawn(printed, "+525500009999")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "no message to +525500009999" in nobody.stderr

import subprocess
import sys
from pathlib import Path

from tests.architecture import project
from tests.docs import documents


def test_the_readme_shows_what_the_demo_prints() -> None:
    shown = documents.fenced(documents.page("README.md"))[0].splitlines()
    assert shown[0] == "$ make demo"
    citas = Path(sys.executable).with_name("citas")
    done = subprocess.run([citas, "demo"], capture_output=True, text=True, cwd=project.ROOT, check=True)
    printed = iter(done.stdout.splitlines())
    # `in` consumes the iterator: the lines must appear, whole and in this order.
    assert [line for line in shown[1:] if line != "…" and line not in printed] == []

"""The functions' bundle: small, whole, and the same versions as are tested here."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest

from infra import bundling
from infra.bundling import (
    REQUIREMENTS,
    SOURCES,
    BundlingError,
    build_bundle,
    copy_sources,
    size_of,
    this_machine,
)
from infra.config import PYTHONS, BuildOptions

LIMIT = 20_000_000
# A Python of Lambda's that is not the one that runs the tests.
OTHER = next(python for python in PYTHONS if python != this_machine()[1])

# Run by a Python that sees the bundle and the standard library alone.
USES_THE_BUNDLE = """
    import os, pkgutil, importlib, sys
    import zoneinfo
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    bundle = sys.argv[1]
    sys.path.insert(0, bundle)

    from importlib.machinery import SourceFileLoader
    def source_to_code(self, data, path, **_):
        raise AssertionError(f"{path} is compiled when it is loaded")
    SourceFileLoader.source_to_code = source_to_code
    zoneinfo.reset_tzpath(to=())  # the bundle's own zones, whatever the machine has

    import clinic, lambdas
    for package in (clinic, lambdas):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)

    import babel, boto3
    from babel.dates import format_date, format_time
    visit = datetime(2026, 11, 30, 16, tzinfo=UTC)
    print(format_date(visit, "full", locale="es_MX"))
    print(format_time(visit, "short", tzinfo=ZoneInfo("America/Mexico_City"), locale="es_MX"))
    print(format_date(visit, "full", locale=babel.Locale.parse("en")))

    from clinic.domain.people.phone import to_e164
    assert to_e164("+44 (0)20 0000 0000") == "+442000000000"

    for service in ("dynamodb", "secretsmanager", "events", "stepfunctions", "ssm", "sts"):
        client = boto3.client(service)
        assert client.meta.endpoint_url == f"https://{client.meta.endpoint_url.split('/')[2]}"
        assert client.waiter_names is not None
    boto3.client("dynamodb").get_paginator("query")
    boto3.client("dynamodb").get_waiter("table_exists")

    outside = [
        name for name, module in sys.modules.items()
        if "site-packages" in (getattr(module, "__file__", None) or "")
    ]
    assert outside == [], outside
"""


@pytest.fixture(scope="module")
def for_lambda(root: Path) -> Path:
    """The bundle as it is deployed."""
    options = BuildOptions()
    return build_bundle(root, architecture=options.architecture, python=options.python)


@pytest.fixture(scope="module")
def for_this_machine(root: Path) -> Path:
    """The same bundling for the processor and Python that run the tests."""
    architecture, python = this_machine()
    return build_bundle(root, architecture=architecture, python=python)


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """A project of one module and no dependencies, with a cache of its own."""
    for package in SOURCES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "clinic" / "words.py").write_text("HELLO = 'hola'\n", encoding="utf-8")
    (tmp_path / "clinic" / "notes.txt").write_text("not code", encoding="utf-8")
    (tmp_path / REQUIREMENTS).touch()
    return tmp_path


def test_it_is_small_and_would_be_with_bytecode_too(for_lambda: Path) -> None:
    to_come = 0.0
    if BuildOptions().python != this_machine()[1]:  # then there is none: what 3.13 adds, as measured
        to_come = 1.6 * sum(size_of(for_lambda / package) for package in SOURCES)
    assert size_of(for_lambda) + to_come <= LIMIT


def test_its_binaries_are_for_lambdas_processor_and_python(for_lambda: Path) -> None:
    options = BuildOptions()
    binaries = [path.name for path in for_lambda.rglob("*.so")]
    tag = f"cpython-{options.python.replace('.', '')}-aarch64-linux-gnu"
    assert binaries
    assert [name for name in binaries if tag not in name] == []


def test_it_holds_no_tests_or_stubs(for_lambda: Path) -> None:
    names = {path.name for path in for_lambda.rglob("*")}
    assert not names & {"tests", "test"}
    assert not any(name.endswith(".pyi") for name in names)


def test_for_another_python_it_holds_no_bytecode(small_project: Path) -> None:
    bundle = build_bundle(small_project, architecture="arm64", python=OTHER)
    assert list(bundle.rglob("*.pyc")) == []


def test_what_is_used_is_there_compiled_and_nothing_is_compiled_again(
    for_this_machine: Path, tmp_path: Path
) -> None:
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "HOME": str(tmp_path)}
    environment |= {"POWERTOOLS_SERVICE_NAME": "test", "PYTHONUTF8": "1"}
    before = {path: path.stat().st_mtime_ns for path in for_this_machine.rglob("*")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", textwrap.dedent(USES_THE_BUNDLE), str(for_this_machine)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in for_this_machine.rglob("*")} == before
    date, time, english = done.stdout.splitlines()
    assert date == "lunes, 30 de noviembre de 2026"
    assert time.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == "10:00 a.m."
    assert english == "Monday, November 30, 2026"


def test_a_traceback_shows_our_own_lines_and_names_no_path_of_the_builder(for_this_machine: Path) -> None:
    """What runs there has its source beside it; a dependency's frame has Lambda's path and a line number."""
    assert (for_this_machine / "lambdas" / "messages.py").is_file()
    assert not (for_this_machine / "pydantic" / "main.py").exists()
    compiled = list(for_this_machine.rglob("*.pyc"))
    assert compiled
    here = str(for_this_machine.parents[2]).encode()
    assert [path for path in compiled if here in path.read_bytes()] == []
    assert b"/var/task/pydantic/main.py" in (for_this_machine / "pydantic" / "main.pyc").read_bytes()


def test_the_times_that_lambda_gives_to_files_make_no_bytecode_stale(small_project: Path) -> None:
    architecture, python = this_machine()
    bundle = build_bundle(small_project, architecture=architecture, python=python)
    words = bundle / "clinic" / "words.py"
    words.write_text("HELLO = 'a source that is compiled again'\n", encoding="utf-8")
    for path in bundle.rglob("*"):
        os.utime(path, (315_532_800, 315_532_800))  # 1980, the beginning of a ZIP archive's time
    code = "import sys; sys.path.insert(0, sys.argv[1]); from clinic.words import HELLO; print(HELLO)"
    command = [sys.executable, "-I", "-S", "-c", code, str(bundle)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "hola\n"


def test_the_same_code_gives_the_same_bytecode(small_project: Path) -> None:
    architecture, python = this_machine()

    def built() -> dict[str, bytes]:
        bundle = build_bundle(small_project, architecture=architecture, python=python)
        found = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*.pyc")}
        shutil.rmtree(small_project / ".cache")
        return found

    assert (first := built())
    assert built() == first


def test_code_that_does_not_compile_is_no_bundle(small_project: Path) -> None:
    (small_project / "clinic" / "words.py").write_text("HELLO =\n", encoding="utf-8")
    architecture, python = this_machine()
    with pytest.raises(BundlingError, match=r"(?s)could not be compiled.*words\.py"):
        build_bundle(small_project, architecture=architecture, python=python)


def test_it_ships_the_versions_that_the_tests_run_on(root: Path) -> None:
    lock = (root / REQUIREMENTS).read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    assert {"boto3", "pynamodb", "pydantic-core", "babel", "tzdata"} <= set(pins)
    assert pins == {name: version(name) for name in pins}


def test_the_lock_names_no_registry_and_has_every_hash(root: Path) -> None:
    lock = (root / REQUIREMENTS).read_text(encoding="utf-8")
    assert "://" not in lock
    blocks = re.split(r"^(?=[a-z])", lock, flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_same_code_gives_the_same_directory_and_other_code_another(small_project: Path) -> None:
    first = build_bundle(small_project, architecture="arm64", python=OTHER)
    assert build_bundle(small_project, architecture="arm64", python=OTHER) == first
    (small_project / "clinic" / "words.py").write_text("HELLO = 'adiós'\n", encoding="utf-8")
    second = build_bundle(small_project, architecture="arm64", python=OTHER)
    assert second != first
    assert (second / "clinic" / "words.py").read_text(encoding="utf-8") == "HELLO = 'adiós'\n"


def test_the_plain_sources_are_the_code_alone(small_project: Path) -> None:
    directory = copy_sources(small_project)
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    assert files == {"clinic/__init__.py", "clinic/words.py", "lambdas/__init__.py"}


def test_a_failed_installation_says_why_and_leaves_nothing(small_project: Path) -> None:
    lock = small_project / REQUIREMENTS
    lock.write_text(
        f"{(small_project / 'no-such-wheel').as_uri()} --hash=sha256:{'0' * 64}\n", encoding="utf-8"
    )
    with pytest.raises(BundlingError, match=r"(?s)could not install .*requirements\.txt.*no-such-wheel"):
        build_bundle(small_project, architecture="arm64", python=OTHER)
    assert list((small_project / ".cache" / "bundle").iterdir()) == []


def test_a_file_that_several_bundles_share_is_on_the_disk_once(for_lambda: Path) -> None:
    assert next((for_lambda / "pydantic").glob("main.py*")).stat().st_nlink > 1


def test_installing_is_announced(
    small_project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "_prune", lambda target: None)
    build_bundle(small_project, architecture="arm64", python=OTHER)
    assert f"Python {OTHER} on arm64" in capsys.readouterr().err

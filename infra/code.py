"""The functions' code as a CDK asset."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

from infra.bundling import build_bundle, copy_sources
from infra.config import BuildOptions, Bundle

ROOT = Path(__file__).parents[1]


def code_asset(options: BuildOptions) -> lambda_.Code:
    """One asset for all functions of the stage.

    Raises:
        BundlingError: if the dependencies could not be installed.
    """
    if options.bundle is Bundle.NONE:
        return lambda_.Code.from_asset(str(copy_sources(ROOT)))
    bundle = build_bundle(ROOT, architecture=options.architecture, python=options.python)
    return lambda_.Code.from_asset(str(bundle))

"""From context to the CDK app."""

import json
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import App, DefaultStackSynthesizer

from infra.code import code_asset
from infra.config import BuildOptions
from infra.stack import CitasStack

# The CDK's recommended behaviours as of the pinned version (its `recommended-feature-flags.json`). Here and
# not in cdk.json, which only the CLI reads: `python app.py` and `cdk deploy` must build the same template.
_FEATURE_FLAGS = Path(__file__).with_name("feature_flags.json")


def build_app(context: Mapping[str, object] | None = None, outdir: str | None = None) -> App:
    """The app for the stage that the context names.

    Args:
        context: as ``-c key=value`` would give it; what the CLI hands over through the process's
            environment comes on top. See :class:`infra.config.BuildOptions`.
        outdir: where to write the cloud assembly; by default where the CLI says, else a temporary
            directory.

    Raises:
        UnknownOptionError: if a context value is none of the allowed ones.
        BundlingError: if the functions' dependencies could not be installed.
    """
    flags: Mapping[str, object] = json.loads(_FEATURE_FLAGS.read_text(encoding="utf-8"))
    app = App(context={**flags, **(context or {})}, outdir=outdir, analytics_reporting=False)
    keys = BuildOptions.__dataclass_fields__
    options = BuildOptions.from_context({key: app.node.try_get_context(key) for key in keys})
    CitasStack(
        app,
        options.config.stack_name,
        options=options,
        code=code_asset(options),
        # The CLI checks the bootstrap stack's version itself; the template needs no parameter for it.
        synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    return app

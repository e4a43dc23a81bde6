"""Builds the CDK app: ``python app.py`` writes the cloud assembly, ``cdk deploy`` does so and deploys it.

No AWS calls and no account look-ups. As every CDK app it takes from the process's environment

- ``CDK_OUTDIR``: where to write (default ``cdk.out``);
- ``CDK_CONTEXT_JSON``: what ``cdk -c key=value`` chooses; see :class:`infra.config.BuildOptions`.

The flavour that the local stack deploys, whose functions are the plain sources, is

    CDK_CONTEXT_JSON='{"stage": "dev", "bundle": "none"}' CDK_OUTDIR=<directory> python app.py

and its template is ``<directory>/citas-dev.template.json``.
"""

import os

from infra import node

node.use_bundled_node()

from infra.assembly import build_app  # noqa: E402 - loading the CDK starts node, so node is chosen first

if __name__ == "__main__":
    build_app(outdir=os.environ.get("CDK_OUTDIR", "cdk.out")).synth()

"""Builds the CDK app: ``python app.py`` writes the cloud assembly, ``cdk deploy`` does so and deploys it.

No AWS calls and no account look-ups. As every CDK app it takes from the process's environment

- ``CDK_OUTDIR``: where to write (default ``cdk.out``);
- ``CDK_CONTEXT_JSON``: what ``cdk -c key=value`` chooses; see :class:`infra.config.BuildOptions`.

The flavour that the local stack deploys, whose functions are the plain sources, is

    CDK_CONTEXT_JSON='{"stage": "dev", "bundle": "none"}' CDK_OUTDIR=<directory> python app.py

and its template is ``<directory>/citas-dev.template.json``.
"""

import os
import sys

from infra import node

try:
    node.use_bundled_node()
    # Loading the CDK starts node, so node is chosen first.
    from infra.assembly import build_app
except ModuleNotFoundError as error:
    sys.exit(
        f"{error.name} is not installed for {sys.executable}, which `cdk` found as python3.\n"
        "Activate the virtual environment (. .venv/bin/activate) or make one: python3 -m venv .venv, "
        "activate it, pip install -r requirements.txt"
    )

if __name__ == "__main__":
    build_app(outdir=os.environ.get("CDK_OUTDIR", "cdk.out")).synth()

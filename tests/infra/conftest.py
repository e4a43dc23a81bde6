"""Both stages' templates, synthesised once a session: starting the CDK takes seconds."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra import node
from infra.config import Stage
from tests.infra.template.edges import Walked
from tests.infra.template.synthesised import Synthesised

Synthesise = Callable[..., Synthesised]


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """Synthesise with context, in this process; the same template for the same context."""
    node.use_bundled_node()
    from infra.assembly import build_app  # loading the CDK takes seconds: only for tests that need it

    @cache
    def build(stage: Stage, **context: str) -> Synthesised:
        outdir = tmp_path_factory.mktemp(f"cdk-{stage}") / "out"
        app = build_app({"stage": stage, "bundle": "none", **context}, outdir=str(outdir))
        template = app.synth().get_stack_by_name(f"citas-{stage}").template
        return Synthesised(stage, template)

    return build


@pytest.fixture(scope="session", params=list(Stage))
def stack(request: pytest.FixtureRequest, synthesise: Synthesise) -> Synthesised:
    """Each stage as it is deployed by default."""
    return synthesise(request.param)


@pytest.fixture(scope="session")
def walked(stack: Synthesised) -> Walked:
    """The edges of each stage."""
    return Walked.of(stack)


@pytest.fixture(scope="session")
def dev(synthesise: Synthesise) -> Synthesised:
    """The stage ``dev``."""
    return synthesise(Stage.DEV)


@pytest.fixture(scope="session")
def prod(synthesise: Synthesise) -> Synthesised:
    """The stage ``prod``."""
    return synthesise(Stage.PROD)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's directory."""
    return Path(__file__).parents[2]

"""Decision 0008: what makes a cold start short comes before what it is to make short."""

import ast
import os
import subprocess
import sys
from importlib import import_module
from inspect import getsource

import pytest

from bench.measure import function_environment
from clinic.contracts.endpoints import ENDPOINTS, Endpoint
from clinic.contracts.environment import Env
from clinic.contracts.settings import Settings
from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.architecture import project
from tests.fakes.stores.aws import ENVIRONMENT

OURS = ("clinic", "lambdas")


def imported(source: str) -> list[str]:
    """The modules that a source imports when it is loaded, in order."""
    modules = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(str(node.module))
    return modules


@pytest.mark.parametrize("served", [*WORKFLOWS, *ENDPOINTS], ids=lambda served: served.name)
def test_a_module_with_handlers_shortens_its_start_before_it_loads_anything_of_ours(
    served: Workflow | Endpoint,
) -> None:
    modules = imported(getsource(import_module(served.module)))
    assert next(name for name in modules if name.startswith(OURS)) == "lambdas.cold_start"


# What the endpoint alone needs: Powertools' event handler takes a tenth of a second to load.
ONLY_THE_ENDPOINT = {
    "aws_lambda_powertools.event_handler",
    "clinic.contracts.whatsapp_webhook",
    "clinic.domain.signatures",
}


def loaded(modules: list[str]) -> set[str]:
    """What a new process has loaded after it has imported these."""
    program = f"import sys; {'; '.join(f'import {name}' for name in modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_no_workflow_loads_what_the_endpoint_alone_needs() -> None:
    assert loaded([workflow.module for workflow in WORKFLOWS]) & ONLY_THE_ENDPOINT == set()
    assert loaded([endpoint.module for endpoint in ENDPOINTS]) >= ONLY_THE_ENDPOINT


LOADED_BY_SENDING = (
    "requests",
    "clinic.domain.messages.sending",
    "clinic.services.messages.gate",
    "clinic.adapters.dynamodb.channel",
    "clinic.adapters.meter",
)


def test_what_only_a_send_needs_is_not_loaded_by_a_plan() -> None:
    code = (
        "import sys; from lambdas.appointment_reminders import handler; handler.application().planning; "
        f"print([name for name in {LOADED_BY_SENDING} if name in sys.modules])"
    )
    environment = {**os.environ, **ENVIRONMENT, Env.WHATSAPP_API_URL: "https://whatsapp.invalid"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "AWS_DEFAULT_REGION": "us-east-1"},
        cwd=project.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_the_bench_starts_a_function_with_settings_that_a_function_takes() -> None:
    assert Settings.from_environment(function_environment()).messages_per_second == 80

"""Each workflow's and endpoint's function: its environment, its limits, its logs."""

import ast
import re
from pathlib import Path

import pytest

from clinic.contracts.endpoints import ENDPOINTS, Endpoint
from clinic.contracts.environment import Env
from clinic.contracts.tables import (
    CHANNEL,
    CONSENTS,
    DIRECTORY,
    MESSAGES,
    PRESCRIPTIONS,
    REQUESTS,
    RESERVATIONS,
    RUNS,
    SLOTS,
    STATISTICS,
    TABLES,
    TableSpec,
)
from clinic.contracts.workflows import WORKFLOWS, Workflow
from infra.config import Stage
from tests.infra.conftest import Synthesise
from tests.infra.template.synthesised import Resource, Synthesised


@pytest.fixture(params=[*WORKFLOWS, *ENDPOINTS], ids=lambda served: served.name)
def served(request: pytest.FixtureRequest) -> Workflow | Endpoint:
    found: Workflow | Endpoint = request.param
    return found


def function_of(stack: Synthesised, served: Workflow | Endpoint) -> Resource:
    return stack.named("AWS::Lambda::Function", f"citas-{stack.stage}-{served.name}")


@pytest.fixture
def function(stack: Synthesised, served: Workflow | Endpoint) -> Resource:
    return function_of(stack, served)


@pytest.fixture
def variables(function: Resource) -> dict[str, object]:
    found: dict[str, object] = function.properties["Environment"]["Variables"]
    return found


def test_a_function_gets_every_variable_that_the_code_reads_and_no_other(
    variables: dict[str, object],
) -> None:
    assert set(variables) == set(Env)


VARIABLES = {
    Env.RESERVATIONS_TABLE: RESERVATIONS,
    Env.REQUESTS_TABLE: REQUESTS,
    Env.SLOTS_TABLE: SLOTS,
    Env.MESSAGES_TABLE: MESSAGES,
    Env.DIRECTORY_TABLE: DIRECTORY,
    Env.STATISTICS_TABLE: STATISTICS,
    Env.PRESCRIPTIONS_TABLE: PRESCRIPTIONS,
    Env.CONSENTS_TABLE: CONSENTS,
    Env.CHANNEL_TABLE: CHANNEL,
    Env.RUNS_TABLE: RUNS,
}


def test_each_table_has_a_variable() -> None:
    assert set(VARIABLES.values()) == set(TABLES)


@pytest.mark.parametrize(("variable", "spec"), VARIABLES.items())
def test_each_tables_variable_names_that_table(
    stack: Synthesised, variables: dict[str, object], variable: Env, spec: TableSpec
) -> None:
    table = stack.behind(variables[variable])
    assert table.properties["TableName"] == f"citas-{stack.stage}-{spec.name}"


def test_what_differs_between_deployments_comes_from_parameters(
    stack: Synthesised, variables: dict[str, object]
) -> None:
    assert variables[Env.WHATSAPP_API_URL] == {"Ref": "WhatsAppApiUrl"}
    assert variables[Env.WHATSAPP_PHONE_NUMBER_ID] == {"Ref": "WhatsAppPhoneNumberId"}
    assert variables[Env.PAYMENTS_API_URL] == {"Ref": "PaymentsApiUrl"}
    parameters = stack.template["Parameters"]
    assert set(parameters) == {
        *("WhatsAppApiUrl", "WhatsAppPhoneNumberId", "WhatsAppWebhookPathKey", "PaymentsApiUrl")
    }
    assert ("Default" in parameters["WhatsAppPhoneNumberId"]) is (stack.stage is Stage.DEV)


@pytest.mark.parametrize(
    ("parameter", "default"),
    [("WhatsAppApiUrl", "https://graph.facebook.com/v23.0"), ("PaymentsApiUrl", "https://api.stripe.com")],
)
def test_an_apis_address_is_the_real_one_unless_a_deployment_says_otherwise(
    stack: Synthesised, parameter: str, default: str
) -> None:
    described = stack.template["Parameters"][parameter]
    assert described["Default"] == default
    allowed = re.compile(described["AllowedPattern"])
    assert allowed.fullmatch(default)
    assert allowed.fullmatch("http://127.0.0.1:8080/v1")
    assert not allowed.fullmatch(f"{default}/")
    assert not allowed.fullmatch("api.example.com")


def test_a_function_is_told_the_stages_defaults(variables: dict[str, object]) -> None:
    assert variables[Env.CURRENCY] == "MXN"
    assert variables[Env.BOOKING_HORIZON_DAYS] == "30"
    assert variables[Env.SLOT_GENERATION_AT] == "02:00"
    assert variables[Env.SLOT_CLEANUP_AT] == "03:00"


def test_a_function_is_told_a_secrets_name_and_never_its_value(
    stack: Synthesised, variables: dict[str, object]
) -> None:
    assert variables[Env.WHATSAPP_SECRET_NAME] == f"citas/{stack.stage}/whatsapp"
    assert variables[Env.WHATSAPP_WEBHOOK_SECRET_NAME] == f"citas/{stack.stage}/whatsapp-webhook"
    assert variables[Env.PAYMENTS_SECRET_NAME] == f"citas/{stack.stage}/payments"


def test_a_function_logs_under_its_own_name(
    variables: dict[str, object], served: Workflow | Endpoint
) -> None:
    assert variables[Env.SERVICE_NAME] == served.name


def test_a_functions_handler_exists(function: Resource, root: Path) -> None:
    module, _, handler = function.properties["Handler"].rpartition(".")
    source = ast.parse(root.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8"))
    assigned = {
        target.id
        for node in source.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    defined = {node.name for node in source.body if isinstance(node, ast.FunctionDef)}
    assert handler in assigned | defined


def test_as_many_calls_run_at_once_as_are_allowed(function: Resource, served: Workflow | Endpoint) -> None:
    assert function.properties["ReservedConcurrentExecutions"] == served.concurrency


def test_reserved_concurrency_can_be_switched_off(
    synthesise: Synthesise, served: Workflow | Endpoint
) -> None:
    without = function_of(synthesise(Stage.DEV, reserved_concurrency="off"), served)
    assert "ReservedConcurrentExecutions" not in without.properties


def test_a_function_runs_on_the_default_platform_unless_context_says_otherwise(
    synthesise: Synthesise, function: Resource, served: Workflow | Endpoint
) -> None:
    assert function.properties["Architectures"] == ["arm64"]
    assert function.properties["Runtime"] == "python3.13"
    other = function_of(synthesise(Stage.DEV, architecture="x86_64", python="3.11"), served)
    assert other.properties["Architectures"] == ["x86_64"]
    assert other.properties["Runtime"] == "python3.11"


def test_a_step_ends_before_its_state_gives_up(function: Resource) -> None:
    # The states' TimeoutSeconds is 60; a function cut off by its state might still be sending.
    assert function.properties["Timeout"] < 60


def test_nobody_pays_for_traces(function: Resource) -> None:
    assert "TracingConfig" not in function.properties


def test_a_function_logs_into_its_own_group(stack: Synthesised, function: Resource) -> None:
    group = stack.behind(function.properties["LoggingConfig"]["LogGroup"])
    assert group.properties["LogGroupName"] == f"/aws/lambda/{function.properties['FunctionName']}"


def test_logs_end(stack: Synthesised) -> None:
    for group in stack.all("AWS::Logs::LogGroup"):
        assert group.properties["RetentionInDays"] == stack.config.log_retention_days

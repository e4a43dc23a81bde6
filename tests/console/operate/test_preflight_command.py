"""`citas preflight`: what it finds in an account on moto, and on a stage whose WhatsApp is the simulator."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.contracts.endpoints import ENDPOINTS
from clinic.contracts.listeners import LISTENERS
from clinic.contracts.workflows import WORKFLOWS
from console.main import app
from console.operate.stage import Stage, StageChoice
from console.preflight.account import KEPT_UNRESERVED, account_findings
from console.preflight.command import _webhook_url
from console.preflight.deployed import Secrets, read_secrets
from console.preflight.findings import Finding, Level
from console.preflight.whatsapp import WhatsAppAccount
from local.simulators.http import Answer, HttpServer, Request
from local.simulators.whatsapp import WhatsAppSimulator
from local.simulators.whatsapp_requests import BUSINESS_ACCOUNT_ID
from tests.deploy.machine import cloud
from tests.fakes.stores.tables import create_tables

RESERVED = sum(it.concurrency for it in (*WORKFLOWS, *ENDPOINTS, *LISTENERS))  # type: ignore[attr-defined]  # mypy joins the three to object
TOKEN, NUMBER, VERIFY_TOKEN = "EAAmade-up", "100000000000001", "verify-me"
NAMES = {
    "WHATSAPP_SECRET_NAME": "citas/dev/whatsapp",
    "WHATSAPP_WEBHOOK_SECRET_NAME": "citas/dev/whatsapp-webhook",
    "PAYMENTS_SECRET_NAME": "citas/dev/payments",
}
FILLED = Secrets(TOKEN, "app-secret", VERIFY_TOKEN, "sk_test_x")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def of(findings: Any, check: str) -> Finding:
    (found,) = [finding for finding in findings if finding.check == check]
    return found  # type: ignore[no-any-return]  # one of the findings


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An AWS with nothing in it, over HTTP: a process of its own."""
    with cloud(tmp_path_factory.mktemp("aws")) as aws:
        yield aws.endpoint_url


@pytest.fixture
def stage(emulator: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(f"AWS_{name}", value)
    return Stage(StageChoice("dev", region="us-east-1", endpoint_url=emulator))


def with_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: int, unreserved: int) -> None:
    """The emulator has an account's limit of its own: answer in its place."""
    client = stage.client("lambda")
    answer = {"AccountLimit": {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}}
    monkeypatch.setattr(client, "get_account_settings", lambda: answer)
    asked = stage.client
    monkeypatch.setattr(stage, "client", lambda name: client if name == "lambda" else asked(name))


@pytest.mark.parametrize(
    ("limit", "level"),
    [
        (10, Level.FAILURE),
        (RESERVED + KEPT_UNRESERVED - 1, Level.FAILURE),
        (RESERVED + KEPT_UNRESERVED, Level.OK),
        (1000, Level.OK),
    ],
)
def test_lambdas_limit_is_held_against_what_the_functions_reserve(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: int, level: Level
) -> None:
    with_limit(stage, monkeypatch, limit, limit)
    assert of(account_findings(stage, reserves=True), "lambda-concurrency").level is level
    assert of(account_findings(stage, reserves=False), "lambda-concurrency").level is Level.OK


def test_what_other_functions_have_reserved_is_not_free(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_limit(stage, monkeypatch, 1000, RESERVED + KEPT_UNRESERVED - 1)
    assert of(account_findings(stage, reserves=True), "lambda-concurrency").level is Level.FAILURE


def test_an_account_is_looked_at_before_the_first_deployment_and_after_a_failed_one(
    stage: Stage, emulator: str
) -> None:
    options = ("--json", "--region", "us-east-1", "--endpoint-url", emulator)
    empty = CliRunner().invoke(app, ["preflight", *options])
    assert empty.exit_code == 0, empty.output
    document = json.loads(empty.stdout)
    assert document["ready"] is True
    assert {"check": "stage", "level": "unknown"}.items() <= document["findings"][-1].items()

    create_tables(stage.client("dynamodb"), prefix="citas-dev-")
    stage.client("secretsmanager").create_secret(Name="citas/dev/whatsapp", SecretString="{}")
    stage.client("secretsmanager").create_secret(Name="citas/prod/whatsapp", SecretString="{}")
    stage.client("secretsmanager").delete_secret(SecretId="citas/dev/whatsapp")
    stage.client("logs").create_log_group(logGroupName="/aws/lambda/citas-dev-run-ledger")
    failed = CliRunner().invoke(app, ["preflight", *options])
    assert failed.exit_code == 1
    left = of([Finding(**it) for it in json.loads(failed.stdout)["findings"]], "names")
    assert left.level == Level.FAILURE
    for name in (
        "table citas-dev-messages",
        "secret citas/dev/whatsapp (being deleted)",
        "log group /aws/lambda/citas-dev-run-ledger",
    ):
        assert name in left.text
    assert "citas/prod" not in left.text

    # Once the names are the stack's own, they are in nobody's way.
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    stage.client("cloudformation").create_stack(StackName=stage.stack, TemplateBody=json.dumps(template))
    lives = list(account_findings(stage, reserves=True))
    assert of(lives, "stack").level is Level.OK
    assert "names" not in {finding.check for finding in lives}


def fill(**secrets: Any) -> None:
    client = boto3.client("secretsmanager")
    for name, value in zip(NAMES.values(), secrets.values(), strict=True):
        client.create_secret(Name=name, SecretString=json.dumps(value))


def test_secrets_that_hold_their_placeholder_are_told_and_not_shown(aws: None) -> None:
    made_up = "abcdefghijklmnopqrstuvwxyz012345"
    fill(
        whatsapp={"access_token": made_up},
        webhook={"app_secret": "", "verify_token": made_up},
        payments={"secret_key": made_up},
    )
    secrets, found = read_secrets(Stage(StageChoice("dev")), NAMES)
    assert {finding.check: finding.level for finding in found} == {
        "whatsapp-secret": Level.FAILURE,
        "webhook-secret": Level.FAILURE,
        "payments-secret": Level.WARNING,
    }
    assert made_up not in str(found)
    assert secrets == Secrets(verify_token=made_up, app_secret="")


def test_secrets_that_are_filled_in_are_fine(aws: None) -> None:
    fill(
        whatsapp={"access_token": "EAA" + "x" * 180},
        webhook={"app_secret": "s", "verify_token": "v"},
        payments={"secret_key": "rk_live_0"},
    )
    _, found = read_secrets(Stage(StageChoice("dev")), NAMES)
    assert [finding.level for finding in found] == [Level.OK]


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppSimulator]:
    with closing(
        WhatsAppSimulator(
            now=lambda: datetime(2026, 11, 30, tzinfo=UTC),
            templates=export_catalogue(),
            access_token=TOKEN,
            phone_number_id=NUMBER,
        )
    ) as simulator:
        yield simulator


@pytest.fixture
def webhook() -> Iterator[str]:
    def answer(request: Request) -> Answer:
        asked = dict(part.split("=", 1) for part in request.query.split("&"))
        is_right = asked["hub.verify_token"] == VERIFY_TOKEN
        return Answer(200 if is_right else 403, asked["hub.challenge"].encode() if is_right else b"")

    with closing(HttpServer(answer)) as server:
        yield f"{server.url}/whatsapp"


def account(simulator: WhatsAppSimulator, webhook_url: str, secrets: Secrets = FILLED) -> WhatsAppAccount:
    variables = {
        "WHATSAPP_API_URL": f"{simulator.url}/v23.0",
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
        "LANGUAGE": "es_MX",
    }
    return WhatsAppAccount(variables, secrets, webhook_url, BUSINESS_ACCOUNT_ID)


def test_the_webhook_is_asked_where_its_api_has_its_route(stage: Stage) -> None:
    client = stage.client("apigatewayv2")
    assert _webhook_url(stage) is None, "not deployed"
    api = client.create_api(Name="citas-dev-whatsapp-webhook", ProtocolType="HTTP")
    for key in ("$default", "GET /whatsapp/0f0f", "POST /whatsapp/0f0f"):
        client.create_route(ApiId=api["ApiId"], RouteKey=key)
    assert _webhook_url(stage) == f"{api['ApiEndpoint']}/whatsapp/0f0f"


def test_number_token_templates_and_webhook_are_looked_at(whatsapp: WhatsAppSimulator, webhook: str) -> None:
    found = list(account(whatsapp, webhook).findings())
    assert {finding.check: finding.level for finding in found} == dict.fromkeys(
        ("whatsapp-number", "templates", "webhook"), Level.OK
    )
    assert whatsapp.sent == []


def test_what_whatsapp_refuses_is_told_apart(whatsapp: WhatsAppSimulator, webhook: str) -> None:
    right = account(whatsapp, webhook)
    refused = replace(right, secrets=replace(FILLED, access_token="EAAanother"))
    assert of(refused.findings(), "whatsapp-token").level is Level.FAILURE
    elsewhere = replace(right, variables={**right.variables, "WHATSAPP_PHONE_NUMBER_ID": "1"})
    assert of(elsewhere.findings(), "whatsapp-number").level is Level.FAILURE
    unnamed = replace(right, business_account=None)
    assert of(unnamed.findings(), "templates").level is Level.UNKNOWN
    unverified = replace(right, secrets=replace(FILLED, verify_token="another"))
    assert of(unverified.findings(), "webhook").level is Level.FAILURE
    silent = replace(right, variables={**right.variables, "WHATSAPP_API_URL": "http://127.0.0.1:9"})
    assert of(silent.findings(), "whatsapp-number").level is Level.UNKNOWN


def test_templates_that_are_missing_rejected_or_of_another_text_are_named(webhook: str) -> None:
    catalogue = json.loads(json.dumps(export_catalogue()))
    missing = catalogue.pop(18)["name"]
    assert missing == "medication_reminder"
    catalogue[0]["status"] = "PAUSED"
    catalogue[1]["components"][0]["text"] += " Gracias."
    simulator = WhatsAppSimulator(
        now=lambda: datetime(2026, 11, 30, tzinfo=UTC),
        templates=catalogue,
        access_token=TOKEN,
        phone_number_id=NUMBER,
    )
    with closing(simulator):
        found = [it for it in account(simulator, webhook).findings() if it.check == "templates"]
    assert [finding.level for finding in found] == [Level.FAILURE] * 3 + [Level.OK]
    texts = " / ".join(finding.text for finding in found)
    assert f"not registered: {missing}" in texts
    assert f"paused: {catalogue[0]['name']}" in texts
    assert f"of another text: {catalogue[1]['name']}" in texts


def test_a_language_that_the_stage_does_not_speak_by_itself_is_a_warning(webhook: str) -> None:
    simulator = WhatsAppSimulator(
        now=lambda: datetime(2026, 11, 30, tzinfo=UTC),
        templates=[it for it in export_catalogue() if it["language"] == "es_MX"],
        access_token=TOKEN,
        phone_number_id=NUMBER,
    )
    with closing(simulator):
        found = [it for it in account(simulator, webhook).findings() if it.check == "templates"]
    assert [finding.level for finding in found] == [Level.OK, Level.WARNING]
    assert "19 of 19 in en_US are not registered" in found[1].text

"""The real CDK CLI deploys the stack; the bundled code sends a confirmation from its own process.

Real time and real processes: what the local stack's virtual time leaves out.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from clinic.adapters.whatsapp.registration import export_catalogue
from console.main import app
from infra.bundling import this_machine
from local.simulators.whatsapp import WhatsAppSimulator
from local.simulators.whatsapp_requests import BUSINESS_ACCOUNT_ID
from tests.deploy.machine import ACCOUNT, REGION, Cloud, cdk, cloud, wait_until

TOKEN = "made-up-token"
PHONE_NUMBER_ID = "100000000000001"
PATIENT = "Paciente Ejemplo"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Deployment:
    """The deployed stage ``dev`` and the WhatsApp it talks to."""

    aws: Cloud
    whatsapp: WhatsAppSimulator
    outputs: dict[str, str]

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.aws.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - other processes live in real time, so this test does too


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    architecture, python = this_machine()
    whatsapp = WhatsAppSimulator(
        now=now, templates=export_catalogue(), access_token=TOKEN, phone_number_id=PHONE_NUMBER_ID
    )
    with closing(whatsapp), cloud(tmp_path) as aws:
        # With no app it has nothing to synthesise: the account's bootstrap stack is not ours.
        cdk(aws, tmp_path, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")
        outputs = tmp_path / "outputs.json"
        options = ["--require-approval", "never", "--outputs-file", str(outputs)]
        options += ["--output", str(tmp_path / "cdk.out")]
        for choice in ("stage=dev", f"architecture={architecture}", f"python={python}"):
            options += ["--context", choice]
        for parameter in (
            f"WhatsAppApiUrl={whatsapp.url}/v23.0",
            f"WhatsAppPhoneNumberId={PHONE_NUMBER_ID}",
        ):
            options += ["--parameters", parameter]
        cdk(aws, tmp_path, "deploy", *options)
        made = Deployment(aws, whatsapp, json.loads(outputs.read_text(encoding="utf-8"))["citas-dev"])
        made.client("secretsmanager").put_secret_value(
            SecretId=made.outputs["WhatsAppSecretName"], SecretString=json.dumps({"access_token": TOKEN})
        )
        yield made


def test_one_event_ends_in_one_confirmation_by_the_bundled_code(deployment: Deployment) -> None:
    # One test, since a deployment takes many seconds: with a worker each, every test would make its own.
    the_preflight_names_what_is_still_to_be_done(deployment)
    run = run_of_one_event(deployment)
    assert run["status"] == "SUCCEEDED", run.get("cause")
    the_confirmation_was_sent(deployment)
    the_ledger_says_what_was_sent_and_what_was_not(deployment)
    the_function_is_what_was_asked_for(deployment)
    its_log_has_no_word_about_the_patient(deployment)
    nothing_was_left_undelivered(deployment)


def the_preflight_names_what_is_still_to_be_done(deployment: Deployment) -> None:
    """Whatever an operator has not done yet; the stack, the number and the token are as they should be."""
    where = ("--region", REGION, "--endpoint-url", deployment.aws.endpoint_url)
    command = ["preflight", "--json", "--business-account", BUSINESS_ACCOUNT_ID, *where]
    looked = CliRunner().invoke(app, command, env=deployment.aws.environment)
    found = {it["check"]: it["level"] for it in json.loads(looked.stdout)["findings"]}
    expected = {
        "stack": "ok",
        "lambda-concurrency": "ok",
        "whatsapp-number": "ok",
        "templates": "ok",
        "webhook-secret": "failure",
        "payments-secret": "warning",
        "alarms": "failure",
        "directory": "warning",
    }
    assert {check: found.get(check) for check in expected} == expected
    assert looked.exit_code == 1


def run_of_one_event(deployment: Deployment) -> dict[str, Any]:
    """The run that one event started, when it has ended."""
    visit = now() + timedelta(hours=1)
    detail = {
        "reservationId": "r-17",
        "patientName": PATIENT,
        "patientPhone": "+52 55 0000 0001",
        "appointmentTime": visit.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "serviceName": "Consulta general",
        "doctorName": "Dra. Ficticia",
        "clinicName": "Clínica Ejemplo",
        "clinicAddress": "Calle Ficticia 123, Ciudad de México",
    }
    entry = {
        "EventBusName": deployment.outputs["EventBusName"],
        "Source": "citas.publisher",
        "DetailType": "appointment/created",
        "Detail": json.dumps(detail),
    }
    assert deployment.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    states = deployment.client("stepfunctions")
    arn = deployment.outputs["AppointmentRemindersArn"]

    def ended() -> bool:
        runs = states.list_executions(stateMachineArn=arn)["executions"]
        return bool(runs) and all(run["status"] != "RUNNING" for run in runs)

    wait_until(ended, seconds=240)
    [only] = states.list_executions(stateMachineArn=arn)["executions"]
    found: dict[str, Any] = states.describe_execution(executionArn=only["executionArn"])
    return found


def the_confirmation_was_sent(deployment: Deployment) -> None:
    [message] = deployment.whatsapp.sent
    assert message.template == "appointment_confirmed"
    assert message.to.endswith("5500000001")
    assert PATIENT in message.text


def the_ledger_says_what_was_sent_and_what_was_not(deployment: Deployment) -> None:
    items = deployment.client("dynamodb").scan(TableName=deployment.outputs["MessagesTable"])["Items"]
    assert {item["kind"]["S"]: item["status"]["S"] for item in items} == {
        "confirmation": "sent",
        "reminder_24h": "skipped",
        "reminder_2h": "skipped",
    }


def the_function_is_what_was_asked_for(deployment: Deployment) -> None:
    function = deployment.client("lambda").get_function(FunctionName="citas-dev-appointment-reminders")
    architecture, python = this_machine()
    assert function["Configuration"]["Architectures"] == [architecture]
    assert function["Configuration"]["Runtime"] == f"python{python}"
    assert function["Configuration"]["CodeSize"] > 1_000_000


def its_log_has_no_word_about_the_patient(deployment: Deployment) -> None:
    group = "/aws/lambda/citas-dev-appointment-reminders"
    lines = [
        it["message"] for it in deployment.client("logs").filter_log_events(logGroupName=group)["events"]
    ]
    assert any("step_done" in line for line in lines)
    for secret in (PATIENT, "00000001", "0000 0001", TOKEN, "Consulta general"):
        assert [line for line in lines if secret in line] == []


def nothing_was_left_undelivered(deployment: Deployment) -> None:
    queue = deployment.outputs["UndeliveredEventsQueueUrl"]
    assert "Messages" not in deployment.client("sqs").receive_message(QueueUrl=queue)

"""moto as one small AWS account with Citas' tables and secret in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from clinic.contracts.environment import Env
from tests.fakes.tables import create_tables

REGION = "us-east-1"
ENVIRONMENT: dict[str, str] = {
    Env.STAGE: "test",
    Env.RESERVATIONS_TABLE: "reservations",
    Env.SLOTS_TABLE: "slots",
    Env.MESSAGES_TABLE: "messages",
    Env.DIRECTORY_TABLE: "directory",
    Env.EVENT_BUS_NAME: "citas",
    Env.WHATSAPP_PHONE_NUMBER_ID: "100000000000001",
    Env.WHATSAPP_SECRET_NAME: "citas/test/whatsapp",
    Env.REMINDER_OFFSETS: "24h,2h",
    Env.DEFAULT_TIME_ZONE: "America/Mexico_City",
    Env.LANGUAGE: "es_MX",
    Env.SERVICE_NAME: "appointment-reminders",
    Env.LOG_LEVEL: "INFO",
    Env.METRICS_NAMESPACE: "Citas",
}
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch, whatsapp_url: str, config: Any = None) -> Iterator[None]:
    """An account with tables and secret, and a function's environment."""
    for variables in (ENVIRONMENT, _CREDENTIALS, {Env.WHATSAPP_API_URL: whatsapp_url}):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
    with mock_aws(config=config):
        create_tables(boto3.client("dynamodb"))
        boto3.client("secretsmanager").create_secret(
            Name=ENVIRONMENT[Env.WHATSAPP_SECRET_NAME], SecretString=json.dumps({"access_token": "secret"})
        )
        yield

"""moto as one small AWS account with Citas' tables and secrets in it."""

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws

from clinic.contracts.environment import Env
from tests.fakes.stores.tables import create_tables

REGION = "us-east-1"
ENVIRONMENT: dict[str, str] = {
    Env.STAGE: "test",
    Env.RESERVATIONS_TABLE: "reservations",
    Env.REQUESTS_TABLE: "requests",
    Env.SLOTS_TABLE: "slots",
    Env.MESSAGES_TABLE: "messages",
    Env.DIRECTORY_TABLE: "directory",
    Env.STATISTICS_TABLE: "statistics",
    Env.PRESCRIPTIONS_TABLE: "prescriptions",
    Env.CONSENTS_TABLE: "consents",
    Env.CHANNEL_TABLE: "channel",
    Env.RUNS_TABLE: "runs",
    Env.EVENT_BUS_NAME: "citas",
    Env.UNDELIVERED_EVENTS_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/undelivered-events",
    Env.WHATSAPP_PHONE_NUMBER_ID: "100000000000001",
    Env.WHATSAPP_SECRET_NAME: "citas/test/whatsapp",
    Env.WHATSAPP_WEBHOOK_SECRET_NAME: "citas/test/whatsapp-webhook",
    Env.PAYMENTS_API_URL: "https://payments.invalid",
    Env.PAYMENTS_SECRET_NAME: "citas/test/payments",
    Env.CURRENCY: "MXN",
    Env.BOOKING_HORIZON_DAYS: "30",
    Env.SLOT_GENERATION_AT: "02:00",
    Env.SLOT_CLEANUP_AT: "03:00",
    Env.REMINDER_OFFSETS: "24h,2h",
    Env.QUIET_HOURS: "21:00-08:00",
    Env.QUIET_HOURS_FOR_REMINDERS: "off",
    Env.WAKING_HOURS: "08:00-20:00",
    Env.MESSAGES_PER_SECOND: "80",
    Env.RUN_QUESTIONS_PER_SECOND: "1000",
    Env.DEFAULT_TIME_ZONE: "America/Mexico_City",
    Env.LANGUAGE: "es_MX",
    Env.SERVICE_NAME: "appointment-reminders",
    Env.LOG_LEVEL: "INFO",
    Env.METRICS_NAMESPACE: "Citas",
}
APP_SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "token-for-verification"

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}


@contextmanager
def account(
    monkeypatch: pytest.MonkeyPatch, whatsapp_url: str, config: Any = None, **variables: str
) -> Iterator[None]:
    """An account with tables, bus and secrets, and a function's environment, which ``variables`` change."""
    own = {Env.WHATSAPP_API_URL.value: whatsapp_url, **variables}
    for name, value in {**ENVIRONMENT, **_CREDENTIALS, **own}.items():
        monkeypatch.setenv(name, value)
    with mock_aws(config=config):
        dynamodb, events, sqs, secrets = _clients()
        create_tables(dynamodb)
        events.create_event_bus(Name=ENVIRONMENT[Env.EVENT_BUS_NAME])
        sqs.create_queue(QueueName="undelivered-events")
        for secret, content in (
            (ENVIRONMENT[Env.WHATSAPP_SECRET_NAME], {"access_token": "secret"}),
            (ENVIRONMENT[Env.PAYMENTS_SECRET_NAME], {"secret_key": "secret"}),
            (
                ENVIRONMENT[Env.WHATSAPP_WEBHOOK_SECRET_NAME],
                {"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN},
            ),
        ):
            secrets.create_secret(Name=secret, SecretString=json.dumps(content))
        yield


# moto catches what any client asks that was made after it was loaded; building one takes long.
@functools.cache
def _clients() -> tuple[Any, Any, Any, Any]:
    return (
        boto3.client("dynamodb"),
        boto3.client("events"),
        boto3.client("sqs"),
        boto3.client("secretsmanager"),
    )

"""WhatsApp's token and Stripe's key in Secrets Manager, on moto."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from types_boto3_secretsmanager import SecretsManagerClient

from clinic.adapters.secrets import (
    KEPT_SECONDS,
    PaymentsSecret,
    WebhookSecret,
    WhatsAppSecret,
    secrets_manager,
)
from clinic.domain.errors import ConfigurationError, StoreUnavailableError
from tests.fakes.examples import NOW

NAME = "citas/test/whatsapp"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManagerClient]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws(), time_machine.travel(NOW, tick=False):
        yield boto3.client("secretsmanager")


def keep(secrets: SecretsManagerClient, text: str) -> WhatsAppSecret:
    secrets.create_secret(Name=NAME, SecretString=text)
    return WhatsAppSecret(NAME)


def test_the_token_is_read_from_the_secret(secrets: SecretsManagerClient) -> None:
    assert keep(secrets, json.dumps({"access_token": "token-1", "more": 1})).access_token() == "token-1"


def test_a_rotated_token_is_taken_up_within_a_quarter_of_an_hour(secrets: SecretsManagerClient) -> None:
    secret = keep(secrets, json.dumps({"access_token": "old"}))
    assert (secret.access_token(), KEPT_SECONDS) == ("old", 15 * 60)
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"access_token": "new"}))
    with time_machine.travel(NOW + timedelta(minutes=14, seconds=59), tick=False):
        assert secret.access_token() == "old"
    with time_machine.travel(NOW + timedelta(minutes=15, seconds=1), tick=False):
        assert secret.access_token() == "new"


def test_what_is_asked_for_anew_is_the_secret_as_it_stands_and_is_kept(secrets: SecretsManagerClient) -> None:
    secret = keep(secrets, json.dumps({"access_token": "old"}))
    assert secret.access_token() == "old"
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"access_token": "new"}))
    assert (secret.access_token(), secret.access_token_anew(), secret.access_token()) == ("old", "new", "new")


def test_a_placeholder_that_was_replaced_is_not_believed_any_longer(
    secrets: SecretsManagerClient,
) -> None:
    secret = keep(secrets, json.dumps({"access_token": ""}))
    with pytest.raises(ConfigurationError):
        secret.access_token()
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"access_token": "new"}))
    assert secret.access_token() == "new"


def test_a_read_that_hangs_ends_while_the_function_can_still_record_it(secrets: SecretsManagerClient) -> None:
    # botocore would wait for 60 seconds, five times over; the message is claimed by then.
    settings: Any = secrets_manager().client.meta.config
    longest = settings.connect_timeout + settings.read_timeout
    assert settings.retries["total_max_attempts"] * longest <= 15


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token-1", "expected JSON"),
        ("{", "expected JSON"),
        ('"token-1"', "access_token"),
        ("[]", "access_token"),
        ("{}", "access_token"),
        ('{"access_token": ""}', "access_token"),
        ('{"access_token": null}', "access_token"),
        ('{"access_token": 17}', "access_token"),
        ('{"access_token": "token-1\\n"}', "access_token"),
        ('{"access_token": "token 1"}', "access_token"),
        ('{"access_token": "tokén-1"}', "access_token"),
    ],
)
def test_a_secret_without_a_usable_token_is_named_and_not_repeated(
    secrets: SecretsManagerClient, text: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^secret {NAME}: .*{expected}") as raised:
        keep(secrets, text).access_token()
    assert "token-1" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_secret_mended_by_an_operator_is_read_at_the_next_try(secrets: SecretsManagerClient) -> None:
    secret = keep(secrets, "token-1")
    with pytest.raises(ConfigurationError):
        secret.access_token()
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"access_token": "token-1"}))
    assert secret.access_token() == "token-1"


def test_a_secret_that_is_not_there_is_a_fault_of_the_configuration(secrets: SecretsManagerClient) -> None:
    with pytest.raises(ConfigurationError, match=f"^secret {NAME} can't be read"):
        WhatsAppSecret(NAME).access_token()


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:secretsmanager"}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (client_error("InternalServiceError"), StoreUnavailableError),
        (client_error("ThrottlingException"), StoreUnavailableError),
        (client_error("ServiceUnavailable"), StoreUnavailableError),
        (EndpointConnectionError(endpoint_url="https://secretsmanager.test"), StoreUnavailableError),
        (client_error("AccessDeniedException"), ConfigurationError),
    ],
)
def test_a_store_that_does_not_answer_may_be_asked_again(
    secrets: SecretsManagerClient,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    kind: type[Exception],
) -> None:
    def fail(*_: object) -> object:
        raise failure

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    with pytest.raises(kind, match=f"^secret {NAME} can't be read$") as raised:
        WhatsAppSecret(NAME).access_token()
    assert raised.value.__cause__ is None


def test_stripes_key_is_read_in_the_same_way(secrets: SecretsManagerClient) -> None:
    secrets.create_secret(Name=NAME, SecretString=json.dumps({"secret_key": "sk_test_1"}))
    assert PaymentsSecret(NAME).secret_key() == "sk_test_1"


@pytest.mark.parametrize("text", ["{}", '{"access_token": "sk_test_1"}', '{"secret_key": "sk_test_1\\n"}'])
def test_a_secret_without_stripes_key_is_named_and_not_repeated(
    secrets: SecretsManagerClient, text: str
) -> None:
    secrets.create_secret(Name=NAME, SecretString=text)
    with pytest.raises(ConfigurationError, match=rf"^secret {NAME}: secret_key: expected") as raised:
        PaymentsSecret(NAME).secret_key()
    assert "sk_test_1" not in str(raised.value)


def test_the_webhooks_secret_holds_two_and_either_is_read_without_the_other(
    secrets: SecretsManagerClient,
) -> None:
    secrets.create_secret(
        Name="citas/test/whatsapp-webhook",
        SecretString=json.dumps({"app_secret": "", "verify_token": "token-2"}),
    )
    secret = WebhookSecret("citas/test/whatsapp-webhook")
    assert secret.verify_token() == "token-2"
    # What nobody has filled in is no secret: an empty one would be known to everybody.
    with pytest.raises(ConfigurationError, match="citas/test/whatsapp-webhook: app_secret: expected ASCII"):
        secret.app_secret()

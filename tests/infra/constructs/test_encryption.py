"""Patient data is encrypted with the stage's own key; the last resort does without it."""

import json
from typing import Any

import pytest

from infra.config import Stage
from tests.infra.template.synthesised import Resource, Synthesised, listed

# How each kind of resource names its key.
KEY_PROPERTIES = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Events::EventBus": ("KmsKeyIdentifier",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::StepFunctions::StateMachine": ("EncryptionConfiguration", "KmsKeyId"),
}


@pytest.fixture
def key(stack: Synthesised) -> Resource:
    [only] = stack.all("AWS::KMS::Key")
    return only


@pytest.mark.parametrize("resource_type", KEY_PROPERTIES)
def test_everything_is_encrypted_with_the_stages_key(
    stack: Synthesised, key: Resource, resource_type: str
) -> None:
    for resource in stack.all(resource_type):
        value: object = resource.properties
        for step in KEY_PROPERTIES[resource_type]:
            assert isinstance(value, dict)
            value = value[step]
        assert key.is_named_by(value), resource.logical_id


def test_the_key_is_rotated_and_in_prod_outlives_its_stack(stack: Synthesised, key: Resource) -> None:
    assert key.properties["EnableKeyRotation"] is True
    assert key.deletion_policy == ("RetainExceptOnCreate" if stack.stage is Stage.PROD else "Delete")


def test_the_key_has_the_stages_alias(stack: Synthesised, key: Resource) -> None:
    [alias] = stack.all("AWS::KMS::Alias")
    assert alias.properties["AliasName"] == f"alias/citas-{stack.stage}"
    assert key.is_named_by(alias.properties["TargetKeyId"])


def allowed_to(key: Resource, service: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = key.properties["KeyPolicy"]["Statement"]
    return [it for it in statements if it["Principal"].get("Service") == service]


@pytest.mark.parametrize("service", ["events.amazonaws.com", "delivery.logs.amazonaws.com"])
def test_the_key_lets_in_the_services_that_store_for_us(key: Resource, service: str) -> None:
    assert allowed_to(key, service)


def test_eventbridge_may_look_at_the_key_outside_of_any_encryption(key: Resource) -> None:
    # DescribeKey has no encryption context: a statement that asks for one never allows it.
    assert any(
        "kms:DescribeKey" in listed(statement["Action"]) and "Condition" not in statement
        for statement in allowed_to(key, "events.amazonaws.com")
    )


def test_the_dead_letter_queue_does_not_fail_with_the_key(stack: Synthesised) -> None:
    for queue in stack.all("AWS::SQS::Queue"):
        assert "KmsMasterKeyId" not in queue.properties
        assert queue.properties["SqsManagedSseEnabled"] is True


def test_a_queue_takes_no_unencrypted_connection(stack: Synthesised) -> None:
    policies = stack.all("AWS::SQS::QueuePolicy")
    assert len(policies) == len(stack.all("AWS::SQS::Queue"))
    for policy in policies:
        denied = [it for it in policy.properties["PolicyDocument"]["Statement"] if it["Effect"] == "Deny"]
        assert [it["Condition"] for it in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


@pytest.mark.parametrize(("name", "field"), [("whatsapp", "access_token"), ("payments", "secret_key")])
def test_a_secret_starts_as_a_random_value(stack: Synthesised, name: str, field: str) -> None:
    secret = stack.named("AWS::SecretsManager::Secret", f"citas/{stack.stage}/{name}")
    generated = secret.properties["GenerateSecretString"]
    assert generated["SecretStringTemplate"] == "{}"
    assert generated["GenerateStringKey"] == field
    assert "SecretString" not in secret.properties


def test_the_webhooks_secret_starts_without_the_half_that_only_meta_knows(stack: Synthesised) -> None:
    secret = stack.named("AWS::SecretsManager::Secret", f"citas/{stack.stage}/whatsapp-webhook")
    generated = secret.properties["GenerateSecretString"]
    assert json.loads(generated["SecretStringTemplate"]) == {"app_secret": ""}
    assert generated["GenerateStringKey"] == "verify_token"
    assert "SecretString" not in secret.properties


def test_in_prod_a_secret_survives_its_stack(stack: Synthesised) -> None:
    for secret in stack.all("AWS::SecretsManager::Secret"):
        assert secret.deletion_policy == ("RetainExceptOnCreate" if stack.stage is Stage.PROD else "Delete")

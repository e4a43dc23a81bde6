"""A small stack with a webhook: an HTTP API, and behind it a function that notes what comes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.faults.plan import FaultPlan
from local.stack import LocalStack, StackOptions
from tests.local.sample import (
    ACCOUNT,
    HANDLER,
    START,
    TABLE,
    TEMPLATES,
    allow,
    definition,
    role,
    task,
    template,
)

SECRET = "citas/dev/whatsapp-webhook"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:citas-dev-hook"

HOOK = """
import base64, hashlib, hmac, json, os
import boto3

def handler(event, context):
    aws = boto3.Session()  # its own: the default one keeps the role of the function that came first
    query = event.get("queryStringParameters", {})
    secret = json.loads(
        aws.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"]
    )
    if event["requestContext"]["http"]["method"] == "GET":
        right = query.get("hub.verify_token") == secret["verify_token"]
        return {"statusCode": 200, "body": query["hub.challenge"]} if right else {"statusCode": 403}
    text = event.get("body", "")
    body = base64.b64decode(text) if event["isBase64Encoded"] else text.encode()
    digest = hmac.new(secret["app_secret"].encode(), body, hashlib.sha256).hexdigest()
    if event["headers"].get("x-hub-signature-256") != "sha256=" + digest:
        return {"statusCode": 401, "body": json.dumps({"message": "wrong signature"})}
    aws.client("dynamodb").put_item(
        TableName=os.environ["TABLE"],
        Item={"id": {"S": event["requestContext"]["requestId"]}, "text": {"S": json.dumps(event)}},
    )
    if b"without a status" in body:
        return {"taken": True}
    if b"half an answer" in body:
        return {"statusCode": 200, "colour": "blue"}
    return {"statusCode": 200}
"""


def webhook_resources() -> dict[str, Any]:
    """An HTTP API with one route to the function, as the CDK writes it."""
    return {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": SECRET, "SecretString": "{}"},
        },
        "HookRole": role(
            "lambda.amazonaws.com",
            allow("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"),
            allow("secretsmanager:GetSecretValue", {"Ref": "Secret"}),
        ),
        "Hook": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "citas-dev-hook",
                "Runtime": "python3.13",
                "Handler": "steps.hook.handler",
                "Role": {"Fn::GetAtt": ["HookRole", "Arn"]},
                "Code": {
                    "S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}-${AWS::Region}"},
                    "S3Key": "x.zip",
                },
                "Environment": {"Variables": {"TABLE": {"Ref": "Table"}, "SECRET": {"Ref": "Secret"}}},
            },
        },
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "hook", "ProtocolType": "HTTP"}},
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": ["Hook", "Arn"]},
                "PayloadFormatVersion": "2.0",
            },
        },
        **{name: _route(method) for name, method in (("Post", "POST"), ("Get", "GET"))},
        **{f"Permission{method}": permission(f"/*/{method}/whatsapp") for method in ("POST", "GET")},
    }


def _route(method: str) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "RouteKey": f"{method} /whatsapp",
            "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]},
        },
    }


def permission(route: str, **changes: Any) -> dict[str, Any]:
    """Leave for API Gateway to invoke the function, for one route of the API."""
    source = ["", [f"arn:aws:execute-api:us-east-1:{ACCOUNT}:", {"Ref": "Api"}, route]]
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": ["Hook", "Arn"]},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Join": source},
            **changes,
        },
    }


def send() -> dict[str, Any]:
    """A state machine that sends one message."""
    return definition({"Send": task("Send")})


def webhook_stack(
    folder: Path,
    machine: dict[str, Any] | None = None,
    *,
    faults: dict[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    **options: Any,
) -> LocalStack:
    """The stack, its handlers in ``folder``; ``changes`` replace resources, None takes one away."""
    package = folder / "steps"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "sample.py").write_text(HANDLER, encoding="utf-8")
    (package / "hook.py").write_text(HOOK, encoding="utf-8")
    document = template(machine or send(), **{**webhook_resources(), **(changes or {})})
    document["Outputs"] |= {
        "WhatsAppWebhookUrl": {
            "Value": {"Fn::Join": ["", [{"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "/whatsapp"]]}
        },
        "WhatsAppWebhookSecretName": {"Value": {"Ref": "Secret"}},
        **(outputs or {}),
    }
    return LocalStack(
        StackOptions(
            start=START,
            templates=TEMPLATES,
            template=document,
            root=folder,
            faults=FaultPlan.parse(faults) if faults is not None else None,
            **options,
        )
    )


def noted(stack: LocalStack) -> list[dict[str, Any]]:
    """The events the function noted, in order."""
    items = stack.client("dynamodb").scan(TableName=TABLE)["Items"]
    texts = [item["text"]["S"] for item in items if item["text"]["S"].startswith("{")]
    return sorted(map(json.loads, texts), key=lambda event: event["requestContext"]["timeEpoch"])


def instant(event: dict[str, Any]) -> datetime:
    """When an event came."""
    return datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000, UTC)


def values(stack: LocalStack) -> list[tuple[datetime, dict[str, Any]]]:
    """What the webhooks told, with the instants they came at."""
    return [
        (instant(event), change["value"])
        for event in noted(stack)
        for entry in json.loads(event["body"])["entry"]
        for change in entry["changes"]
    ]


def told(stack: LocalStack) -> list[tuple[float, str, str]]:
    """The statuses in the order they came: seconds since the start, the intent, the status."""
    return [
        ((at - START).total_seconds(), status["biz_opaque_callback_data"], status["status"])
        for at, value in values(stack)
        for status in value.get("statuses", [])
    ]

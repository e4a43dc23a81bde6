"""A small stack for the tests of the local stack: a bus, a rule, a state machine, a function, a table."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.faults.plan import FaultPlan
from local.stack import LocalStack, StackOptions

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ACCOUNT = "000000000000"
TABLE = "citas-dev-notes"

TEMPLATES: list[dict[str, Any]] = [
    {
        "name": "reminder",
        "language": "es_MX",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            {
                "type": "BODY",
                "text": "Hola, {{patient_name}}. Su cita es el {{date}}. Gracias.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "patient_name", "example": "Ana"},
                        {"param_name": "date", "example": "lunes"},
                    ]
                },
            }
        ],
    }
]

HANDLER = """
import json, os, sys, threading
from datetime import datetime, timezone
import boto3, requests

COLD = {"starts": 0}
COLD["starts"] += 1

TOGETHER = threading.Barrier(2, timeout=240)

class RefusedError(Exception):
    pass

def note(key, text):
    boto3.client("dynamodb").put_item(
        TableName=os.environ["TABLE"], Item={"id": {"S": key}, "text": {"S": text}}
    )

def send(to, intent):
    return requests.post(
        os.environ["WHATSAPP_API_URL"] + "/" + os.environ["WHATSAPP_PHONE_NUMBER_ID"] + "/messages",
        headers={"Authorization": "Bearer local-access-token"},
        json={
            "messaging_product": "whatsapp", "to": to, "type": "template",
            "biz_opaque_callback_data": intent,
            "template": {"name": "reminder", "language": {"code": "es_MX"}, "components": [
                {"type": "body", "parameters": [
                    {"type": "text", "parameter_name": "patient_name", "text": "Ana"},
                    {"type": "text", "parameter_name": "date", "text": "lunes"},
                ]}
            ]},
        },
        timeout=60,
    )

def refund(charge, key):
    return requests.post(
        os.environ["PAYMENTS_API_URL"] + "/v1/refunds",
        headers={"Authorization": "Bearer sk_test_local", "Idempotency-Key": key},
        data={"charge": charge, "metadata[reservation_id]": key},
        timeout=60,
    )

def handler(event, context):
    step, data = event["step"], event["input"]
    if step == "Environment":
        return dict(os.environ)
    if step == "Context":
        return {
            "name": context.function_name, "arn": context.invoked_function_arn,
            "request": context.aws_request_id, "left": context.get_remaining_time_in_millis(),
        }
    if step == "Fail":
        raise RefusedError("field patientPhone")
    if step == "Together":
        TOGETHER.wait()
    if step == "DynamoDB":
        answer = getattr(boto3.client("dynamodb"), data["call"])(**data["arguments"])
        answer.pop("ResponseMetadata")
        return answer
    if step == "Print":
        print("a line")
        print("half", end="")
        print(" an error", file=sys.stderr)
    if step == "Forbidden":
        boto3.client("dynamodb").scan(TableName=os.environ["TABLE"])
    if step == "Note":
        note(data["id"], datetime.now(timezone.utc).isoformat())
    if step == "Refund":
        note("before-" + data["id"], "")
        answer = refund(data["charge"], data["id"])
        note("after-" + data["id"], str(answer.status_code))
        answer.raise_for_status()
        return answer.json()
    if step == "Stop":
        boto3.client("stepfunctions").stop_execution(executionArn=data["run"], error="Gone", cause="a step")
        if data.get("fails"):
            raise RefusedError("after all")
    if step == "Publish":
        entries = [
            {"EventBusName": os.environ["BUS"], "Source": "citas", "DetailType": "sample/created",
             "Detail": json.dumps(detail)} for detail in data["publish"]
        ]
        assert boto3.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    if step == "Send":
        note("before-" + data["id"], "")
        answer = send("+52 55 0000 0001", data["id"])
        note("after-" + data["id"], str(answer.status_code))
        answer.raise_for_status()
        return answer.json()
    return {"cold": COLD["starts"], "now": datetime.now(timezone.utc).isoformat(), "input": data}
"""


def task(step: str, **fields: Any) -> dict[str, Any]:
    """A Task that calls the function."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": "${Function}",
            "Payload": {
                "step": step,
                "execution": "{% $states.context.Execution.Id %}",
                "input": "{% $states.input %}",
            },
        },
        "Output": "{% $states.result.Payload %}",
        **(fields or {"End": True}),
    }


def definition(states: dict[str, Any], start: str | None = None) -> dict[str, Any]:
    """A state machine in JSONata."""
    return {"QueryLanguage": "JSONata", "StartAt": start or next(iter(states)), "States": states}


def role(service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    """A role with one policy."""
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
                ],
            },
            "Policies": [
                {
                    "PolicyName": "its-part",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
                }
            ],
        },
    }


def allow(action: str, resource: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


TRANSFORMER = {
    "InputPathsMap": {"id": "$.id", "time": "$.time", "detailType": "$.detail-type", "detail": "$.detail"},
    "InputTemplate": '{"eventId":<id>,"eventTime":<time>,"detailType":<detailType>,"detail":<detail>}',
}


def schedule(expression: str, **changes: Any) -> dict[str, Any]:
    """A rule with a schedule that starts the state machine, as the deployment makes them."""
    target = {
        "Id": "machine",
        "Arn": {"Ref": "Machine"},
        "RoleArn": {"Fn::GetAtt": ["RuleRole", "Arn"]},
        "InputTransformer": TRANSFORMER,
    }
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {"Name": "nightly", "ScheduleExpression": expression, "Targets": [target], **changes},
    }


def template(machine: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The sample's template around a state machine; ``changes`` replace resources by logical id."""
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:citas-dev-sample"
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"
    resources: dict[str, Any] = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "citas-dev"}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": TABLE,
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "citas-dev-dead"}},
        "DeadPolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Dead"}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            **allow("sqs:SendMessage", {"Fn::GetAtt": ["Dead", "Arn"]}),
                            "Principal": {"Service": "events.amazonaws.com"},
                            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
                        }
                    ],
                },
            },
        },
        "FunctionRole": role("lambda.amazonaws.com", allow("dynamodb:PutItem", table)),
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "citas-dev-sample",
                "Runtime": "python3.13",
                "Handler": "steps.sample.handler",
                "Role": {"Fn::GetAtt": ["FunctionRole", "Arn"]},
                "Code": {
                    "S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}-${AWS::Region}"},
                    "S3Key": "x.zip",
                },
                "ReservedConcurrentExecutions": 2,
                "Timeout": 30,
                "Environment": {
                    "Variables": {
                        "TABLE": {"Ref": "Table"},
                        "BUS": {"Ref": "Bus"},
                        "WHATSAPP_API_URL": {"Ref": "WhatsAppApiUrl"},
                        "WHATSAPP_PHONE_NUMBER_ID": {"Ref": "WhatsAppPhoneNumberId"},
                        "PAYMENTS_API_URL": {"Ref": "PaymentsApiUrl"},
                    }
                },
            },
        },
        "MachineRole": role("states.amazonaws.com", allow("lambda:InvokeFunction", "*")),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "citas-dev-sample",
                "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
                "DefinitionString": json.dumps(machine),
                "DefinitionSubstitutions": {"Function": {"Fn::GetAtt": ["Function", "Arn"]}},
            },
        },
        "RuleRole": role("events.amazonaws.com", allow("states:StartExecution", arn)),
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "sample",
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"detail-type": ["sample/created"]},
                "Targets": [
                    {
                        "Id": "machine",
                        "Arn": {"Ref": "Machine"},
                        "RoleArn": {"Fn::GetAtt": ["RuleRole", "Arn"]},
                        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                        "InputPath": "$.detail",
                    }
                ],
            },
        },
    }
    resources.update(changes)
    return {
        "Parameters": {
            "WhatsAppApiUrl": {"Type": "String"},
            "WhatsAppPhoneNumberId": {"Type": "String"},
            "PaymentsApiUrl": {"Type": "String"},
        },
        "Resources": {name: resource for name, resource in resources.items() if resource is not None},
        "Outputs": {"EventBusName": {"Value": {"Ref": "Bus"}}, "Dead": {"Value": {"Ref": "Dead"}}},
    }


def sample_stack(
    folder: Path, machine: dict[str, Any], *, faults: dict[str, Any] | None = None, **options: Any
) -> LocalStack:
    """A stack around a state machine, its handler in ``folder``."""
    package = folder / "steps"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "sample.py").write_text(HANDLER, encoding="utf-8")
    changes = options.pop("changes", {})
    options.setdefault("schedules", None)
    return LocalStack(
        StackOptions(
            start=START,
            templates=TEMPLATES,
            template=template(machine, **changes),
            root=folder,
            faults=FaultPlan.parse(faults) if faults is not None else None,
            **options,
        )
    )

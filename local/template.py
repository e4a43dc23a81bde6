"""Deploys a synthesised template into the emulator, and refuses what the emulator would leave out."""

import functools
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from local.schedules import ScheduleExpressionError, parse_schedule

_POLL_SECONDS = 0.01
_POLLS = 6000
_TEMPLATES = "citas-local-templates"
_ANY_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)
_SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")


class UnknownResourceError(ValueError):
    """The template has resources or properties that the local stack does not know; each is named."""


class DeploymentError(RuntimeError):
    """The template was refused, or did not reach CREATE_COMPLETE; the message says why."""


# The template that was checked last and is known: one stack after the other deploys the same.
_checked: list[dict[str, Any]] = []


def check(template: dict[str, Any], known: Callable[[str], bool]) -> None:
    """Refuse a template the local stack would run differently from AWS. Raises UnknownResourceError."""
    if any(it is template for it in _checked):
        return
    problems = [
        f"{logical_id} ({resource.get('Type')}): {problem}"
        for logical_id, resource in template.get("Resources", {}).items()
        for problem in _problems(resource, known)
    ]
    names = _names(template)
    problems += [
        f"{logical_id}: a reference to {name}, which is not in the template"
        for logical_id, resource in template.get("Resources", {}).items()
        for name in sorted(set(_references(resource)) - names)
    ]
    if template.get("Transform"):
        problems.append(f"the template's Transform {template['Transform']}: not known")
    if problems:
        raise UnknownResourceError("the local stack does not know\n  " + "\n  ".join(problems))
    _checked[:] = [template]


def _names(template: dict[str, Any]) -> set[str]:
    return {*template.get("Resources", {}), *template.get("Parameters", {})}


def _references(value: Any) -> Iterator[str]:
    """The logical ids a value refers to; the emulator takes an unknown one for text."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield from [item] * (not item.startswith("AWS::"))
            elif key == "Fn::GetAtt":
                yield item.split(".")[0] if isinstance(item, str) else item[0]
            elif key == "Fn::Sub":
                text, own = (item, {}) if isinstance(item, str) else item
                names = {name.split(".")[0] for name in _SUBSTITUTED.findall(text)}
                yield from (name for name in names if name not in own and not name.startswith("AWS::"))
                yield from _references(own)
            else:
                yield from _references(item)


def _problems(resource: dict[str, Any], known: Callable[[str], bool]) -> Iterator[str]:
    kind, properties = str(resource.get("Type")), resource.get("Properties", {})
    if not known(kind) or kind.startswith("Custom::"):
        yield "this type of resource"
        return
    if kind == "AWS::Events::Rule" and "ScheduleExpression" in properties:
        yield from _schedule_problems(properties)
    if kind == "AWS::StepFunctions::StateMachine":
        yield from _state_machine_problems(properties)
    if kind.startswith("AWS::ApiGatewayV2::"):
        yield from _http_api_problems(properties)
    if kind == "AWS::Lambda::EventSourceMapping":
        yield from _mapping_problems(properties)
    if kind == "AWS::Lambda::Function":
        for name in ("ImageConfig", "Layers", "FileSystemConfigs", "DurableConfig"):
            if properties.get(name):
                yield f"{name}: functions run in this process, from the repository"


_OF_A_MAPPING = {
    "BatchSize",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "ScalingConfig",  # a maximum: one batch at a time stays below any
    "Tags",
}


def _mapping_problems(properties: dict[str, Any]) -> Iterator[str]:
    """Of queues alone: messages are handed over as they came, each batch after the one before."""
    yield from (f"{name}: not known" for name in sorted(set(properties) - _OF_A_MAPPING))
    source = properties.get("EventSourceArn")
    if isinstance(source, str) and ":sqs:" not in source:
        yield "EventSourceArn: only of a queue"


def _http_api_problems(properties: dict[str, Any]) -> Iterator[str]:
    only = {
        "ProtocolType": "HTTP",
        "IntegrationType": "AWS_PROXY",
        "PayloadFormatVersion": "2.0",
    }
    if "Target" in properties or properties.get("AuthorizationType") != "AWS_IAM":
        only["AuthorizationType"] = "NONE"  # nobody can sign for AWS here: such a route leads nowhere
    yield from (
        f"{name}: only {value}" for name, value in only.items() if properties.get(name, value) != value
    )
    unknown = ("Body", "CorsConfiguration", "RequestParameters", "ResponseParameters", "StageVariables")
    yield from (name for name in unknown if properties.get(name))


def _schedule_problems(properties: dict[str, Any]) -> Iterator[str]:
    if properties.get("EventBusName", "default") != "default":
        yield "ScheduleExpression: only on the default bus"
    try:
        parse_schedule(str(properties["ScheduleExpression"]), _ANY_INSTANT)
    except ScheduleExpressionError as error:
        yield f"ScheduleExpression: {error}"


def _state_machine_problems(properties: dict[str, Any]) -> Iterator[str]:
    if properties.get("DefinitionS3Location"):
        yield "DefinitionS3Location: the definition must be in the template"
    if properties.get("StateMachineType", "STANDARD") != "STANDARD":
        yield "StateMachineType: only STANDARD"
    definition = properties.get("DefinitionString")
    if isinstance(definition, str) and "TimeoutSeconds" in json.loads(definition):
        yield "TimeoutSeconds of the whole state machine"


class Deployment:
    """Puts templates into the emulator.

    Args:
        client: an AWS client of the operator's, by service.
    """

    def __init__(self, client: Callable[[str], Any], account: str, region: str) -> None:
        self._client = client
        self._account = account
        self._region = region

    def deploy(self, name: str, template: dict[str, Any], parameters: dict[str, str]) -> dict[str, str]:
        """Create the stack and give its outputs. Raises DeploymentError.

        Of ``parameters`` those are used that the template has.
        """
        self._provide(template)
        s3 = self._client("s3")
        s3.create_bucket(Bucket=_TEMPLATES)
        s3.put_object(Bucket=_TEMPLATES, Key=name, Body=_text_of(template))
        try:
            self._client("cloudformation").create_stack(
                StackName=name,
                TemplateURL=f"{s3.meta.endpoint_url}/{_TEMPLATES}/{name}",
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters.items()
                    if key in template.get("Parameters", {})
                ],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        except ClientError as error:
            raise DeploymentError(f"{name}: {error}") from error
        stack = self._completed(name)
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def _provide(self, template: dict[str, Any]) -> None:
        """What `cdk bootstrap` and the upload of assets leave behind; functions' code is a placeholder."""
        self._client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True
        )
        codes = [
            resource["Properties"]["Code"]
            for resource in template.get("Resources", {}).values()
            if resource.get("Type") == "AWS::Lambda::Function"
        ]
        for bucket, key in {
            (self._text(code["S3Bucket"]), self._text(code["S3Key"])) for code in codes if "S3Bucket" in code
        }:
            s3 = self._client("s3")
            s3.create_bucket(Bucket=bucket)
            s3.put_object(Bucket=bucket, Key=key, Body=_placeholder())

    def _text(self, value: Any) -> str:
        text = str(value["Fn::Sub"] if isinstance(value, dict) else value)
        pseudo = {"AccountId": self._account, "Region": self._region, "Partition": "aws"}
        for name, replacement in pseudo.items():
            text = text.replace(f"${{AWS::{name}}}", replacement)
        return text

    def _completed(self, name: str) -> dict[str, Any]:
        cloudformation = self._client("cloudformation")
        pause = threading.Event()
        stack: dict[str, Any] = {}
        for _ in range(_POLLS):
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return stack
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                raise DeploymentError(f"{name}: {stack['StackStatus']}: {self._reason(name)}")
            pause.wait(_POLL_SECONDS)
        raise DeploymentError(f"{name}: {stack['StackStatus']} for too long")

    def _reason(self, name: str) -> str:
        events = self._client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return "; ".join(
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in reversed(failed)
        )


# The template that was deployed last, and its text: one after the other deploys the same.
_last: list[tuple[dict[str, Any], bytes]] = []


def _text_of(template: dict[str, Any]) -> bytes:
    if not _last or _last[0][0] is not template:
        _last[:] = [(template, json.dumps(template).encode())]
    return _last[0][1]


@functools.cache
def _placeholder() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("README"), "The local stack runs the repository's own code.")
    return content.getvalue()

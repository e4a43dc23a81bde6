"""A synthesised template as it would stand in one account: references resolved to names and ARNs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

ACCOUNT, REGION = "111122223333", "us-east-1"
STACK_UUID = "51af3dc0-da77-11e4-872e-1234567db123"

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/stack/{STACK_UUID}",
}
# How each type's ARN ends; what has no name of its own goes by its logical id.
_ARNS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "AWS::CloudWatch::Alarm": lambda _, it: f"cloudwatch:{REGION}:{ACCOUNT}:alarm:{it['AlarmName']}",
    "AWS::DynamoDB::Table": lambda _, it: f"dynamodb:{REGION}:{ACCOUNT}:table/{it['TableName']}",
    "AWS::Events::EventBus": lambda _, it: f"events:{REGION}:{ACCOUNT}:event-bus/{it['Name']}",
    "AWS::Events::Rule": lambda _, it: f"events:{REGION}:{ACCOUNT}:rule/{_rule(it)}",
    "AWS::IAM::Role": lambda name, _: f"iam::{ACCOUNT}:role/{name}",
    "AWS::KMS::Key": lambda name, _: f"kms:{REGION}:{ACCOUNT}:key/{name}",
    "AWS::Lambda::Function": lambda _, it: f"lambda:{REGION}:{ACCOUNT}:function:{it['FunctionName']}",
    "AWS::Logs::LogGroup": lambda _, it: f"logs:{REGION}:{ACCOUNT}:log-group:{it['LogGroupName']}:*",
    "AWS::SecretsManager::Secret": lambda _, it: (
        f"secretsmanager:{REGION}:{ACCOUNT}:secret:{it['Name']}-x1Y2z3"
    ),
    "AWS::SNS::Topic": lambda _, it: f"sns:{REGION}:{ACCOUNT}:{it['TopicName']}",
    "AWS::SQS::Queue": lambda _, it: f"sqs:{REGION}:{ACCOUNT}:{it['QueueName']}",
    "AWS::StepFunctions::StateMachine": lambda _, it: (
        f"states:{REGION}:{ACCOUNT}:stateMachine:{it['StateMachineName']}"
    ),
}
_REF_IS_ARN = {"AWS::SecretsManager::Secret", "AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"}
_REF_IS_NAME = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}


def _rule(rule: dict[str, Any]) -> str:
    bus = rule.get("EventBusName")
    return f"{bus}/{rule['Name']}" if bus else str(rule["Name"])


class Resolved:
    """Resources by type, and what a name or an ARN stands for."""

    def __init__(self, template: dict[str, Any]) -> None:
        self._raw: dict[str, Any] = template["Resources"]
        self._parameters: dict[str, Any] = template.get("Parameters", {})
        self._resources: dict[str, dict[str, Any]] = {}
        self._ids: dict[str, str] = {}
        for logical_id, body in self._raw.items():
            properties = self._value(body.get("Properties", {}))
            self._resources[logical_id] = properties
            self._ids[logical_id] = logical_id
            if body["Type"] in _ARNS:
                self._ids[self.arn(logical_id)] = logical_id
            if body["Type"] in _REF_IS_NAME:
                self._ids[self._ref(logical_id)] = logical_id

    @property
    def types(self) -> set[str]:
        """The types of everything in the template."""
        return {body["Type"] for body in self._raw.values()}

    def of(self, resource_type: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and resolved properties of each resource of a type."""
        for logical_id, body in self._raw.items():
            if body["Type"] == resource_type:
                yield logical_id, self._resources[logical_id]

    def type_of(self, logical_id: str) -> str:
        """A resource's type."""
        return str(self._raw[logical_id]["Type"])

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties, resolved."""
        return self._resources[logical_id]

    def behind(self, value: str) -> str:
        """The logical id of what a name or an ARN stands for."""
        return self._ids[value]

    def key_of(self, logical_id: str) -> str | None:
        """The ARN of the key that a table or a secret is encrypted with, if it is one of the customer's."""
        properties = self._resources[logical_id]
        key: str | None = properties.get("SSESpecification", properties).get(
            "KMSMasterKeyId", properties.get("KmsKeyId")
        )
        return key

    def arn(self, logical_id: str) -> str:
        """The ARN that a resource would have."""
        end = _ARNS[self.type_of(logical_id)]
        properties = self._resources.get(logical_id)
        if properties is None:
            properties = self._value(self._raw[logical_id]["Properties"])
        return f"arn:aws:{end(logical_id, properties)}"

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key in ("Ref", "Fn::GetAtt"):
                return self._ref(inner) if key == "Ref" else self._attribute(*inner)
            if key == "Fn::Join":
                return inner[0].join(str(self._value(part)) for part in inner[1])
            if key == "Fn::Select":
                place, (separator, whole) = inner[0], inner[1]["Fn::Split"]
                return str(self._value(whole)).split(separator)[place]
            if key == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._ref(found[1]), inner)
            assert not key.startswith("Fn::"), key
        return {key: self._value(inner) for key, inner in value.items()}

    def _ref(self, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._parameters:
            return str(self._parameters[name].get("Default", name))
        kind = self.type_of(name)
        if kind in _REF_IS_ARN:
            return self.arn(name)
        if kind in _REF_IS_NAME:
            return str(self._raw[name]["Properties"][_REF_IS_NAME[kind]])
        return name

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if attribute == "Arn":
            return self.arn(logical_id)
        value = self._raw[logical_id].get("Properties", {}).get(attribute)
        return value if isinstance(value, str) else f"{logical_id}.{attribute}"

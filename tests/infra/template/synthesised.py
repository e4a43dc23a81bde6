"""A synthesised template, asked by physical names and types; never by logical ids."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.config import STAGES, Stage, StageConfig

NAME_PROPERTIES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


@dataclass(frozen=True)
class Resource:
    """One resource of the template."""

    logical_id: str
    body: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = self.body.get("Properties", {})
        return properties

    @property
    def deletion_policy(self) -> str | None:
        return self.body.get("DeletionPolicy")

    def is_named_by(self, value: object) -> bool:
        """Whether a property's value refers to this resource, by Ref or by its ARN."""
        return value in ({"Ref": self.logical_id}, {"Fn::GetAtt": [self.logical_id, "Arn"]})


@dataclass(frozen=True)
class Synthesised:
    """A stage's template."""

    stage: Stage
    template: dict[str, Any]

    @property
    def config(self) -> StageConfig:
        return STAGES[self.stage]

    def all(self, resource_type: str) -> list[Resource]:
        """Every resource of a type; it is an error if there is none."""
        found = [resource for resource in self._resources() if resource.type == resource_type]
        assert found, f"no {resource_type} in the template"
        return found

    def named(self, resource_type: str, name: str) -> Resource:
        """The resource with a physical name."""
        key = NAME_PROPERTIES[resource_type]
        [found] = [it for it in self.all(resource_type) if it.properties.get(key) == name]
        return found

    def behind(self, value: object) -> Resource:
        """The resource that a property's value refers to."""
        [found] = [resource for resource in self._resources() if resource.is_named_by(value)]
        return found

    def statements_of(self, role: Resource) -> list[dict[str, Any]]:
        """What the policies attached to a role say."""
        return [
            statement
            for policy in self.all("AWS::IAM::Policy")
            if any(role.is_named_by(attached) for attached in policy.properties["Roles"])
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]

    def _resources(self) -> Iterator[Resource]:
        for logical_id, body in self.template["Resources"].items():
            yield Resource(logical_id, body)


def listed(value: object) -> list[Any]:
    """CloudFormation writes a list of one as its one element."""
    return value if isinstance(value, list) else [value]

"""The parts of a stage that are watched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from clinic.contracts.tables import TableSpec
from clinic.contracts.workflows import Workflow
from infra.constructs.workflow import WorkflowConstruct


@dataclass(frozen=True)
class MonitoredParts:
    """A stage's parts, as dashboards and alarms need them.

    Attributes:
        apis: the ids of HTTP APIs, by their names without the stage.
        functions: those that serve no workflow, by their names without the stage.
        queues: where goes what could not be handled, by their names without the stage.
        bus: the event bus's name.
    """

    workflows: Mapping[Workflow, WorkflowConstruct]
    apis: Mapping[str, str]
    functions: Mapping[str, lambda_.IFunction]
    queues: Mapping[str, sqs.IQueue]
    tables: Mapping[TableSpec, dynamodb.ITable]
    bus: str

    @property
    def all_functions(self) -> Mapping[str, lambda_.IFunction]:
        """Every function, by its name without the stage."""
        own = {workflow.name: construct.function for workflow, construct in self.workflows.items()}
        return {**own, **self.functions}

    @property
    def workflow_names(self) -> Sequence[str]:
        """The workflows' names, in their order."""
        return [workflow.name for workflow in self.workflows]

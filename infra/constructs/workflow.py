"""One workflow: its function, its state machine, and the rule that starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from clinic.contracts.environment import Env
from clinic.contracts.workflows import Workflow
from infra.config import Architecture, BuildOptions
from infra.constructs.bus import Bus
from infra.constructs.key import DataKey
from infra.constructs.logs import log_group
from infra.constructs.rule import rule_that_starts
from infra.nag import accept, accept_inline_policy, accept_wildcard

DEFINITIONS = Path(__file__).parents[2] / "state_machines"

_ARCHITECTURES = {
    Architecture.ARM64: lambda_.Architecture.ARM_64,
    Architecture.X86_64: lambda_.Architecture.X86_64,
}


@dataclass(frozen=True)
class Surroundings:
    """What every workflow of a stage shares."""

    options: BuildOptions
    code: lambda_.Code
    key: DataKey
    bus: Bus
    environment: Mapping[Env, str]


class WorkflowConstruct(Construct):
    """Rule → state machine → function, each with a role that allows just its own part."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        workflow: Workflow,
        within: Surroundings,
        permissions: Sequence[iam.PolicyStatement],
        stops: Sequence[Workflow] = (),
    ) -> None:
        """Make all of it.

        Args:
            workflow: what to make.
            within: what it shares with the others.
            permissions: what its steps may do beyond writing their logs.
            stops: the workflows whose runs its steps may stop as well.
        """
        super().__init__(scope, construct_id)
        self._workflow = workflow
        self._within = within
        self._name = within.options.config.named(workflow)
        self.function = self._function(permissions, stops)
        self.state_machine = self._state_machine(DEFINITIONS / workflow.definition_file)
        self.rule = rule_that_starts(
            self.state_machine,
            scope=self,
            workflow=workflow,
            config=within.options.config,
            bus=within.bus,
            key=within.key,
        )

    def _function(
        self, permissions: Sequence[iam.PolicyStatement], stops: Sequence[Workflow]
    ) -> lambda_.Function:
        options, workflow = self._within.options, self._workflow
        role = iam.Role(
            self,
            "FunctionRole",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"{self._name}: the steps of the workflow",
        )
        logs = log_group(
            self,
            "FunctionLogs",
            name=f"/aws/lambda/{self._name}",
            config=options.config,
            key=self._within.key.key,
        )
        logs.grant_write(role)
        for permission in permissions:
            role.add_to_policy(permission)
        self._allow_to_stop(role, stops)
        function = lambda_.Function(
            self,
            "Function",
            function_name=self._name,
            description=f"{workflow.title}: one handler for each step",
            handler=workflow.handler,
            code=self._within.code,
            runtime=lambda_.Runtime(f"python{options.python}", lambda_.RuntimeFamily.PYTHON),
            architecture=_ARCHITECTURES[options.architecture],
            memory_size=512,
            timeout=Duration.seconds(30),
            role=role,
            log_group=logs,
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=workflow.concurrency if options.reserves_concurrency else None,
            environment={
                **{str(name): value for name, value in self._within.environment.items()},
                Env.SERVICE_NAME: workflow.name,
            },
        )
        self._accept_for_function(function, role)
        return function

    def _allow_to_stop(self, role: iam.Role, workflows: Sequence[Workflow]) -> None:
        if not workflows:
            return
        # By name: two workflows may stop each other's runs, and neither has to be created first.
        runs = [
            Stack.of(self).format_arn(
                service="states",
                resource="execution",
                resource_name=f"{self._within.options.config.named(workflow)}:*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for workflow in workflows
        ]
        role.add_to_policy(
            iam.PolicyStatement(
                sid="StopRuns",
                actions=["states:DescribeExecution", "states:StopExecution"],
                resources=runs,
            )
        )
        role.add_to_policy(self._within.key.use_for_runs())
        for run in runs:
            accept_wildcard(
                role,
                run,
                "The runs of one state machine: which of them, only the ledger knows when the time has come.",
            )

    def _state_machine(self, definition: Path) -> sfn.StateMachine:
        key, config = self._within.key.key, self._within.options.config
        role = iam.Role(
            self,
            "StateMachineRole",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            description=f"{self._name}: calls its function",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="CallTheSteps",
                actions=["lambda:InvokeFunction"],
                resources=[self.function.function_arn],
            )
        )
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=self._name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(definition.read_text(encoding="utf-8")),
            definition_substitutions={self._workflow.function_substitution: self.function.function_arn},
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                # Names under /aws/vendedlogs do not count against the size of the account's log policy.
                destination=log_group(
                    self,
                    "StateMachineLogs",
                    name=f"/aws/vendedlogs/states/{self._name}",
                    config=config,
                    key=key,
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
            encryption_configuration=sfn.CustomerManagedEncryptionConfiguration(key),
        )
        accept_wildcard(
            role,
            "*",
            "Log delivery and X-Ray have no resources to name: AWS documents both with `*` alone.",
        )
        accept_inline_policy(role)
        return machine

    def _accept_for_function(self, function: lambda_.Function, role: iam.Role) -> None:
        accept_inline_policy(role)
        accept_wildcard(
            role,
            "*",
            "X-Ray has no resources to name: PutTraceSegments and PutTelemetryRecords take `*` alone.",
        )
        accept(
            function,
            "HIPAA.Security-LambdaDLQ",
            "Only its state machine calls it, and waits for the answer: a dead-letter queue is for "
            "asynchronous calls. What fails is in the run's history.",
        )
        accept(
            function,
            "HIPAA.Security-LambdaInsideVPC",
            "It talks to public endpoints, of AWS and of others, and to nothing inside a network. A VPC "
            "would add a NAT gateway between it and the internet and protect nothing.",
        )
        if not self._within.options.reserves_concurrency:
            accept(
                function,
                "HIPAA.Security-LambdaConcurrency",
                "Switched off on purpose, for accounts whose limit leaves nothing to reserve.",
            )

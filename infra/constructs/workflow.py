"""One workflow: its function, its state machine, and the rule that starts it."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from clinic.contracts.workflows import Workflow
from infra.constructs.function import FunctionDefaults, Purpose, own_function
from infra.constructs.logs import log_group
from infra.constructs.rule import rules_that_start
from infra.constructs.runs import ASK, STOP, allow_for_runs
from infra.definitions.policies import DEFINITIONS
from infra.nag import accept, accept_inline_policy, accept_wildcard

_STEPS = Purpose(
    role="the steps of the workflow",
    function="one handler for each step",
    no_dead_letters="Only its state machine calls it, and waits for the answer: what fails is in the run's "
    "history.",
)


class WorkflowConstruct(Construct):
    """Rule → state machine → function, each with a role that allows just its own part."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        workflow: Workflow,
        within: FunctionDefaults,
        permissions: Sequence[iam.PolicyStatement],
        stops: Sequence[Workflow] = (),
        asks_about: Sequence[Workflow] = (),
    ) -> None:
        """Make all of it.

        Args:
            workflow: what to make.
            within: what it shares with the others.
            permissions: what its steps may do beyond writing their logs.
            stops: the workflows whose runs its steps may stop as well.
            asks_about: the workflows whose runs they may ask about.
        """
        super().__init__(scope, construct_id)
        self._workflow = workflow
        self._within = within
        self._name = within.options.config.named(workflow)
        own = own_function(self, serves=workflow, purpose=_STEPS, within=within, permissions=permissions)
        self._allow_for_runs(own.role, stops, asks_about)
        self.function, self.role = own.function, own.role
        self.state_machine = self._state_machine(DEFINITIONS / workflow.definition_file)
        rules_that_start(
            self.state_machine,
            scope=self,
            workflow=workflow,
            config=within.options.config,
            bus=within.bus,
        )

    def _allow_for_runs(
        self, role: iam.Role, stops: Sequence[Workflow], asks_about: Sequence[Workflow]
    ) -> None:
        config = self._within.options.config
        if stops:
            reason = "The runs of one state machine: which of them, only the ledger knows when it is time."
            allow_for_runs(role, "StopRuns", STOP, stops, config=config, reason=reason)
        if asks_about:
            role.add_to_policy(self._within.key.read_runs())
            reason = "The runs of one state machine: any of them may have ended unheard of."
            allow_for_runs(role, "AskAboutRuns", ASK, asks_about, config=config, reason=reason)

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
            "Log delivery has no resources to name: AWS documents it with `*` alone.",
        )
        accept(
            machine,
            "AwsSolutions-SF2",
            "A run's history says what each step did and for how long, the run ledger how long it was busy; "
            "a trace of a run that sleeps for weeks shows nothing more, and is paid for.",
        )
        accept_inline_policy(role)
        return machine

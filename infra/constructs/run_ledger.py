"""The run ledger: a function that is told of every change of a run's status."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import Workflow
from infra.constructs.function import Purpose, Surroundings, own_function
from infra.nag import accept_wildcard

_PURPOSE = Purpose(
    role="keeps the run ledger",
    function="notes how each run of a workflow went",
    no_dead_letters=None,
)


class RunLedgerConstruct(Construct):
    """Rule on the account's default bus → function, with the stage's dead-letter queue behind both."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        within: Surroundings,
        permissions: Sequence[iam.PolicyStatement],
        workflows: Sequence[Workflow],
    ) -> None:
        """Make it.

        Args:
            within: what it shares with the others.
            permissions: what the function may do beyond asking about runs and writing its logs.
            workflows: whose runs are kept.
        """
        super().__init__(scope, construct_id)
        config, bus = within.options.config, within.bus
        own = own_function(
            self,
            serves=RUN_LEDGER,
            purpose=_PURPOSE,
            within=within,
            permissions=[*permissions, within.key.use_for_runs()],
            dead_letters=bus.undelivered,
        )
        self.function = own.function
        runs = [_arn(self, "execution", f"{config.named(workflow)}:*") for workflow in workflows]
        own.role.add_to_policy(
            iam.PolicyStatement(
                sid="AskAboutRuns",
                actions=["states:DescribeExecution", "states:GetExecutionHistory"],
                resources=runs,
            )
        )
        for run in runs:
            accept_wildcard(own.role, run, "The runs of one state machine: any of them may end.")
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=config.named(RUN_LEDGER),
            description=f"{RUN_LEDGER.detail_type}: told to {RUN_LEDGER.title}",
            event_pattern=events.EventPattern(
                source=[RUN_LEDGER.source],
                detail_type=[RUN_LEDGER.detail_type],
                detail={
                    "stateMachineArn": [
                        _arn(self, "stateMachine", config.named(workflow)) for workflow in workflows
                    ]
                },
            ),
            targets=[
                targets.LambdaFunction(
                    own.function,
                    dead_letter_queue=bus.undelivered,
                    max_event_age=Duration.hours(config.delivery_max_age_hours),
                    retry_attempts=config.delivery_attempts,
                )
            ],
        )


def _arn(scope: Construct, resource: str, name: str) -> str:
    # By name: the ledger does not have to wait for the state machines, nor they for it.
    return Stack.of(scope).format_arn(
        service="states",
        resource=resource,
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )

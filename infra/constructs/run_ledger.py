"""The run ledger: a function that is told of every change of a run's status."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import Workflow
from infra.constructs.function import Purpose, Surroundings, own_function
from infra.constructs.runs import ASK, allow_for_runs, arn_of

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
            permissions=[*permissions, within.key.read_runs()],
            dead_letters=bus.undelivered,
        )
        self.function = own.function
        allow_for_runs(
            own.role,
            "AskAboutRuns",
            ASK,
            workflows,
            config=config,
            reason="The runs of one state machine: any of them may end.",
        )
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
                        arn_of(self, "stateMachine", config.named(workflow)) for workflow in workflows
                    ]
                },
            ),
            targets=[
                targets.LambdaFunction(
                    own.function,
                    dead_letter_queue=bus.dead_letters,
                    max_event_age=Duration.hours(config.delivery_max_age_hours),
                    retry_attempts=config.delivery_attempts,
                )
            ],
        )

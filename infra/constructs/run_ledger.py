"""The run ledger: a function that is told, through a queue, of every change of a run's status."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import Workflow
from infra.config import StageConfig
from infra.constructs import removal
from infra.constructs.function import TIMEOUT, FunctionDefaults, Purpose, own_function
from infra.constructs.runs import ASK, allow_for_runs, arn_of

_PURPOSE = Purpose(
    role="keeps the run ledger",
    function="notes how each run of a workflow went",
    no_dead_letters="A queue calls it, whose own dead-letter queue takes what it could not handle.",
)
_TRIES_OF_A_BATCH = 6  # AWS's advice: so long is a batch hidden while Lambda is throttled


class RunLedgerConstruct(Construct):
    """Rule on the account's default bus → queue → function; the queue's dead letters have one of their own.

    What the rule can't put into the queue goes to the stage's undelivered events.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        within: FunctionDefaults,
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
        config = within.options.config
        self.dead_letters = _queue(
            self,
            "DeadLetters",
            RUN_LEDGER.dead_letters,
            config=config,
            retention_period=Duration.days(config.undelivered_retention_days),
        )
        window = Duration.seconds(RUN_LEDGER.window_seconds)
        self.queue = _queue(
            self,
            "Queue",
            RUN_LEDGER.name,
            config=config,
            visibility_timeout=Duration.seconds(
                _TRIES_OF_A_BATCH * TIMEOUT.to_seconds() + RUN_LEDGER.window_seconds
            ),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=RUN_LEDGER.attempts
            ),
        )
        own = own_function(
            self,
            serves=RUN_LEDGER,
            purpose=_PURPOSE,
            within=within,
            permissions=[*permissions, within.key.read_runs(), self._take_from_the_queue()],
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
        lambda_.EventSourceMapping(
            self,
            "Batches",
            target=own.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=RUN_LEDGER.batch_size,
            max_batching_window=window,
            max_concurrency=RUN_LEDGER.concurrency,
            report_batch_item_failures=True,
        )
        self.rule = self._rule(within, workflows)
        self._let_in(self.rule)

    def _rule(self, within: FunctionDefaults, workflows: Sequence[Workflow]) -> events.Rule:
        config = within.options.config
        # By its ARN, so that the CDK adds no statement that allows more than to send.
        queue = sqs.Queue.from_queue_arn(self, "Target", self.queue.queue_arn)
        return events.Rule(
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
                targets.SqsQueue(
                    queue,
                    dead_letter_queue=within.bus.dead_letters,
                    max_event_age=Duration.hours(config.delivery_max_age_hours),
                    retry_attempts=config.delivery_attempts,
                )
            ],
        )

    def _let_in(self, rule: events.Rule) -> None:
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ChangesOfRuns",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnEquals": {"aws:SourceArn": rule.rule_arn},
                },
            )
        )

    def _take_from_the_queue(self) -> iam.PolicyStatement:
        """What Lambda's poller does, with the rights of the function."""
        return iam.PolicyStatement(
            sid="TakeFromTheQueue",
            actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources=[self.queue.queue_arn],
        )


def _queue(
    scope: Construct,
    construct_id: str,
    name: str,
    *,
    config: StageConfig,
    retention_period: Duration | None = None,
    visibility_timeout: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    """Encrypted with SQS's own key: the stage's would have to be open to EventBridge for whatever source."""
    return sqs.Queue(
        scope,
        construct_id,
        queue_name=config.named(name),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=retention_period,
        visibility_timeout=visibility_timeout,
        dead_letter_queue=dead_letter_queue,
        removal_policy=removal.of_data(config),
    )

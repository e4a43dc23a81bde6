"""Where publishers put events, and where those go that reach no workflow."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.constructs import removal
from infra.nag import accept


class Bus(Construct):
    """The event bus, encrypted with the stage's key, and the queue of undelivered events."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=config.named("undelivered-events"),
            # SQS's own key: what comes here because the stage's key fails must not fail with it again.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(config.undelivered_retention_days),
            removal_policy=removal.of_data(config),
        )
        accept(
            self.undelivered,
            "AwsSolutions-SQS3",
            "It is a dead-letter queue itself, of the bus and of rules' targets.",
        )
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=config.stack_name,
            description="Citas: appointment, slot and payment events of clinics.",
            kms_key=key,
            # Takes what the bus could not encrypt or decrypt; what a rule could not deliver goes there too.
            dead_letter_queue=self.undelivered,
        )
        # For rules' targets: by its ARN, so that none adds a statement of its own. SQS takes 20.
        self.dead_letters = sqs.Queue.from_queue_arn(self, "DeadLetters", self.undelivered.queue_arn)
        rules = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:rule/{config.stack_name}"
        self.undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventsOfThisStage",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.undelivered.queue_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {
                        # The bus itself, its rules, and the stage's rules on the account's default bus.
                        "aws:SourceArn": [self.bus.event_bus_arn, f"{rules}/*", f"{rules}-*"]
                    },
                },
            )
        )

    def keep_the_unwanted(self, config: StageConfig, wanted: Sequence[str], own_source: str) -> None:
        """Have events that no workflow's rule takes kept with the dead letters, as they are.

        Args:
            wanted: the detail-types that anybody may publish.
            own_source: what Citas itself says is announced to others, too: nobody here need want it.
        """
        events.Rule(
            self,
            "UnwantedRule",
            rule_name=config.named("unwanted-events"),
            description="Events of others that no workflow begins with: kept in the dead-letter queue",
            event_bus=self.bus,
            event_pattern=events.EventPattern(
                source=events.Match.anything_but(own_source),
                detail_type=events.Match.anything_but(*wanted),
            ),
            targets=[
                targets.SqsQueue(
                    self.dead_letters,
                    dead_letter_queue=self.dead_letters,
                    max_event_age=Duration.hours(config.delivery_max_age_hours),
                    retry_attempts=config.delivery_attempts,
                )
            ],
        )

    def reserve(self, source: str, roles: Sequence[iam.IRole]) -> None:
        """Take events of a source from these roles alone, whatever rights others have in the account."""
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyElseSpeaksAsCitas",
                effect=iam.Effect.DENY,
                principals=[iam.StarPrincipal()],
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
                conditions={
                    # One request may hold events of several sources.
                    "ForAnyValue:StringEquals": {"events:source": [source]},
                    "ArnNotEquals": {"aws:PrincipalArn": [role.role_arn for role in roles]},
                },
            )
        )

    def count_dead_letters(self) -> iam.PolicyStatement:
        """A statement for a role: see how many events could not be handled."""
        return iam.PolicyStatement(
            sid="CountDeadLetters",
            actions=["sqs:GetQueueAttributes"],
            resources=[self.undelivered.queue_arn],
        )

    def publish(self) -> iam.PolicyStatement:
        """A statement for a role: put events on the bus.

        It needs no right to the key: EventBridge encrypts what is put with its own, which the key's policy
        gives it.
        """
        return iam.PolicyStatement(
            sid="PutEventsOnTheBus", actions=["events:PutEvents"], resources=[self.bus.event_bus_arn]
        )

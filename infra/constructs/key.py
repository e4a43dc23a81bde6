"""The key that everything which holds patient data is encrypted with."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import StageConfig
from infra.constructs import removal

# What a caller needs so that DynamoDB and Secrets Manager can use the key for it; spelled out, since a
# `GenerateDataKey*` would be a wildcard.
_USES = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class DataKey(Construct):
    """A customer-managed key, rotated every year, and what AWS's services may do with it."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Patient data of {config.stack_name}",
            alias=config.stack_name,
            enable_key_rotation=True,
            pending_window=Duration.days(30 if config.keep_data else 7),
            removal_policy=removal.of_data(config),
        )
        self._allow_logs(config)
        self._allow_the_bus_to_look()

    def use_through(self, *services: str) -> iam.PolicyStatement:
        """A statement for a role: use the key, but only through these services ("dynamodb", …)."""
        return self._statement("UseDataKey", _USES, services)

    def read_runs(self) -> iam.PolicyStatement:
        """A statement for a role that reads what runs of encrypted state machines carry.

        Step Functions decrypts a run's input, output and error with the rights of whoever asks for them. To
        start, stop or redrive a run, or to ask for its status alone, needs none.
        """
        return self._statement("ReadRuns", ("kms:Decrypt",), ("states",))

    def allow_publishing(self, sid: str, service: str, sources: str) -> None:
        """Let a service publish to an encrypted topic for these of this account's resources.

        Args:
            sid: what they are, as the statement's id begins.
            service: the service, as a principal.
            sources: the resources' ARNs, as a pattern.
        """
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=f"{sid}OfThisStage",
                principals=[iam.ServicePrincipal(service)],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],  # in a key's policy: this key
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": sources},
                },
            )
        )

    def _statement(self, sid: str, actions: Sequence[str], services: Sequence[str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            actions=list(actions),
            resources=[self.key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [f"{service}.{Aws.REGION}.amazonaws.com" for service in services]
                }
            },
        )

    def _allow_logs(self, config: StageConfig) -> None:
        log_groups = _arn("logs", f"log-group:/aws/*/{config.stack_name}-*")
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogGroupsOfThisStage",
                principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
                actions=[*_USES],
                resources=["*"],  # in a key's policy: this key
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            )
        )

    def _allow_the_bus_to_look(self) -> None:
        # What the CDK allows the bus asks for an encryption context, which DescribeKey does not have.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventBridgeLooksAtTheKey",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:DescribeKey"],
                resources=["*"],
            )
        )


def _arn(service: str, resource: str) -> str:
    return f"arn:{Aws.PARTITION}:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"

"""The DynamoDB tables, one for each of ``clinic.contracts.tables.TABLES``."""

from collections.abc import Iterable, Mapping

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from clinic.contracts.tables import TABLES, TableSpec
from infra.config import StageConfig
from infra.constructs import removal
from infra.nag import accept

# To get many items by their keys is an action of its own, and allows nothing that GetItem does not.
READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
# A transaction needs the permission of each of its parts.
WRITE = (*READ, "dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
ADD = ("dynamodb:PutItem",)
UPDATE = ("dynamodb:UpdateItem",)
DELETE = ("dynamodb:DeleteItem",)


class Tables(Construct):
    """On demand, point-in-time recovery, encrypted with the stage's key."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._tables: Mapping[TableSpec, dynamodb.Table] = {
            spec: self._table(spec, config, key) for spec in TABLES
        }

    def __getitem__(self, spec: TableSpec) -> dynamodb.Table:
        """The table made for a spec."""
        return self._tables[spec]

    def allow(self, sid: str, actions: Iterable[str], specs: Iterable[TableSpec]) -> iam.PolicyStatement:
        """A statement for a role: these actions on exactly these tables."""
        return iam.PolicyStatement(
            sid=sid, actions=list(actions), resources=[self[spec].table_arn for spec in specs]
        )

    def search(self, sid: str, indexes: Iterable[tuple[TableSpec, str]]) -> iam.PolicyStatement:
        """A statement for a role: query tables by these indexes of theirs, which have ARNs of their own."""
        arns = [f"{self[spec].table_arn}/index/{name}" for spec, name in indexes]
        return iam.PolicyStatement(sid=sid, actions=["dynamodb:Query"], resources=arns)

    def _table(self, spec: TableSpec, config: StageConfig, key: kms.IKey) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            spec.name.capitalize(),
            table_name=config.named(spec),
            partition_key=_string(spec.partition_key),
            sort_key=_string(spec.sort_key) if spec.sort_key else None,
            time_to_live_attribute=spec.ttl_attribute,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            deletion_protection=config.deletion_protection,
            removal_policy=removal.of_data(config),
        )
        for index in spec.indexes:
            table.add_global_secondary_index(
                index_name=index.name,
                partition_key=_string(index.partition_key),
                sort_key=_string(index.sort_key),
                projection_type=dynamodb.ProjectionType.ALL,
            )
        accept(
            table,
            "HIPAA.Security-DynamoDBInBackupPlan",
            "Point-in-time recovery restores any second of the last 35 days. A vault for longer keeping is "
            "an account's own decision and needs an AWS Backup plan that selects by tag.",
        )
        return table


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)

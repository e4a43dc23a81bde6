"""The DynamoDB tables, one for each of ``clinic.contracts.tables.TABLES``."""

from collections.abc import Iterable, Mapping

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from clinic.contracts.tables import (
    CHANNEL,
    CONSENTS,
    DIRECTORY,
    MESSAGES,
    PRESCRIPTIONS,
    REQUESTS,
    RESERVATIONS,
    SLOTS,
    STATISTICS,
    TABLES,
    TableSpec,
)
from infra.config import StageConfig
from infra.constructs import removal
from infra.nag import accept

GET, QUERY = "dynamodb:GetItem", "dynamodb:Query"
# Items of several tables, or many of one, by their keys.
GET_MANY = "dynamodb:BatchGetItem"
PUT, UPDATE, DELETE = "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"
# Part of a transaction: what is followed has to stand as it was read.
CHECK = "dynamodb:ConditionCheckItem"

# How the stores in `clinic/adapters/dynamodb` read each table, and how they write it beside that.
READS: Mapping[TableSpec, tuple[str, ...]] = {
    RESERVATIONS: (GET,),
    REQUESTS: (GET,),
    SLOTS: (GET,),
    MESSAGES: (GET, QUERY),
    DIRECTORY: (GET, QUERY),
    STATISTICS: (GET, QUERY),
    PRESCRIPTIONS: (GET,),
    CONSENTS: (GET_MANY, CHECK),
    CHANNEL: (GET, GET_MANY),
}
WRITES: Mapping[TableSpec, tuple[str, ...]] = {
    RESERVATIONS: (PUT, UPDATE, CHECK),
    REQUESTS: (PUT,),
    SLOTS: (PUT,),
    MESSAGES: (PUT, UPDATE),
    STATISTICS: (PUT,),
    PRESCRIPTIONS: (PUT, CHECK),
    CHANNEL: (UPDATE,),
}


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

    def allow(self, spec: TableSpec, actions: Iterable[str]) -> iam.PolicyStatement:
        """A statement for a role: these actions on exactly this table."""
        return iam.PolicyStatement(
            sid=f"{spec.name.capitalize()}Items",
            actions=sorted(set(actions)),
            resources=[self[spec].table_arn],
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

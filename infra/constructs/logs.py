"""Log groups: encrypted, and with an end."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageConfig
from infra.constructs import removal

_RETENTION = {
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    730: logs.RetentionDays.TWO_YEARS,
}


def log_group(
    scope: Construct, construct_id: str, *, name: str, config: StageConfig, key: kms.IKey
) -> logs.LogGroup:
    """A log group with the stage's retention, encrypted with the stage's key."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[config.log_retention_days],
        encryption_key=key,
        removal_policy=removal.of_data(config),
    )

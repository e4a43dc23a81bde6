"""Decides what becomes of data when its stack goes."""

from aws_cdk import RemovalPolicy

from infra.config import StageConfig


def of_data(config: StageConfig) -> RemovalPolicy:
    """Kept where the stage keeps data, but for the rollback of the deployment that made it.

    What a failed first deployment left behind under a fixed name would stand in the way of the next.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if config.keep_data else RemovalPolicy.DESTROY

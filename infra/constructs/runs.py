"""Lets a role ask about some runs, or stop them."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from clinic.contracts.workflows import Workflow
from infra.config import StageConfig
from infra.nag import accept_wildcard

ASK = ("states:DescribeExecution", "states:GetExecutionHistory")
STOP = ("states:DescribeExecution", "states:StopExecution")


def allow_for_runs(
    role: iam.Role,
    sid: str,
    actions: Sequence[str],
    workflows: Sequence[Workflow],
    *,
    config: StageConfig,
    reason: str,
) -> None:
    """Let a role do this with the runs of these workflows; ``reason``: why with any of them."""
    # By name: two workflows may stop each other's runs, and neither has to be created first.
    runs = [arn_of(role, "execution", f"{config.named(workflow)}:*") for workflow in workflows]
    role.add_to_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=runs))
    for run in runs:
        accept_wildcard(role, run, reason)


def arn_of(scope: Construct, resource: str, name: str) -> str:
    """The ARN of something of Step Functions' by its name, so that it need not be created first."""
    return Stack.of(scope).format_arn(
        service="states",
        resource=resource,
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )

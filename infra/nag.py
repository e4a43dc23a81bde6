"""Findings of cdk-nag that are accepted, each with its reason, beside the construct they are about."""

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding on a construct.

    Args:
        construct: what the rule complains about; the acceptance covers what is inside it.
        rule: the rule's id, with the finding's own id in brackets where it has one
            (``AwsSolutions-IAM5[Resource::*]``).
        reason: why it is right as it is; a true sentence for whoever audits the stack.
    """
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def accept_inline_policy(role: iam.Role) -> None:
    """Accept that what a role may do is written into the role itself."""
    accept(
        role,
        "HIPAA.Security-IAMNoInlinePolicy",
        "The policy belongs to this one role and lives and dies with it; nobody else can be given it.",
    )


def accept_wildcard(role: iam.Role, resource: str, reason: str) -> None:
    """Accept one resource with a ``*`` in what a role may do."""
    for name, token in (
        ("AWS::Partition", Aws.PARTITION),
        ("AWS::Region", Aws.REGION),
        ("AWS::AccountId", Aws.ACCOUNT_ID),
    ):
        resource = resource.replace(token, f"<{name}>")  # as the finding's id has it
    accept(role, f"AwsSolutions-IAM5[Resource::{resource}]", reason)

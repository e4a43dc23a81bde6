"""Findings of cdk-nag that are accepted, each with its reason, beside the construct they are about."""

from aws_cdk import Acknowledgment, Validations
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

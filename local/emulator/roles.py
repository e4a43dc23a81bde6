"""Decides what a role may do, for calls that MiniStack makes itself and does not check."""

from typing import Any

from local.emulator import session
from local.emulator.load import ACCOUNT, REGION, MiniStack


def may(ministack: MiniStack, role_arn: str, action: str, resource: str) -> bool:
    """Whether the role's policies allow it; always, if the running stack enforces none."""
    running = session.current()
    if not running.enforce_iam:
        return True
    known = running.allowed.get((role_arn, action, resource))
    if known is None:
        evaluator = ministack.iam
        context = evaluator.EvalContext(
            principal_arn=role_arn,
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action=action,
            resource_arn=resource,
            region=REGION,
        )
        policies = evaluator._gather_role_policies(role_arn.rsplit("/", 1)[-1], ACCOUNT)
        known = bool(evaluator.evaluate(context, policies).decision == "Allow")
        running.allowed[role_arn, action, resource] = known
    return known


def role_behind(caller: str) -> str:
    """The ARN that policies know a caller by: a role's for one of its sessions."""
    kind, _, name = caller.partition(":assumed-role/")
    return f"arn:aws:iam::{kind.rsplit(':', 1)[-1]}:role/{name.partition('/')[0]}" if name else caller


def denies(
    ministack: MiniStack, policy: Any, *, caller: str, action: str, resource: str, keys: dict[str, Any]
) -> bool:
    """Whether a resource's own policy denies somebody something; ``keys``: what conditions may ask for."""
    context = ministack.iam.EvalContext(
        principal_arn=caller,
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
        service_context=keys,
    )
    return bool(ministack.iam.evaluate_resource_policy(policy, context).decision == "Deny")

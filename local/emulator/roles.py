"""Whether a role may do something, for calls that MiniStack makes itself and does not check."""

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

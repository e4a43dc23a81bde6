"""The policies of a synthesised template, and whether they let a service or a role do something.

What a statement means (wildcards, conditions, deny before allow) is judged by MiniStack's evaluator, which
the local stack enforces roles with, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from ministack.core import iam_evaluator

from tests.infra.template.resolved import ACCOUNT, REGION, Resolved
from tests.infra.template.synthesised import listed

Kind = Literal["identity", "trust", "resource"]
Statement = dict[str, Any]

_OPERATORS = frozenset(iam_evaluator._CONDITION_OPS)


@dataclass(frozen=True)
class PolicyId:
    """Whose policy: what a role may do, who takes a role on, or who may come at a resource."""

    kind: Kind
    logical_id: str


@dataclass(frozen=True)
class Request:
    """One thing that somebody wants to do.

    Attributes:
        by: a service's principal (``events.amazonaws.com``) or a role's ARN.
        action: the action, as IAM names it.
        on: the ARN of what it is done to; ``*`` where the action knows no resource.
        context: what conditions are held against, by the names of their keys.
    """

    by: str
    action: str
    on: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)


class Policies:
    """Every policy of a template, by whose it is; a copy may lack a statement or have another one."""

    def __init__(self, documents: Mapping[PolicyId, list[Statement]]) -> None:
        self._documents = dict(documents)

    def __contains__(self, policy: PolicyId) -> bool:
        return policy in self._documents

    def statements(self) -> Iterator[tuple[PolicyId, int, Statement]]:
        """Each statement with its policy and its place in there."""
        for policy, statements in self._documents.items():
            for place, statement in enumerate(statements):
                yield policy, place, statement

    def allowed_by(self, policy: PolicyId) -> Iterator[tuple[str, str]]:
        """Each action that a policy allows, with each of the resources it allows it on."""
        for statement in self._documents.get(policy, []):
            if statement["Effect"] == "Allow":
                yield from product(listed(statement["Action"]), listed(statement["Resource"]))

    def with_statement(self, policy: PolicyId, place: int, statement: Statement | None) -> "Policies":
        """A copy with another statement in a place; None: without it and its duplicates."""
        original = self._documents[policy][place]
        changed = [
            *([statement] if statement else []),
            *(it for it in self._documents[policy] if it != original),
        ]
        return Policies({**self._documents, policy: changed})

    def decision(self, policy: PolicyId, request: Request) -> str:
        """What one policy says: ``Allow``, ``Deny`` or ``ImplicitDeny``."""
        is_role = request.by.startswith("arn:")
        context = iam_evaluator.EvalContext(
            principal_arn=request.by if is_role else "",
            principal_type="AssumedRole" if is_role else "Service",
            principal_account=ACCOUNT,
            action=request.action,
            resource_arn=request.on,
            region=REGION,
            source_ip="",
            secure_transport=True,
            service_context={key.lower(): value for key, value in request.context.items()},
        )
        document = {"Statement": self._documents.get(policy, [])}
        if policy.kind == "identity":
            found = iam_evaluator.evaluate(context, [iam_evaluator.parse_policy_document(document)])
        else:
            found = iam_evaluator.evaluate_resource_policy(
                document, context, service=None if is_role else request.by
            )
        return str(found.decision)


def policies_of(template: Resolved) -> Policies:
    """Collect the policies of a template.

    Raises:
        AssertionError: a condition's operator is unknown to the evaluator, which would take it for false.
    """
    documents: dict[PolicyId, list[Statement]] = {}
    for policy, statements in (*_of_roles(template), *_of_resources(template)):
        for statement in statements:
            for operator in statement.get("Condition", {}):
                name = operator.lower().removesuffix("ifexists")
                assert name.rpartition(":")[2] in _OPERATORS, operator
        documents.setdefault(policy, []).extend(statements)
    return Policies(documents)


def _of_roles(template: Resolved) -> Iterator[tuple[PolicyId, list[Statement]]]:
    for logical_id, role in template.of("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role
        yield PolicyId("trust", logical_id), _statements(role["AssumeRolePolicyDocument"], "*")
        for inline in role.get("Policies", []):
            yield PolicyId("identity", logical_id), _statements(inline["PolicyDocument"])
    for _, policy in template.of("AWS::IAM::Policy"):
        for attached in policy["Roles"]:
            yield PolicyId("identity", template.behind(attached)), _statements(policy["PolicyDocument"])


def _of_resources(template: Resolved) -> Iterator[tuple[PolicyId, list[Statement]]]:
    for logical_id, key in template.of("AWS::KMS::Key"):
        yield PolicyId("resource", logical_id), _statements(key["KeyPolicy"])
    for kind, targets in (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SQS::QueuePolicy", "Queues")):
        for _, policy in template.of(kind):
            for target in policy[targets]:
                yield PolicyId("resource", template.behind(target)), _statements(policy["PolicyDocument"])
    for _, policy in template.of("AWS::Events::EventBusPolicy"):
        yield PolicyId("resource", template.behind(policy["EventBusName"])), [policy["Statement"]]
    for _, permission in template.of("AWS::Lambda::Permission"):
        function = template.behind(permission["FunctionName"])
        yield PolicyId("resource", function), [_of_permission(permission)]


def _statements(document: dict[str, Any], resource: str | None = None) -> list[Statement]:
    added = {"Resource": resource} if resource else {}
    return [{**added, **statement} for statement in listed(document["Statement"])]


def _of_permission(permission: dict[str, Any]) -> Statement:
    """A function's permission as the statement that Lambda makes of it."""
    unknown = set(permission) - {"Action", "FunctionName", "Principal", "SourceArn", "SourceAccount"}
    assert unknown == set(), unknown
    conditions = {}
    if "SourceArn" in permission:
        conditions["ArnLike"] = {"aws:SourceArn": permission["SourceArn"]}
    if "SourceAccount" in permission:
        conditions["StringEquals"] = {"aws:SourceAccount": permission["SourceAccount"]}
    return {
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": permission["FunctionName"],
        "Condition": conditions,
    }

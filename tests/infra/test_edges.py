"""Where a service comes at another, the policies of both sides let it; it shows when one of them does not."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.template.edges import Walked, checks_of
from tests.infra.template.policies import PolicyId, Request, Statement, policies_of
from tests.infra.template.resolved import ACCOUNT, REGION, Resolved
from tests.infra.template.synthesised import Synthesised, listed


def delegates(statement: Statement) -> bool:
    """Whether it hands a key to the account's own policies; more than one may."""
    return bool(statement.get("Principal") == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})


def about_data(statement: Statement) -> bool:
    """Whether it says what a function may do with tables, secrets, events and runs."""
    services = {action.partition(":")[0] for action in listed(statement["Action"])}
    return services <= {"dynamodb", "secretsmanager", "events", "states", "sqs"}


def grants(walked: Walked) -> Iterator[tuple[PolicyId, int, Statement]]:
    """Each statement that lets something through."""
    for policy, place, statement in walked.policies.statements():
        if statement["Effect"] == "Allow":
            yield policy, place, statement


def test_each_edge_is_let_through_on_both_sides(walked: Walked) -> None:
    checks = [check for of_policy in walked.checks.values() for check in of_policy]
    assert len(checks) > 900
    assert [str(check) for check in checks if not check.holds(walked.policies)] == []


def test_no_statement_is_missed_by_the_walk_when_it_is_gone(walked: Walked) -> None:
    missed = [
        (policy, statement)
        for policy, place, statement in grants(walked)
        if walked.misses(policy, place, None)
        and not (policy.kind == "identity" and about_data(statement))
        and not (delegates(statement) and "kms:*" not in listed(statement["Action"]))
    ]
    assert missed == []


def with_other_conditions(statement: Statement) -> Iterator[Statement]:
    """The statement with each of its conditions in turn asking for something that is never there."""
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            other = {**keys, key: "something-else"}
            yield {**statement, "Condition": {**statement["Condition"], operator: other}}


def test_no_condition_is_missed_by_the_walk_when_it_asks_for_something_else(walked: Walked) -> None:
    missed = [
        (policy, changed)
        for policy, place, statement in grants(walked)
        for changed in with_other_conditions(statement)
        if walked.misses(policy, place, changed) and not delegates(statement)
    ]
    assert missed == []


def test_each_right_of_the_poller_to_the_run_ledgers_queue_is_missed_when_it_is_gone(walked: Walked) -> None:
    (polls,) = (it for it in grants(walked) if it[2].get("Sid") == "TakeFromTheQueue")
    policy, place, statement = polls
    assert len(statement["Action"]) == 3
    for action in statement["Action"]:
        fewer = {**statement, "Action": [it for it in statement["Action"] if it != action]}
        assert not walked.misses(policy, place, fewer), action


def test_only_its_own_rule_puts_anything_into_the_run_ledgers_queue(
    stack: Synthesised, walked: Walked
) -> None:
    (queue,) = (
        logical_id
        for logical_id, properties in walked.template.of("AWS::SQS::Queue")
        if properties["QueueName"] == f"citas-{stack.stage}-run-ledger"
    )
    rules = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/citas-{stack.stage}"
    for source, expected in {
        f"{rules}-run-ledger": "Allow",
        f"{rules}-unwanted-events": "ImplicitDeny",
        f"{rules}/citas-{stack.stage}-run-ledger": "ImplicitDeny",
    }.items():
        request = Request(
            "events.amazonaws.com",
            "sqs:SendMessage",
            walked.template.arn(queue),
            {"aws:SourceArn": source, "aws:SourceAccount": ACCOUNT, "aws:SecureTransport": "true"},
        )
        assert walked.policies.decision(PolicyId("resource", queue), request) == expected, source


def test_a_statement_that_denies_everything_breaks_every_edge_of_its_policy(walked: Walked) -> None:
    deny: Statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    for policy, checks in walked.checks.items():
        denied = walked.policies.with_statement(policy, 0, deny)
        assert [str(check) for check in checks if check.holds(denied)] == []


def test_only_alarms_of_this_stage_and_account_reach_the_topic(stack: Synthesised, walked: Walked) -> None:
    ((logical_id, topic),) = walked.template.of("AWS::SNS::Topic")
    key = topic["KmsMasterKeyId"]
    other = "prod" if stack.stage == "dev" else "dev"
    ours = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:citas-{stack.stage}-failed-runs"
    tried: dict[str, tuple[str, str]] = {
        "ours": (ours, ACCOUNT),
        "another account's": (ours.replace(ACCOUNT, "444455556666"), "444455556666"),
        "another stage's": (ours.replace(f"citas-{stack.stage}", f"citas-{other}"), ACCOUNT),
        "another resource's": (f"arn:aws:events:{REGION}:{ACCOUNT}:rule/citas-{stack.stage}-x", ACCOUNT),
    }

    def decisions(on: str, at: str, action: str) -> dict[str, str]:
        return {
            whose: walked.policies.decision(
                PolicyId("resource", at),
                Request(
                    "cloudwatch.amazonaws.com",
                    action,
                    on,
                    {"aws:SourceArn": arn, "aws:SourceAccount": account},
                ),
            )
            for whose, (arn, account) in tried.items()
        }

    expected = {whose: "Allow" if whose == "ours" else "ImplicitDeny" for whose in tried}
    assert decisions(walked.template.arn(logical_id), logical_id, "sns:Publish") == expected
    assert decisions(key, walked.template.behind(key), "kms:Decrypt") == expected


def test_what_nobody_knows_how_to_walk_is_an_error() -> None:
    thing: dict[str, Any] = {"Resources": {"Thing": {"Type": "AWS::New::Thing"}}}
    template = Resolved(thing)
    with pytest.raises(AssertionError, match="AWS::New::Thing"):
        checks_of(template, policies_of(template))

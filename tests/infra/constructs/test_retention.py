"""Data outlives its stack in prod, and a first deployment that failed can be repeated."""

import pytest

from infra.config import STAGES, BuildOptions, Stage
from tests.infra.template.synthesised import NAME_PROPERTIES, Resource, Synthesised

KEPT = {
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
}


def all_of(stack: Synthesised) -> list[Resource]:
    return [
        resource
        for kind in {it["Type"] for it in stack.template["Resources"].values()}
        for resource in stack.all(kind)
    ]


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_prod_keeps_what_holds_data_but_not_what_a_failed_deployment_has_just_made(
    prod: Synthesised, kind: str
) -> None:
    # A name that is left behind is taken when the deployment is tried again.
    for resource in prod.all(kind):
        assert resource.body["DeletionPolicy"] == "RetainExceptOnCreate", resource.logical_id
        assert resource.body["UpdateReplacePolicy"] == "Retain", resource.logical_id


def test_nothing_in_any_stage_outlives_the_rollback_of_the_deployment_that_made_it(
    stack: Synthesised,
) -> None:
    left = {resource.logical_id for resource in all_of(stack) if resource.deletion_policy == "Retain"}
    assert left == set()


def test_dev_leaves_no_name_behind(dev: Synthesised) -> None:
    for resource in all_of(dev):
        if resource.type in NAME_PROPERTIES:
            assert resource.deletion_policy in {None, "Delete"}, resource.logical_id


def test_a_first_deployment_can_do_without_the_protection_that_a_rollback_can_not_undo() -> None:
    assert STAGES[Stage.PROD].deletion_protection
    first = BuildOptions.from_context({"stage": "prod", "deletion_protection": "off"}).config
    assert not first.deletion_protection
    assert first.keep_data

"""Each speed-up gives the same result."""

import copy
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.emulator.speedups import deepcopy, item_size, seen_once, untransformed_once
from local.stack import ROOT, LocalStack, StackOptions
from local.synthesis import template_once

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(TREES)
def test_a_copy_is_equal_and_of_the_same_types(tree: Any) -> None:
    assert repr(deepcopy(tree)) == repr(copy.deepcopy(tree))


def test_a_copy_shares_nothing_with_its_original() -> None:
    original = {"a": [{"b": 1}]}
    deepcopy(original)["a"][0]["b"] = 2
    assert original == {"a": [{"b": 1}]}


def test_what_is_no_plain_tree_is_copied_as_python_does() -> None:
    original: defaultdict[str, list[int]] = defaultdict(list, {"a": [1]})
    copied = deepcopy(original)
    assert (type(copied), copied["new"], "new" in original) == (defaultdict, [], False)


@given(st.dictionaries(st.text(), st.text()))
def test_an_items_size_is_that_of_its_names_and_texts_in_utf8(texts: dict[str, str]) -> None:
    size = item_size(lambda _: 1000)
    item = {name: {"S": text} for name, text in texts.items()}
    expected = sum(len(name.encode()) + len(text.encode()) for name, text in texts.items())
    assert size(item) == expected


def test_other_values_are_measured_by_the_emulator() -> None:
    assert item_size(lambda value: 7)({"n": {"N": "1"}, "t": {"S": "ñ"}}) == 1 + 7 + 1 + 2


def test_what_is_seen_in_a_document_once_is_not_looked_for_in_it_again() -> None:
    looked: list[Any] = []

    def count(*asked: Any) -> int:
        looked.append(asked)
        return len(looked)

    look = seen_once(count)
    document = {"a": 1}
    asked = [look(document), look(document), look(document, "b"), look({"a": 1}), look(document)]
    assert asked == [1, 1, 2, 3, 1]


def test_only_the_last_documents_are_remembered() -> None:
    documents = [{"n": n} for n in range(20)]
    looked: list[Any] = []
    look = seen_once(looked.append)
    for document in [*documents, documents[-1], documents[0]]:
        look(document)
    assert looked == [*documents, documents[0]]


def test_a_template_that_a_transform_changes_is_transformed_each_time() -> None:
    changed: dict[str, Any] = {"Transform": "it"}
    plain: dict[str, Any] = {"Resources": {}}
    seen: list[Any] = []

    def transform(template: Any, parameters: Any) -> Any:
        seen.append(template)
        return {**template, "by": parameters} if "Transform" in template else template

    once = untransformed_once(transform)
    assert [once(changed, 1), once(changed, 2)] == [{**changed, "by": 1}, {**changed, "by": 2}]
    assert once(plain, 1) is once(plain, 2) is plain
    assert seen == [changed, changed, plain]


def test_a_deployment_leaves_the_template_that_the_next_one_is_made_of_as_it_is() -> None:
    template = template_once(ROOT, "dev")
    before = json.dumps(template)
    start = datetime(2026, 11, 23, 15, tzinfo=UTC)
    ends = []
    for _ in range(2):
        with LocalStack(StackOptions(start=start)) as stack:
            kept = stack.client("cloudformation").get_template(StackName=stack.name)["TemplateBody"]
            resources = stack.client("cloudformation").describe_stack_resources(StackName=stack.name)
            ends.append(
                [(it["LogicalResourceId"], it["ResourceStatus"]) for it in resources["StackResources"]]
            )
            assert kept == template
    assert ends[0] == ends[1]
    assert json.dumps(template) == before

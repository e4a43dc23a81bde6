"""What is made faster gives the same result."""

import copy
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.emulator.speedups import deepcopy, item_size

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

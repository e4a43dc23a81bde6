"""Plain paths, which are looked up, against the whole language, which evaluates them."""

from typing import Any

import jsonata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.services.expressions import CompiledOnce

NAMES = ("input", "result", "a", "in", "and")  # the last two are words of the language, too
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)


def evaluate(package: Any, text: str, states: Any) -> Any:
    return package.Jsonata.jsonata(text, timeout=1000).evaluate(None, {"states": states})


@given(VALUES, st.lists(st.sampled_from(NAMES), max_size=4))
def test_a_path_leads_to_what_the_language_makes_of_it(states: Any, names: list[str]) -> None:
    text = ".".join(["$states", *names])
    found, meant = evaluate(CompiledOnce(jsonata), text, states), evaluate(jsonata, text, states)
    assert (type(found), found) == (type(meant), meant)


@pytest.mark.parametrize(
    "text", ["$states.input.a + 1", "$count($states.input)", "$states.input.a = 'x'", "1"]
)
def test_any_other_expression_is_evaluated(text: str) -> None:
    states = {"input": {"a": 1}}
    assert evaluate(CompiledOnce(jsonata), text, states) == evaluate(jsonata, text, states)

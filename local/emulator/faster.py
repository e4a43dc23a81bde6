"""What MiniStack does slowly and we do fast, with the same result: copying and parsing."""

import copy
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local.emulator.load import MiniStack

_ATOMS = frozenset({str, int, float, bool, bytes, type(None)})


def install(ministack: MiniStack) -> None:
    """Half of a run's time goes into these otherwise."""
    for module in (ministack.dynamodb, ministack.stepfunctions):
        module.copy = FastCopy()
    ministack.iam.parse_policy_document = parsed_once(ministack.iam.parse_policy_document)
    dynamodb = ministack.dynamodb
    dynamodb._condition_syntax_error = functools.lru_cache(1000)(dynamodb._condition_syntax_error)
    tokens = functools.lru_cache(1000)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokens(expression))


def deepcopy(value: Any) -> Any:
    """``copy.deepcopy`` for values that are trees, as everything is that came out of JSON."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {key: deepcopy(item) for key, item in value.items()}
    if kind is list:
        return [deepcopy(item) for item in value]
    return copy.deepcopy(value)


class FastCopy(ModuleType):
    """The ``copy`` module with a faster ``deepcopy``."""

    def __init__(self) -> None:
        super().__init__("copy")
        self.deepcopy = deepcopy

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)


def parsed_once(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``parse`` that remembers the result for a document, which MiniStack replaces and never changes."""
    known: dict[int, tuple[Any, Any]] = {}

    def parse_policy_document(document: Any) -> Any:
        found = known.get(id(document))
        if found is None or found[0] is not document:
            found = known[id(document)] = (document, parse(document))
        return found[1]

    return parse_policy_document

"""Does fast what MiniStack does slowly, with the same result: copying and parsing."""

import copy
import functools
import marshal
from collections import OrderedDict
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local.emulator import session
from local.emulator.load import MiniStack

_KNOWN = 8
_ATOMS = frozenset({str, int, float, bool, bytes, type(None)})


def install(ministack: MiniStack) -> None:
    """Half of a run's time goes into these otherwise."""
    for module in (ministack.dynamodb, ministack.stepfunctions):
        module.copy = FastCopy()
    ministack.iam.parse_policy_document = parsed_once(ministack.iam.parse_policy_document)
    ministack.iam.resolve_principal = resolved_once(ministack.iam.resolve_principal)
    dynamodb = ministack.dynamodb
    dynamodb._condition_syntax_error = functools.lru_cache(1000)(dynamodb._condition_syntax_error)
    tokens = functools.lru_cache(1000)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokens(expression))
    dynamodb._number_size_bytes = functools.lru_cache(1000)(dynamodb._number_size_bytes)
    dynamodb._item_size_bytes = item_size(dynamodb._attribute_value_size)
    _deploy_the_same_again(ministack)


def _deploy_the_same_again(ministack: MiniStack) -> None:
    """What looking through a template has shown stands, for stacks of one process deploy the same.

    It is found again by its text; what depends on a stack's parameters is worked out for each.
    """
    handlers, stacks, engine = ministack.formation
    handlers._parse_template = functools.lru_cache(8)(handlers._parse_template)
    handlers._apply_transforms = untransformed_once(handlers._apply_transforms)
    handlers._required_iam_capabilities = copied(seen_once(handlers._required_iam_capabilities))
    handlers._uses_macro = seen_once(handlers._uses_macro)
    engine._validate_template_limits = seen_once(engine._validate_template_limits)
    engine._validate_template_statics = seen_once(engine._validate_template_statics)
    stacks._topological_sort = copied(seen_once(stacks._topological_sort))
    stacks.copy = FastCopy()


def seen_once(look: Callable[..., Any]) -> Callable[..., Any]:
    """``look`` that remembers what it found in a document that nobody changes, for each further argument."""
    known: OrderedDict[tuple[int, str], tuple[Any, Any]] = OrderedDict()

    def look_once(document: Any, *further: Any) -> Any:
        key = id(document), repr(further)
        found = known.get(key)
        if found is None or found[0] is not document:
            found = known[key] = (document, look(document, *further))
            if len(known) > _KNOWN:
                known.popitem(last=False)
        return found[1]

    return look_once


def copied(look: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """``look`` whose list its caller may change."""
    return lambda *arguments: list(look(*arguments))


def untransformed_once(transform: Callable[..., Any]) -> Callable[..., Any]:
    """``transform`` that remembers the templates it left as they are because they ask for nothing."""
    known: OrderedDict[int, Any] = OrderedDict()

    def apply_transforms(template: Any, *parameters: Any) -> Any:
        if known.get(id(template)) is template:
            return template
        transformed = transform(template, *parameters)
        if transformed is template:
            known[id(template)] = template
            if len(known) > _KNOWN:
                known.popitem(last=False)
        return transformed

    return apply_transforms


def resolved_once(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Who a key belongs to and what it may, which MiniStack looks up three times for each request.

    Kept until somebody has called over HTTP, as all do that change roles and policies.
    """

    def resolve_principal(access_key: str, account: str, credential: Any = None) -> Any:
        if not session.running():
            return resolve(access_key, account, credential)
        known = session.current().principals
        found = known.get((access_key, account))
        if found is None:
            found = resolve(access_key, account, credential)
            if hasattr(found, "policies"):  # else the error that AWS would answer
                known[access_key, account] = found
        return found

    return resolve_principal


def deepcopy(value: Any) -> Any:
    """``copy.deepcopy`` for values that are trees, as everything is that came out of JSON."""
    if type(value) in _ATOMS:
        return value
    try:
        return marshal.loads(marshal.dumps(value))  # noqa: S302 - what was written the same moment
    except ValueError:  # something that is no plain dict, list or atom
        return copy.deepcopy(value)


def item_size(size_of_value: Callable[[Any], int]) -> Callable[[Any], int]:
    """An item's size in bytes; most attributes are text, and most text is ASCII."""

    def item_size_bytes(item: Any) -> int:
        if not isinstance(item, dict):
            return 0
        total = 0
        for name, value in item.items():
            total += len(name) if name.isascii() else len(name.encode())
            text = value.get("S") if type(value) is dict and len(value) == 1 else None
            if type(text) is not str:
                total += size_of_value(value)
            else:
                total += len(text) if text.isascii() else len(text.encode())
        return total

    return item_size_bytes


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

"""Docstrings say who does what, in words of their own; names are the field's (docs/glossary.md)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture import project

SHORTEST = 14
# What these words stood for has a name that others know: a store, a schedule, a wait, an activity.
METAPHORS = frozenset({"shelf", "patience", "news", "wires", "living"})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def modules() -> dict[str, ast.Module]:
    return {project.name(path): ast.parse(path.read_text()) for path in project.files(".py")}


def documented(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What is public and has a docstring, by name."""
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED):
            name = getattr(node, "name", "module")
            text = ast.get_docstring(node)
            if text is not None and not name.startswith("_"):
                yield name, text


def names(tree: ast.Module) -> Iterator[str]:
    """Every name that is given: of classes, functions, arguments, variables and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)):
                yield name


def words(name: str) -> set[str]:
    """``SlotStore`` and ``slot_store`` are both slot and store."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def test_a_module_says_what_it_does_and_asks_nothing() -> None:
    asking = [
        name
        for name, tree in modules().items()
        if re.match(r"(What|Which|Whether)\b", ast.get_docstring(tree) or "")
    ]
    assert asking == []


def test_a_docstring_is_long_enough_to_have_a_subject_and_a_verb() -> None:
    short = [
        f"{module}: {name}: {text}"
        for module, tree in modules().items()
        if not module.startswith("tests/")
        for name, text in documented(tree)
        if len(text) < SHORTEST
    ]
    assert short == []


def test_no_text_sends_its_reader_to_another_line() -> None:
    elsewhere = re.compile(r"\bas ab[o]ve\b", re.IGNORECASE)
    found = [
        f"{project.name(path)}:{number}"
        for path in project.files(".py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if elsewhere.search(line)
    ]
    assert found == []


def test_no_name_is_a_metaphor_that_was_given_up() -> None:
    found = {
        f"{module}: {name}"
        for module, tree in modules().items()
        for name in (Path(module).stem, *names(tree))
        if words(name) & METAPHORS
    }
    assert found == set()

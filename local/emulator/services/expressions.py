"""JSONata expressions, parsed once and not at every evaluation; plain paths not at all."""

import functools
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from types import ModuleType
from typing import Any

_PATH = re.compile(r"\s*\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)\s*", re.ASCII)
_PLAIN = (str, int, float, bool, dict)


class _Path:
    """``$states.input.intentId``: most expressions are such paths, and lead through objects to a value.

    What is anything else (a list, nothing, a null) is left to the whole language.
    """

    def __init__(self, names: list[str], otherwise: Callable[[], "_Expression"]) -> None:
        self._names = names
        self._otherwise = otherwise
        self._registered: list[tuple[str, Callable[..., Any]]] = []

    def register_lambda(self, name: str, implementation: Callable[..., Any]) -> None:
        self._registered.append((name, implementation))

    def evaluate(self, document: Any, bindings: Any) -> Any:
        value: Any = bindings
        for name in self._names:
            value = value.get(name) if type(value) is dict else None
        if type(value) in _PLAIN:
            return value
        expression = self._otherwise()
        for name, implementation in self._registered:
            expression.register_lambda(name, implementation)
        return expression.evaluate(document, bindings)


class _Expression:
    """A parsed expression with the functions Step Functions adds; gives itself back after use."""

    def __init__(self, package: Any, parsed: Any, give_back: Callable[["_Expression"], None]) -> None:
        self._package = package
        self._parsed = parsed
        self._give_back = give_back
        self._registered: set[str] = set()

    def register_lambda(self, name: str, implementation: Callable[..., Any]) -> None:
        if name not in self._registered:
            self._registered.add(name)
            self._parsed.register_lambda(name, implementation)

    def evaluate(self, document: Any, bindings: Any) -> Any:
        self._package.Jsonata.CURRENT.jsonata = self._parsed  # where its functions look for the time
        try:
            return self._parsed.evaluate(document, bindings)
        finally:
            self._give_back(self)


class CompiledOnce(ModuleType):
    """The ``jsonata`` package with ``Jsonata.jsonata(text, timeout=…)`` keeping what it parsed.

    An expression is used by one thread at a time: evaluation keeps state in the parsed object.
    """

    def __init__(self, package: Any) -> None:
        super().__init__("jsonata")
        self._package = package
        self._free: dict[str, list[_Expression]] = defaultdict(list)
        self._lock = threading.Lock()
        self.Jsonata = self

    def jsonata(self, text: str, timeout: int | None = None) -> "_Expression | _Path":
        """An expression, ready to evaluate once.

        Without its time-out: the package would measure it in virtual time, from when it was parsed.
        """
        del timeout
        names = _names(text)
        return _Path(names, lambda: self._parsed(text)) if names else self._parsed(text)

    def _parsed(self, text: str) -> _Expression:
        with self._lock:
            if free := self._free[text]:
                return free.pop()
        parsed = self._package.Jsonata.jsonata(text)
        return _Expression(self._package, parsed, lambda used: self._back(text, used))

    def _back(self, text: str, used: _Expression) -> None:
        with self._lock:
            self._free[text].append(used)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)


@functools.lru_cache(1000)
def _names(text: str) -> list[str]:
    """The names on a plain path, the variable's first; none if the expression is anything else."""
    found = _PATH.fullmatch(text)
    return [found[1], *found[2].split(".")[1:]] if found else []

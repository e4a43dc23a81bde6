"""The mutants of ``mutants.toml``: what each breaks, where it is found, and which tests must notice.

A place in Python is found by its code, wherever the file lies: by the code's words and marks, so that new
line breaks, indentation and trailing commas do not matter. A place in a state machine is found by the
machine's name, the state's, and a path from there.
"""

import ast
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("mutants.toml")
FOLDERS = ("clinic", "lambdas", "state_machines", "infra", "local", "console")

_TOKEN = re.compile(r"\w+|[^\w\s]")
_CLOSERS = frozenset(")]}")
_REMOVED = object()


class MutantError(Exception):
    """A mutant that can't be made; the message names it and says why."""


@dataclass(frozen=True)
class Change:
    """A file's path within the project, and its text with the mutant in it."""

    path: Path
    text: str


@dataclass(frozen=True)
class Mutant:
    """One thing that is broken.

    ``place`` is the table of the data file: ``find`` and ``replace`` for Python, ``machine``, ``state``,
    ``at`` and ``to`` for a state machine; without ``to`` what is there is taken out.
    ``accepted`` says why no test has to notice.
    """

    name: str
    room: str
    place: Mapping[str, Any]
    tests: tuple[str, ...] = ()
    accepted: str | None = None

    def change(self, root: Path = ROOT) -> Change:
        """Make it of the tree at ``root``, writing nothing.

        Raises:
            MutantError: if its place is not exactly one, or what comes out does not parse or is the same.
        """
        changed = self._in_machine(root) if "machine" in self.place else self._in_python(root)
        return Change(changed.path.relative_to(root), changed.text)

    def _in_python(self, root: Path) -> Change:
        find = self.place["find"]
        pattern, words = pattern_of(find), set(re.findall(r"\w+", find))
        found = [
            (path, text, match)
            for path, text in _sources(root).items()
            if all(word in text for word in words)  # much faster than the pattern
            for match in pattern.finditer(text)
        ]
        if len(found) != 1:
            where = (
                ", ".join(sorted({path.relative_to(root).as_posix() for path, _, _ in found})) or "nowhere"
            )
            raise self._error(f"its code is found {len(found)} times, in {where}; expected once")
        path, text, match = found[0]
        if _TOKEN.findall(self.place["replace"]) == _TOKEN.findall(match[0]):
            raise self._error("it changes nothing")
        changed = text[: match.start()] + self._replacement(text, match) + text[match.end() :]
        try:
            ast.parse(changed)
        except SyntaxError as error:
            raise self._error(f"what comes out is no Python: {error}") from None
        return Change(path, changed)

    def _replacement(self, text: str, match: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, match.start()) + 1 :]
        indent = line[: len(line) - len(line.lstrip())]
        return textwrap.indent(textwrap.dedent(self.place["replace"]).strip(), indent).lstrip()

    def _in_machine(self, root: Path) -> Change:
        name = f"{self.place['machine']}.asl.json"
        paths = [path for folder in FOLDERS for path in (root / folder).rglob(name)]
        if len(paths) != 1:
            raise self._error(f"{name} is found {len(paths)} times; expected once")
        before = paths[0].read_text(encoding="utf-8")
        machine = json.loads(before)
        states = [state for name, state in _states(machine) if name == self.place["state"]]
        if len(states) != 1:
            raise self._error(f"{self.place['state']} is the name of {len(states)} states; expected one")
        self._put(states[0], self.place["at"], self.place.get("to", _REMOVED))
        if machine == json.loads(before):
            raise self._error("it changes nothing")
        return Change(paths[0], json.dumps(machine, indent=2, ensure_ascii=False) + "\n")

    def _put(self, within: Any, path: Sequence[str], value: Any) -> None:
        *before, last = path
        for key in before:
            within = within[self._key(within, key)]
        key = self._key(within, last)
        if value is _REMOVED:
            del within[key]
        else:
            within[key] = value

    def _key(self, within: Any, key: str) -> Any:
        """A list's entry is named by what it is, or by an error that it is for."""
        if isinstance(within, dict) and key in within:
            return key
        found = [
            number
            for number, entry in enumerate(within if isinstance(within, list) else ())
            if entry == key or (isinstance(entry, dict) and key in entry.get("ErrorEquals", ()))
        ]
        if len(found) != 1:
            raise self._error(f"{self.place['state']} has no {key!r} there, or several")
        return found[0]

    def _error(self, why: str) -> MutantError:
        return MutantError(f"{self.name}: {why}")


@dataclass(frozen=True)
class Catalogue:
    """All mutants, and the tests of each room, the cheapest first."""

    rooms: Mapping[str, tuple[str, ...]]
    mutants: tuple[Mutant, ...] = field(default=())

    def tests_of(self, mutant: Mutant) -> tuple[str, ...]:
        """What must notice it: its own additions, then its room's tests."""
        return tuple(dict.fromkeys((*mutant.tests, *self.rooms[mutant.room])))


def likeliest_first(tests: Sequence[str], path: Path) -> tuple[str, ...]:
    """The tests in their order, but first those whose names have more words of the changed file's."""
    words = set(_words(path))
    return tuple(sorted(tests, key=lambda test: -len(words & set(_words(Path(test))))))


def _words(path: Path) -> list[str]:
    return path.name.partition(".")[0].split("_")


def load(data: Path = DATA) -> Catalogue:
    """Read the data file.

    Raises:
        MutantError: if an entry is incomplete, names tests that do not exist, or is there twice.
    """
    document = tomllib.loads(data.read_text(encoding="utf-8"))
    rooms = {name: _expanded(f"the room {name}", room["tests"]) for name, room in document["rooms"].items()}
    mutants = tuple(_mutant(entry, rooms) for entry in document["mutant"])
    names = [mutant.name for mutant in mutants]
    if twice := {name for name in names if names.count(name) > 1}:
        raise MutantError(f"there twice: {', '.join(sorted(twice))}")
    return Catalogue(rooms, mutants)


def pattern_of(snippet: str) -> re.Pattern[str]:
    """What matches the snippet's words and marks, however they are laid out."""
    tokens = _TOKEN.findall(snippet)
    kept = [
        token
        for number, token in enumerate(tokens)
        if not (token == "," and number + 1 < len(tokens) and tokens[number + 1] in _CLOSERS)
    ]
    parts = [re.escape(kept[0])]
    for before, token in pairwise(kept):
        both_words = before[-1].isidentifier() and token[0].isidentifier()
        between = r"\s+" if both_words else r"\s*,?\s*" if token in _CLOSERS else r"\s*"
        parts.append(between + re.escape(token))
    begin = r"(?<!\w)" if re.match(r"\w", kept[0]) else ""
    end = r"(?!\w)" if re.match(r"\w", kept[-1]) else ""
    return re.compile(begin + "".join(parts) + end)


def _mutant(entry: Mapping[str, Any], rooms: Mapping[str, object]) -> Mutant:
    name = entry.get("name", "a mutant without a name")
    wanted = {"machine", "state", "at"} if "machine" in entry else {"find", "replace"}
    if missing := ({"name", "room"} | wanted) - set(entry):
        raise MutantError(f"{name}: {', '.join(sorted(missing))}: missing")
    if unknown := set(entry) - wanted - {"name", "room", "to", "tests", "accepted"}:
        raise MutantError(f"{name}: {', '.join(sorted(unknown))}: unknown")
    if entry["room"] not in rooms:
        raise MutantError(f"{name}: room: expected one of {', '.join(rooms)}")
    place = {key: entry[key] for key in (*wanted, "to") if key in entry}
    tests = _expanded(name, entry.get("tests", ()))
    return Mutant(name, entry["room"], place, tests, entry.get("accepted"))


def _expanded(whose: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """The paths of tests in their order, each once."""
    found: dict[str, None] = {}
    for pattern in patterns:
        paths = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern))
        if not paths:
            raise MutantError(f"{whose}: tests: there is no {pattern}")
        found |= dict.fromkeys(paths)
    return tuple(found)


@cache
def _sources(root: Path) -> dict[Path, str]:
    return {
        path: path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
    }


def _states(machine: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for each in inner:
            yield from _states(each)

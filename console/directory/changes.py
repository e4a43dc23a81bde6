"""Plans the changes that make a stage's directory the one of a clinic file: rows, and their order. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from console.directory.rows import is_known, kind_of

# A row in DynamoDB's notation.
Item: TypeAlias = Mapping[str, Mapping[str, Any]]

# What others point at is written before them and removed after them.
_ORDER = ("clinic", "profile", "service", "rule", "override")


class Action(StrEnum):
    """What happens to a row."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True)
class RowChange:
    """A row as it was read and as the file has it; None: it is not there."""

    before: Item | None
    after: Item | None

    @property
    def action(self) -> Action:
        """What happens to it."""
        if self.before is None:
            return Action.ADD
        return Action.CHANGE if self.after is not None else Action.REMOVE

    @property
    def row(self) -> Item:
        """The row as it shall be, or as it was where it goes."""
        return self.after or self.before or {}

    @property
    def owner(self) -> str:
        """The clinic or profile it belongs to: ``profile#dr-1``."""
        return str(self.row["owner"]["S"])

    @property
    def entry(self) -> str:
        """Which of its owner's rows it is: ``rule#mon``."""
        return str(self.row["entry"]["S"])

    @property
    def kind(self) -> str:
        """``clinic``, ``profile``, ``service``, ``rule`` or ``override``."""
        return kind_of(self.entry)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that differ, by name."""
        before, after = self.before or {}, self.after or {}
        return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))


def changes(stored: Iterable[Item], wanted: Iterable[Item]) -> tuple[RowChange, ...]:
    """What to write, in the order to write it: a profile's rows together, nothing before what it points at.

    Rows of a kind that a clinic file does not have are left alone.
    """
    before = {_key(row): row for row in stored if is_known(row["entry"]["S"])}
    after = {_key(row): row for row in wanted}
    found = [
        RowChange(before.get(key), after.get(key))
        for key in {*before, *after}
        if before.get(key) != after.get(key)
    ]
    return tuple(sorted(found, key=_place))


def batches(wanted: Iterable[RowChange], size: int) -> Iterator[tuple[RowChange, ...]]:
    """The changes in the same order, at most ``size`` at once; a profile's rows in one where they fit."""
    batch: list[RowChange] = []
    for group in _groups(wanted):
        if batch and len(batch) + len(group) > size:
            yield tuple(batch)
            batch = []
        whole, rest = divmod(len(group), size)
        yield from (tuple(group[n * size : (n + 1) * size]) for n in range(whole))
        batch += group[-rest:] if rest else []
    if batch:
        yield tuple(batch)


def _groups(wanted: Iterable[RowChange]) -> Iterator[list[RowChange]]:
    group: list[RowChange] = []
    for change in wanted:
        if group and (group[0].owner, group[0].action is Action.REMOVE) != (
            change.owner,
            change.action is Action.REMOVE,
        ):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _key(row: Item) -> tuple[str, str]:
    return str(row["owner"]["S"]), str(row["entry"]["S"])


def _place(change: RowChange) -> tuple[bool, int, str, int, str]:
    is_clinic = change.owner.startswith("clinic#")
    place = _ORDER.index(change.kind)
    if change.action is Action.REMOVE:
        return True, int(is_clinic), change.owner, -place, change.entry
    return False, int(not is_clinic), change.owner, place, change.entry

"""How what differs between a stage's directory and a file is shown."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from console.directory.changes import Action, RowChange
from console.run.item_rows import plain
from console.terminal.screen import standard_output
from console.terminal.text import count, printable

_SIGNS = {Action.ADD: ("+", "green"), Action.CHANGE: ("~", "yellow"), Action.REMOVE: ("-", "red")}
_KEY = frozenset({"owner", "entry"})


def show_changes(found: Sequence[RowChange], stage: str, *, prunes: bool = False) -> None:
    """A line for each row that differs, with the columns that do, and how many there are."""
    screen = standard_output()
    for change in found:
        sign, style = _SIGNS[change.action]
        stays = change.action is Action.REMOVE and not prunes
        note = "  (stays: not in the file; --prune removes it)" if stays else ""
        screen.print(
            f"{sign} {_title(change)}{note}", style="dim" if stays else style, markup=False, soft_wrap=True
        )
        if change.action is Action.CHANGE:
            for name, before, after in _values(change):
                screen.print(f"    {name}: {_text(before)} → {_text(after)}", markup=False, soft_wrap=True)
    numbers = Counter(change.action for change in found)
    if not found:
        screen.print(f"The directory of {stage} is as the file has it.", markup=False)
        return
    parts = [
        f"{numbers[Action.ADD]} to add",
        f"{numbers[Action.CHANGE]} to change",
        f"{numbers[Action.REMOVE]} {'to remove' if prunes else 'not in the file'}",
    ]
    differ = "differs" if len(found) == 1 else "differ"
    screen.print(f"{count(len(found), 'row')} of {stage} {differ}: {', '.join(parts)}", markup=False)


def as_document(found: Sequence[RowChange], *, written: int) -> dict[str, Any]:
    """The same for programs."""
    return {
        "written": written,
        "differences": [
            {
                "action": change.action.value,
                "kind": change.kind,
                "id": _own_id(change),
                "owner": change.owner,
                "columns": {
                    name: {"stage": before, "file": after} for name, before, after in _values(change)
                },
            }
            for change in found
        ],
    }


def _title(change: RowChange) -> str:
    owner_kind, _, owner_id = change.owner.partition("#")
    own = f"{change.kind} {printable(_own_id(change))}"
    return own if change.kind == owner_kind else f"{own} of {owner_kind} {printable(owner_id)}"


def _own_id(change: RowChange) -> str:
    return str(change.row[f"{change.kind}_id"]["S"]) if f"{change.kind}_id" in change.row else change.entry


def _values(change: RowChange) -> list[tuple[str, Any, Any]]:
    before, after = plain(change.before or {}), plain(change.after or {})
    return [(name, before.get(name), after.get(name)) for name in change.columns if name not in _KEY]


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    return printable(f'"{value}"' if isinstance(value, str) else str(value))

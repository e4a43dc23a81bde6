"""Writes `docs/workflows.md`: a picture of each workflow, made of its definition in `state_machines/`.

``python -m console.docs.pictures``. They are Mermaid flowcharts: its state diagrams know no dashed lines.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clinic.contracts.schedules import schedules_of, trigger_of
from clinic.contracts.workflows import WORKFLOWS, Workflow

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "workflows.md"
LAMBDA = "arn:aws:states:::lambda:invoke"

_HEAD = """\
# Workflows

Each workflow as its definition in `state_machines/` has it. This page is made of those files
(`python -m console.docs.pictures`); a test holds it current.

```mermaid
flowchart LR
    Task["a Task calls the function's step of its name"] -. "is caught" .-> Pass[/"a Pass carries ids on"/]
    Pass ~~~ Wait(["a Wait"]) ~~~ Choice{"a Choice"} ~~~ Fail{{"a Fail ends the run as failed"}}
```

A frame is a Map: what is in it happens for each item, one after the other unless it says otherwise. Retries
are not drawn: a step that is throttled, or fails for a passing reason, is tried again where it stands
([how often](architecture.md#retries)). What no dashed line catches fails the run.
"""

_STYLE = """\
    classDef wait fill:#fff3cd,stroke:#b8860b,color:#333
    classDef choice fill:#e7f0fd,stroke:#4a78b5,color:#333
    classDef fail fill:#fbe3e4,stroke:#b33a3a,color:#333"""
_CLASSES = {"Wait": "wait", "Choice": "choice", "Fail": "fail"}
_SHAPES = {
    "Wait": '(["{}"])',
    "Choice": '{{"{}"}}',
    "Pass": '[/"{}"/]',
    "Succeed": '(["{}"])',
    "Fail": '{{{{"{}"}}}}',
}
_TASK = '["{}"]'

# How a condition is shortened; what none of these fits stands as it is, without JSONata's marks.
_SHORTER = (
    (re.compile(r"\$count\(\$?([\w.]+)\) > 0"), r"any \1"),
    (re.compile(r"\$exists\(\$?([\w.]+)\)"), r"\1"),
    (re.compile(r"\$?([\w.]+) != ''"), r"\1"),
    (re.compile(r"\$?([\w.]+) = ''"), r"no \1"),
)
_STATE_DATA = re.compile(r"\$states\.(?:input|result|errorOutput)\b\.?")
_MARKS = re.compile(r"[$']")


def page() -> str:
    """The whole page, as it should be."""
    return "\n".join([_HEAD, *map(section, WORKFLOWS)])


def section(workflow: Workflow) -> str:
    """One workflow's part of the page."""
    definition = json.loads((ROOT / "state_machines" / workflow.definition_file).read_text(encoding="utf-8"))
    comment = str(definition.get("Comment", "")).removeprefix(f"{trigger_of(workflow)}: ")
    module = workflow.module.replace(".", "/")
    facts = [
        f"Begins with: {_triggers(workflow)}",
        f"Steps at once: {workflow.concurrency}",
        f"Passing faults: tried again {_times(workflow.retries)}",
        f"Definition: `state_machines/{workflow.definition_file}`, steps: `{module}.py`",
    ]
    lines = [f"## {workflow.name}", "", f"{workflow.title}: {comment}", "", *(f"- {fact}" for fact in facts)]
    return "\n".join([*lines, "", "```mermaid", *picture(definition), "```", ""])


def picture(definition: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a definition's flowchart."""
    yield "flowchart TD"
    yield from _machine(definition, "run", "    ")
    yield _STYLE


def _triggers(workflow: Workflow) -> str:
    schedules = [f"`{it.name}` (`{it.expression}`)" for it in schedules_of(workflow)]
    return ", ".join(schedules or [f"`{detail_type}`" for detail_type in workflow.detail_types])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _machine(machine: Mapping[str, Any], owner: str, indent: str) -> Iterator[str]:
    """The states of a state machine, of a Map's inside or of a branch, between a start and an end."""
    start, end = f"{owner}_start", f"{owner}_end"
    states: Mapping[str, Mapping[str, Any]] = machine["States"]
    yield f'{indent}{start}((" "))'
    for name, state in states.items():
        yield from _state(name, state, indent)
    if any(_ends(state) for state in states.values()):
        yield f'{indent}{end}(((" ")))'
    yield f"{indent}{start} --> {machine['StartAt']}"
    for name, state in states.items():
        yield from (f"{indent}{name} {arrow}" for arrow in _arrows(state))
        if _ends(state):
            yield f"{indent}{name} --> {end}"


def _state(name: str, state: Mapping[str, Any], indent: str) -> Iterator[str]:
    kind = state["Type"]
    if kind in {"Map", "Parallel"}:
        yield f'{indent}subgraph {name}["{_text(_frame(name, state))}"]'
        insides = [state["ItemProcessor"]] if kind == "Map" else state["Branches"]
        for number, inside in enumerate(insides):
            owner = name if len(insides) == 1 else f"{name}_{number}"
            yield from _machine(inside, owner, f"{indent}    ")
        yield f"{indent}end"
        return
    label = "<br/>".join([name, *map(_text, _particulars(state))])
    css = f":::{_CLASSES[kind]}" if kind in _CLASSES else ""
    yield f"{indent}{name}{_SHAPES.get(kind, _TASK).format(label)}{css}"


def _frame(name: str, state: Mapping[str, Any]) -> str:
    if state["Type"] == "Parallel":
        return f"{name}: side by side"
    items = _short(str(state.get("Items", "")))
    whose = f"for each of {items}" if items else "for each item"
    at_once = state.get("MaxConcurrency", 0)
    return f"{name}: {whose}" + ("" if at_once == 1 else f", {at_once or 'all'} at once")


def _particulars(state: Mapping[str, Any]) -> Iterator[str]:
    """What is worth saying of a state beside its name."""
    if "Timestamp" in state:
        yield f"until {_short(state['Timestamp'])}"
    if "Seconds" in state:
        yield f"for {_short(str(state['Seconds']))} seconds"
    resource = state.get("Resource", LAMBDA)
    if resource != LAMBDA:
        yield resource.removeprefix("arn:aws:states:::")


def _arrows(state: Mapping[str, Any]) -> Iterator[str]:
    for choice in state.get("Choices", ()):
        yield f'-->|"{_text(_short(choice["Condition"]))}"| {choice["Next"]}'
    if "Default" in state:
        yield f'-->|"else"| {state["Default"]}'
    if "Next" in state:
        yield f"--> {state['Next']}"
    for caught in state.get("Catch", ()):
        yield f"-.-> {caught['Next']}"


def _ends(state: Mapping[str, Any]) -> bool:
    return bool(state.get("End")) or state["Type"] == "Succeed"


def _short(expression: str) -> str:
    """A JSONata expression as a person reads it."""
    text = _STATE_DATA.sub("", expression.removeprefix("{% ").removesuffix(" %}"))
    for pattern, shorter in _SHORTER:
        text = pattern.sub(shorter, text)
    return _MARKS.sub("", text)


def _text(text: str) -> str:
    """Text as a label may hold it."""
    return text.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""The pictures of docs/workflows.md are those of the definitions as they are now."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from clinic.contracts.schedules import schedules_of
from clinic.contracts.workflows import WORKFLOWS, Workflow
from console.docs.pictures import page, picture
from tests.architecture import project
from tests.docs import documents

_ARROW = re.compile(r'^\s*(\w+) (-->|-\.->)(?:\|"[^"]+"\|)? (\w+)$', re.MULTILINE)
_NODE = re.compile(r"^\s*(?:subgraph )?(\w+)[(\[{]", re.MULTILINE)


def _states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for inside in [*state.get("Branches", []), state.get("ItemProcessor")]:
            if inside is not None:
                yield from _states(inside)


def _definition(workflow: Workflow) -> dict[str, Any]:
    text = (project.ROOT / "state_machines" / workflow.definition_file).read_text()
    definition: dict[str, Any] = json.loads(text)
    return definition


def _section(workflow: Workflow) -> str:
    sections = documents.page("docs/workflows.md").split("\n## ")
    [found] = [text for text in sections if text.startswith(f"{workflow.name}\n")]
    return found


def test_the_page_is_made_of_the_definitions_as_they_are() -> None:
    current = documents.page("docs/workflows.md") == page()
    assert current, "docs/workflows.md is out of date: run `python -m console.docs.pictures`"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_every_state_is_in_its_workflows_picture(workflow: Workflow) -> None:
    drawn = _NODE.findall(_section(workflow))
    states = [name for name, _ in _states(_definition(workflow))]
    assert sorted(set(drawn) & set(states)) == sorted(states)
    assert all(name.endswith(("_start", "_end")) for name in set(drawn) - set(states))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_every_way_from_state_to_state_is_drawn_and_no_other(workflow: Workflow) -> None:
    ways = set()
    for name, state in _states(_definition(workflow)):
        onward = [state.get("Next"), state.get("Default")]
        onward += [choice["Next"] for choice in state.get("Choices", [])]
        ways |= {(name, "-->", target) for target in onward if target is not None}
        ways |= {(name, "-.->", caught["Next"]) for caught in state.get("Catch", [])}
    drawn = {way for way in _ARROW.findall(_section(workflow)) if not way[0].endswith("_start")}
    assert {way for way in drawn if not way[2].endswith("_end")} == ways


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_section_says_what_starts_its_workflow_and_how_much_of_it_runs_at_once(workflow: Workflow) -> None:
    section = _section(workflow)
    assert workflow.title in section
    for schedule in schedules_of(workflow):
        assert f"`{schedule.name}` (`{schedule.expression}`)" in section
    assert all(f"`{detail_type}`" in section for detail_type in workflow.detail_types)
    assert f"- Steps at once: {workflow.concurrency}\n" in section


def test_what_is_special_in_a_label_is_escaped() -> None:
    asked = {"Type": "Choice", "Choices": [{"Condition": '{% $x < "a" %}', "Next": "B"}], "Default": "B"}
    drawn = "\n".join(picture({"StartAt": "A", "States": {"A": asked, "B": {"Type": "Succeed"}}}))
    assert 'A -->|"x #lt; #quot;a#quot;"| B' in drawn


def test_branches_stand_side_by_side_each_with_its_own_start_and_end() -> None:
    def branch(name: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}

    both = {"Type": "Parallel", "Branches": [branch("Left"), branch("Right")], "End": True}
    drawn = "\n".join(picture({"StartAt": "Both", "States": {"Both": both}}))
    assert 'subgraph Both["Both: side by side"]' in drawn
    assert "Both_0_start --> Left" in drawn
    assert "Right --> Both_1_end" in drawn

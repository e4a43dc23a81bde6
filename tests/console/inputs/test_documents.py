"""The pages in `docs/` say of the files what the code accepts and writes."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from clinic.domain.messages.intent import IntentStatus
from clinic.domain.messages.kinds import KINDS
from console.inputs.clinic import ClinicFile, parse_clinic, read_clinic
from console.inputs.clinic_parts import (
    AvailabilityRulePart,
    ChargePart,
    ClinicPart,
    DateOverridePart,
    ProfilePart,
    ServicePart,
)
from console.inputs.events import EventLine, InboundPart, parse_events, read_events
from console.inputs.faults import read_faults
from console.output.result import RunResult
from console.output.rows import FailedEventRow
from console.output.schema import SCHEMA_FILE, schema_text
from console.terminal.exit_codes import ExitCode
from local.faults.plan import FaultPlan
from local.faults.rules import EventFault, LambdaFault, PaymentsFault, WebhookFault, WhatsAppFault

DOCS = Path("docs")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def example(name: str, label: str) -> str:
    (block,) = re.findall(rf"^```json {label}\n(.*?)^```$", page(name), flags=re.MULTILINE | re.DOTALL)
    return str(block)


def first_cells(name: str, heading: str, header: str = "Field") -> list[str]:
    """The first column of the first table of that header under the heading."""
    section = page(name).partition(f"{heading}")[2]
    table = re.search(rf"^\| `?{header}`? \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section, flags=re.MULTILINE)
    assert table is not None, heading
    return [row.split("|")[1].strip().strip("`") for row in table[1].splitlines()]


def fields(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def test_the_schema_in_the_documentation_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python -m console.output.schema"


def test_the_documented_examples_are_accepted(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(example("faults.md", "faults"))

    assert parse_events(example("run-format.md", "event").encode(), "run-format.md")
    assert parse_events(example("run-format.md", "inbound").encode(), "run-format.md")
    assert parse_clinic(example("clinic-file.md", "clinic").encode(), "clinic-file.md").clinics
    assert read_faults(str(faults)).events


def test_the_bundled_examples_are_accepted() -> None:
    assert read_events("examples/demo/events.jsonl")
    assert read_clinic("examples/demo/clinic.json").date_overrides
    assert read_faults("examples/demo/faults.json").whatsapp
    assert read_faults("examples/faults.json").functions


@pytest.mark.parametrize(
    ("name", "heading", "model"),
    [
        ("clinic-file.md", "## `clinics`", ClinicPart),
        ("clinic-file.md", "## `profiles`", ProfilePart),
        ("clinic-file.md", "## `services`", ServicePart),
        ("clinic-file.md", "## `availability_rules`", AvailabilityRulePart),
        ("clinic-file.md", "## `date_overrides`", DateOverridePart),
        ("clinic-file.md", "## `charges`", ChargePart),
        ("faults.md", "## `whatsapp`", WhatsAppFault),
        ("faults.md", "## `webhooks`", WebhookFault),
        ("faults.md", "## `payments`", PaymentsFault),
        ("faults.md", "## `lambda`", LambdaFault),
        ("faults.md", "## `events`", EventFault),
        ("run-format.md", "## EVENTS.jsonl", EventLine),
        ("run-format.md", "## OUT.json", RunResult),
    ],
)
def test_the_documented_fields_are_the_models(name: str, heading: str, model: type[BaseModel]) -> None:
    assert sorted(first_cells(name, heading)) == sorted(fields(model))


@pytest.mark.parametrize(("name", "model"), [("clinic-file.md", ClinicFile), ("faults.md", FaultPlan)])
def test_every_part_of_a_file_has_its_section(name: str, model: type[BaseModel]) -> None:
    assert re.findall(r"^## `(\w+)`", page(name), flags=re.MULTILINE) == fields(model)


def test_the_documented_fields_of_a_message_are_the_models() -> None:
    assert first_cells("run-format.md", "## EVENTS.jsonl", "In `inbound`") == fields(InboundPart)


def test_the_documented_exit_statuses_are_the_commands() -> None:
    assert first_cells("run-format.md", "# What", "Exit status") == [str(code.value) for code in ExitCode]


def test_the_documented_statuses_are_the_ledgers() -> None:
    assert first_cells("run-format.md", "### `messages`", "status") == [
        str(status) for status in IntentStatus
    ]


def test_the_documented_kinds_of_message_are_all_there_are() -> None:
    documented = first_cells("run-format.md", "### `messages`", "kind")

    assert sorted(documented) == sorted(row.pattern for row in KINDS.values())


def test_the_documented_places_of_failure_are_the_formats() -> None:
    schema = json.loads(schema_text())["$defs"][FailedEventRow.__name__]

    assert (
        first_cells("run-format.md", "### `events_failed`", "where") == schema["properties"]["where"]["enum"]
    )

"""`citas templates`: the catalogue, a message as a phone shows it, and Meta's form of it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from pywa.types.templates import BodyText
from pywa.types.templates import Template as PywaTemplate
from typer.testing import CliRunner

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.templates.catalogue import Template
from console.main import app
from console.templates.usage import USED_FOR
from local.simulators.whatsapp import SentMessage, WhatsAppSimulator
from tests.console.conftest import Citas
from tests.docs import documents
from tests.fakes.messages.texts import SPANISH

NOON = datetime(2026, 11, 30, 18, tzinfo=UTC)
SAMPLE = SPANISH["appointment_reminder_24h"]

every_template = pytest.mark.parametrize("template", SPANISH.values(), ids=lambda template: template.name)


@pytest.fixture(name="simulator", scope="module")
def simulator_fixture() -> Iterator[WhatsAppSimulator]:
    simulator = WhatsAppSimulator(
        now=lambda: NOON, templates=export_catalogue(), access_token="token", phone_number_id="1"
    )
    yield simulator
    simulator.close()


def sent(simulator: WhatsAppSimulator, template: Template, values: dict[str, str]) -> SentMessage | None:
    """The message as the simulator took it; None if it refused it."""
    parameters = [{"type": "text", "parameter_name": name, "text": text} for name, text in values.items()]
    answer = requests.post(
        f"{simulator.url}/v23.0/1/messages",
        headers={"Authorization": "Bearer token"},
        json={
            "messaging_product": "whatsapp",
            "to": "+525500000001",
            "type": "template",
            "template": {
                "name": template.name,
                "language": {"code": template.language},
                "components": [{"type": "body", "parameters": parameters}],
            },
        },
        timeout=10,
    )
    return simulator.sent[-1] if answer.status_code == 200 else None


def in_the_bubble(printed: str) -> list[str]:
    """The words on each line between a bubble's borders."""
    return [line.strip() for line in re.findall(r"│(.*)│", printed)]


@every_template
def test_the_list_has_every_template_with_all_its_parameters(citas: Citas, template: Template) -> None:
    listed = json.loads(citas("templates", "list", "--json").stdout)

    (row,) = (row for row in listed if (row["name"], row["language"]) == (template.name, template.language))
    assert row["category"] == template.category
    assert row["parameters"] == list(template.parameters)
    assert row["ttl_seconds"] == template.ttl_seconds


def test_the_table_names_every_template_and_parameter(citas: Citas) -> None:
    printed = citas("templates", "list").stdout

    words = set(re.findall(r"\w+", printed))
    assert words >= set(SPANISH)
    assert words >= {name for template in SPANISH.values() for name in template.parameters}


def test_what_a_template_is_said_to_be_for_is_what_the_docs_say() -> None:
    rows = documents.table_rows(documents.page("docs/messages.md"), "Template")

    assert {documents.code(row[0])[0]: row[1] for row in rows} == USED_FOR


@every_template
def test_a_preview_is_what_whatsapp_would_render(
    citas: Citas, simulator: WhatsAppSimulator, template: Template
) -> None:
    preview = json.loads(citas("templates", "preview", template.name, "--json").stdout)

    message = sent(simulator, template, preview["parameters"])
    assert message is not None
    assert (message.template, message.text) == (preview["name"], preview["text"])
    assert preview["parameters"] == template.examples


@every_template
def test_the_bubble_has_the_whole_text_and_nothing_else(citas: Citas, template: Template) -> None:
    printed = citas("templates", "preview", template.name).stdout

    text = template.render(template.examples)
    assert " ".join(filter(None, in_the_bubble(printed))) == " ".join(text.split())


def test_a_parameter_can_be_set_and_the_others_have_their_examples(citas: Citas) -> None:
    preview = citas("templates", "preview", SAMPLE.name, "--set", "patient_name=Ana = Ñandú", "--json")

    assert json.loads(preview.stdout)["text"] == SAMPLE.render(
        SAMPLE.examples | {"patient_name": "Ana = Ñandú"}
    )


@settings(max_examples=60, deadline=None)
@given(value=st.text(alphabet=st.sampled_from("a \t\n\r=[]{}ñ😀"), max_size=12))
def test_a_value_is_taken_exactly_if_whatsapp_takes_it(simulator: WhatsAppSimulator, value: str) -> None:
    given_one = ["templates", "preview", SAMPLE.name, "--set", f"patient_name={value}", "--json"]
    result = CliRunner().invoke(app, given_one)

    message = sent(simulator, SAMPLE, SAMPLE.examples | {"patient_name": value})
    assert (result.exit_code == 0) == (message is not None), result.output
    if message is not None:
        assert json.loads(result.stdout)["text"] == message.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["preview", "appointment_confirmd"], "did you mean appointment_confirmed?"),
        (["export", "x"], "'x' is no template; citas templates list shows those there are"),
        (["preview", SAMPLE.name, "--set", "name=Ana"], "has no such parameter (it has patient_name, "),
        (["preview", SAMPLE.name, "--set", "Ana"], "--set 'Ana': expected parameter=value"),
        (["preview", SAMPLE.name, "--set", "patient_name= "], "patient_name: is blank"),
        (["preview", SAMPLE.name, "--set", f"clinic_address={'x' * 1024}"], "where WhatsApp takes 1,024"),
        (["export", "--out", ""], "--out: the file's name is empty"),
        (["export", "--out", "/nowhere/at/all"], "/nowhere/at/all: No such file or directory"),
    ],
)
def test_what_can_not_be_done_is_said_and_ends_with_2(citas: Citas, arguments: list[str], said: str) -> None:
    result = citas("templates", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_one_language_is_shown_and_exported_by_itself(citas: Citas) -> None:
    english = json.loads(citas("templates", "export", "--language", "en-GB").stdout)
    assert english == [it for it in export_catalogue() if it["language"] == "en_US"]
    one = json.loads(citas("templates", "export", "refund_made", "--language", "en").stdout)
    assert one in english
    shown = citas("templates", "preview", "medication_reminder", "--language", "en", "--json").stdout
    assert json.loads(shown)["text"].startswith("Hello, Example Patient. It's time for your medication.")
    refused = citas("templates", "preview", "medication_reminder", "--language", "fr")
    assert refused.exit_code == 2
    assert "es_MX, en_US" in refused.stderr


def test_the_whole_catalogue_is_exported_to_standard_output(citas: Citas) -> None:
    assert json.loads(citas("templates", "export").stdout) == export_catalogue()


@every_template
def test_one_registration_goes_to_a_file_that_pywa_reads(
    citas: Citas, template: Template, tmp_path: Path
) -> None:
    file = tmp_path / "registration.json"

    assert citas("templates", "export", template.name, "--out", file).stdout == ""

    read = PywaTemplate.from_dict(json.loads(file.read_text(encoding="utf-8")))
    (body,) = read.components
    assert isinstance(body, BodyText)
    assert (read.name, str(read.language.value)) == (template.name, template.language)
    assert body.preview() == template.render(template.examples)

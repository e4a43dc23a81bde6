"""The catalogue's registration, held against what the client library ``pywa`` makes of it."""

import json
from typing import Any

import pytest
from pywa.types.templates import BodyText, ParamFormat, TemplateCategory, TemplateLanguage
from pywa.types.templates import Template as PywaTemplate

from clinic.adapters.whatsapp.registration import export, export_catalogue
from clinic.domain.languages import LANGUAGES
from clinic.templates.catalogue import Template
from local.simulators import whatsapp_rules as simulator
from tests.fakes.messages.texts import SPANISH

every_template = pytest.mark.parametrize("template", SPANISH.values(), ids=lambda template: template.name)


def built_by_pywa(template: Template) -> PywaTemplate:
    """The same template in pywa's words; it refuses examples that don't match the body."""
    return PywaTemplate(
        name=template.name,
        language=TemplateLanguage.SPANISH_MEX,
        category=TemplateCategory.UTILITY,
        parameter_format=ParamFormat.NAMED,
        message_send_ttl_seconds=template.ttl_seconds,
        components=[BodyText(template.body, **template.examples)],
    )


def in_any_case(registration: dict[str, Any]) -> dict[str, Any]:
    """Meta takes the names of components in either case."""
    components = [{**part, "type": part["type"].upper()} for part in registration["components"]]
    kept = {
        **registration,
        "components": components,
        "parameter_format": registration["parameter_format"].upper(),
    }
    return {name: value for name, value in kept.items() if value is not None}


@every_template
def test_a_registration_is_what_pywa_would_send(template: Template) -> None:
    theirs = json.loads(built_by_pywa(template).to_json())
    assert in_any_case(export(template)) == in_any_case(theirs)


@every_template
def test_pywa_reads_a_registration(template: Template) -> None:
    read = PywaTemplate.from_dict(json.loads(json.dumps(export(template))))
    (body,) = read.components
    assert isinstance(body, BodyText)
    assert (read.name, read.language.value, read.category.value) == (
        template.name,
        template.language,
        template.category.value,
    )
    assert body.param_names == template.parameters


@every_template
def test_pywas_preview_is_our_rendering(template: Template) -> None:
    (body,) = PywaTemplate.from_dict(export(template)).components
    assert isinstance(body, BodyText)
    assert body.preview() == template.render(template.examples)


@every_template
def test_the_whatsapp_simulator_approves_a_registration(template: Template) -> None:
    approved = simulator.Template.approve(export(template))
    assert (approved.name, approved.language) == (template.name, template.language)
    assert approved.parameters == template.parameters
    assert approved.render(template.examples) == template.render(template.examples)


def test_the_whole_catalogue_is_exported_in_order() -> None:
    exported = [(registration["name"], registration["language"]) for registration in export_catalogue()]
    assert exported == [(name, code) for code in LANGUAGES for name in SPANISH]
    assert json.loads(json.dumps(export_catalogue())) == export_catalogue()

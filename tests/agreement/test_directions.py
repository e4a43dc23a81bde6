"""The words that help to find a clinic have one name: in events, clinic files, rows and templates."""

import pytest

from clinic.adapters.dynamodb.base import DirectionsColumns
from clinic.contracts.events.appointments import AppointmentFields
from clinic.domain.directory import DIRECTIONS
from clinic.domain.languages import LANGUAGES
from clinic.templates.catalogue import CATALOGUE
from console.inputs.clinic_parts import ClinicPart
from tests.fakes.examples import CLINIC


@pytest.mark.parametrize("name", DIRECTIONS)
def test_events_clinic_files_and_rows_know_it_and_may_leave_it_out(name: str) -> None:
    assert not AppointmentFields.model_fields[name].is_required()
    assert not ClinicPart.model_fields[name].is_required()
    assert DirectionsColumns.get_attributes()[name].null


def test_rows_keep_nothing_else_of_that_kind() -> None:
    assert set(DirectionsColumns.get_attributes()) == set(DIRECTIONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_template_of_each_language_shows_each(language: str) -> None:
    shown = {
        name for (_, spoken), text in CATALOGUE.items() if spoken == language for name in text.parameters
    }
    assert shown >= set(DIRECTIONS)


def test_the_example_clinic_says_each() -> None:
    """So the tests of rows and of messages cannot miss one."""
    assert all(getattr(CLINIC, name) for name in DIRECTIONS)

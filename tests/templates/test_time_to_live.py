"""WhatsApp stops trying to deliver a message before it is of no more use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.adapters.whatsapp.registration import export
from clinic.domain.appointments.reminders import SHORTEST_OFFSET_MINUTES
from clinic.domain.messages.kinds import ReminderOffset
from clinic.templates.appointments import template_for
from clinic.templates.catalogue import Template
from tests.fakes.messages.texts import SPANISH


@pytest.mark.parametrize("template", SPANISH.values(), ids=lambda template: template.name)
def test_every_template_has_one_that_whatsapp_takes_and_it_is_registered(template: Template) -> None:
    assert 30 <= template.ttl_seconds <= 12 * 60 * 60
    assert export(template)["message_send_ttl_seconds"] == template.ttl_seconds


@given(st.integers(SHORTEST_OFFSET_MINUTES, 30 * 24 * 60))
def test_no_reminder_can_arrive_after_the_visit_has_begun(minutes: int) -> None:
    assert SPANISH[template_for(ReminderOffset(minutes).kind)].ttl_seconds <= minutes * 60


def test_a_shorter_offset_is_refused_because_it_could() -> None:
    too_short = ReminderOffset(SHORTEST_OFFSET_MINUTES - 1)
    assert SPANISH[template_for(too_short.kind)].ttl_seconds > too_short.minutes * 60


def test_a_dose_is_of_no_use_an_hour_later() -> None:
    assert SPANISH["medication_reminder"].ttl_seconds == 60 * 60

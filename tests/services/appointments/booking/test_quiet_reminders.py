"""A clinic that turns quiet hours on for reminders: the evening before instead of the night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinic.domain.messages.intent import Intent
from clinic.services.appointments.planning import ReminderPlanning
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.examples import NOW, event
from tests.fakes.messages.channel import QUIET_HOURS
from tests.fakes.stores.booking_store import MemoryBookingStore

EIGHT_IN_THE_MORNING = datetime(2026, 12, 2, 14, 0, tzinfo=UTC)  # in Mexico City
THE_EVENING_BEFORE = datetime(2026, 12, 2, 2, 59, tzinfo=UTC)


def planned(visit: datetime, now: datetime = NOW, *, quiet: bool = True) -> dict[str, Intent]:
    reader = appointments()
    if quiet:
        reader = replace(reader, quiet_hours=QUIET_HOURS)
    booking_store = MemoryBookingStore()
    ReminderPlanning(booking_store, reader).plan(
        event("e-1", now, appointmentTime=visit.isoformat()), RUN, now
    )
    return {intent.kind: intent for intent in booking_store.intents("reservation#r-17")}


@pytest.mark.parametrize(
    ("after_eight", "template"),
    [(timedelta(0), "appointment_reminder_2h"), (timedelta(hours=1), "appointment_reminder_24h")],
    ids=["less than half a day ahead", "half a day ahead"],
)
def test_a_reminder_of_the_night_comes_the_evening_before_in_the_words_of_its_lead(
    after_eight: timedelta, template: str
) -> None:
    intents = planned(EIGHT_IN_THE_MORNING + after_eight)
    assert intents["reminder_2h"].due_at == THE_EVENING_BEFORE
    assert intents["reminder_2h"].template == template
    assert intents["reminder_24h"].due_at == EIGHT_IN_THE_MORNING + after_eight - timedelta(hours=24)


def test_reminders_keep_them_when_they_leave_late_too_and_the_confirmation_does_not() -> None:
    zones = {kind: intent.time_zone for kind, intent in planned(EIGHT_IN_THE_MORNING).items()}
    there = "America/Mexico_City"
    assert zones == {"confirmation": None, "reminder_24h": there, "reminder_2h": there}


def test_what_would_have_had_to_come_before_it_was_booked_is_skipped() -> None:
    intents = planned(EIGHT_IN_THE_MORNING, THE_EVENING_BEFORE + timedelta(minutes=30))
    assert (intents["reminder_2h"].status, intents["reminder_2h"].reason) == ("skipped", "booked_after_due")
    assert intents["confirmation"].useful_until == EIGHT_IN_THE_MORNING


def test_by_default_reminders_keep_none() -> None:
    intents = planned(EIGHT_IN_THE_MORNING, quiet=False)
    assert intents["reminder_2h"].due_at == EIGHT_IN_THE_MORNING - timedelta(hours=2)
    assert {intent.time_zone for intent in intents.values()} == {None}

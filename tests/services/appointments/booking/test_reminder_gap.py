"""A clinic may want some time between the confirmation and a reminder: what comes sooner is skipped."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent
from clinic.domain.messages.kinds import CONFIRMATION, RESCHEDULING, ReminderOffset
from clinic.services.appointments.appointment_intents import plan_intents
from console.explain.reasons import reason_text
from tests.fakes.examples import NOW
from tests.fakes.stores.rows import details

MINUTE = timedelta(minutes=1)
OFFSETS = tuple(ReminderOffset(minutes) for minutes in (1440, 120))


def planned(
    ahead: timedelta, gap: int | None, opening: str = CONFIRMATION, **how: object
) -> dict[str, Intent]:
    visit = details(appointment_time=NOW + ahead, reminder_gap=gap, opening=opening, offsets=OFFSETS)
    is_import, opened_at = bool(how.get("is_import")), how.get("opened_at")
    assert opened_at is None or isinstance(opened_at, datetime)
    intents = plan_intents(Reservation.booked(visit, NOW), NOW, is_import=is_import, opened_at=opened_at)
    return {intent.kind: intent for intent in intents}


def reasons(intents: dict[str, Intent]) -> dict[str, str]:
    return {kind: intent.reason or intent.status for kind, intent in intents.items()}


@settings(max_examples=60)
@given(st.integers(1, 4000), st.none() | st.integers(1, 1440))
def test_a_reminder_is_sent_if_it_comes_the_gap_or_later_after_the_confirmation(
    ahead: int, gap: int | None
) -> None:
    intents = planned(ahead * MINUTE, gap)
    for offset in OFFSETS:
        after_confirmation = ahead - offset.minutes
        intent = intents[offset.kind]
        if after_confirmation <= 0:
            assert intent.reason == "booked_after_due"
        elif gap is not None and after_confirmation < gap:
            assert (intent.status, intent.reason) == ("skipped", "too_soon_after_confirmation")
        else:
            assert intent.status == "planned"
    sent = [intent.due_at for kind, intent in intents.items() if kind != CONFIRMATION and not intent.reason]
    assert intents[CONFIRMATION].useful_until == min([*sent, NOW + ahead * MINUTE])


def test_a_day_and_an_hour_ahead_with_four_hours_between() -> None:
    intents = planned(timedelta(hours=25), 240)
    assert reasons(intents) == {
        "confirmation": "planned",
        "reminder_24h": "too_soon_after_confirmation",
        "reminder_2h": "planned",
    }
    assert reason_text(intents["reminder_24h"].reason) == (
        "it was due sooner after the confirmation than the clinic wants"
    )


def test_the_message_that_tells_of_a_new_time_counts_as_the_confirmation() -> None:
    assert reasons(planned(timedelta(hours=25), 240, RESCHEDULING)) == {
        "reminder_24h": "too_soon_after_confirmation",
        "reminder_2h": "planned",
    }


def test_where_no_confirmation_is_sent_nothing_comes_too_soon_after_it() -> None:
    imported = planned(timedelta(hours=25), 240, is_import=True)
    assert reasons(imported)["reminder_24h"] == "planned"
    told_long_ago = planned(timedelta(hours=25), 240, opened_at=NOW - timedelta(days=2))
    assert reasons(told_long_ago)["reminder_24h"] == "planned"


@pytest.mark.parametrize("gap", [None, 0])
def test_a_clinic_that_says_nothing_has_every_reminder(gap: int | None) -> None:
    assert set(reasons(planned(timedelta(hours=24, minutes=1), gap)).values()) == {"planned"}


def test_fractions_of_a_second_do_not_make_a_reminder_too_soon() -> None:
    visit = details(appointment_time=NOW + timedelta(hours=28), reminder_gap=240, offsets=OFFSETS)
    late = NOW + timedelta(milliseconds=700)
    intents = plan_intents(Reservation.booked(visit, late), late)
    assert [intent.reason for intent in intents] == [None, None, None]
    assert to_text(intents[0].due_at) == to_text(NOW)

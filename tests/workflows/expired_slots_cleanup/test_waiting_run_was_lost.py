"""The night's safety net: a request whose waiting run was stopped ends all the same."""

from datetime import datetime, timedelta

from clinic.contracts.schedules import SLOT_CLEANUP
from clinic.contracts.workflows import (
    EXPIRED_SLOTS_CLEANUP,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
)
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.workflows.requested import (
    DOCTOR,
    PATIENT,
    QUESTION,
    SLOT,
    TIME_IS_UP,
    RequestsStack,
    requests_stack,
)

# The doctor is in Mexico City: 03:00 there is 09:00 UTC.
NEXT_NIGHT = datetime.fromisoformat("2026-11-25T09:00:00+00:00")


def stop_waiting(office: RequestsStack) -> None:
    """Somebody stops the runs that wait."""
    for run in office.runs(RESERVATION_REQUESTS):
        office.stack.stop(run.arn)


def test_at_three_in_the_morning_the_slot_is_free_and_both_are_told() -> None:
    with requests_stack(schedules=[SLOT_CLEANUP.name]) as office:
        office.ask()
        office.at(NOW + timedelta(hours=1), lambda: stop_waiting(office))
        office.stack.run_until(NEXT_NIGHT - timedelta(seconds=1))
        assert (office.status(), office.places()) == ("pending", {"q-1": "pending"})
        office.stack.run_until(NEXT_NIGHT + timedelta(minutes=1))
        assert (office.status(), office.places()) == ("expired", {})
        assert office.recipients() == [
            (QUESTION, DOCTOR),
            ("request_expired_patient", PATIENT),
            ("request_expired_doctor", DOCTOR),
        ]
        assert office.runs(EXPIRED_SLOTS_CLEANUP)[-1].output == {
            "profileId": "dr-1",
            "cleanupDate": "2026-11-25",
            "slotsCleaned": 1,
            "cleanupCompleted": True,
        }


def test_those_whose_time_is_not_up_are_left_alone(office: RequestsStack) -> None:
    other = slot(SLOT.start + timedelta(hours=1))
    office.rows_of_bookings.put_slot(other)
    office.ask("q-1")
    office.ask("q-2", NOW + timedelta(days=5), slotId=other.slot_id)
    office.stack.advance(minutes=1)
    stop_waiting(office)
    office.at(NEXT_NIGHT, lambda: office.clean_up("2026-11-25"))
    office.stack.run_until_idle()
    assert [office.status("q-1"), office.status("q-2")] == ["expired", "pending"]
    assert office.run(EXPIRED_SLOTS_CLEANUP).output["slotsCleaned"] == 1


def test_what_is_expired_by_its_own_run_at_that_instant_is_counted_by_one(office: RequestsStack) -> None:
    office.ask()
    office.at(TIME_IS_UP, lambda: office.clean_up("2026-11-24"))
    office.stack.run_until_idle()
    cleaned = office.run(EXPIRED_SLOTS_CLEANUP).output.get("slotsCleaned", 0)
    expired = office.outcomes(REQUEST_EXPIRATION).count("expired")
    assert cleaned + expired == 1
    assert len(office.messages) == 3


def test_where_nothing_is_left_that_is_said(office: RequestsStack) -> None:
    office.clean_up("2026-11-25")
    office.clean_up("2026-11-25", "dr-404")
    office.stack.run_until_idle()
    for run, profile_id in zip(office.runs(EXPIRED_SLOTS_CLEANUP), ["dr-1", "dr-404"], strict=True):
        assert run.output == {
            "profileId": profile_id,
            "cleanupDate": "2026-11-25",
            "cleaned": 0,
            "reason": "No expired slots found",
        }


def test_an_answer_that_came_after_the_time_counts_and_nothing_is_cleaned(office: RequestsStack) -> None:
    office.ask()
    office.stack.advance(minutes=1)
    stop_waiting(office)
    office.at(TIME_IS_UP + timedelta(hours=1), office.approve)
    office.at(NEXT_NIGHT, lambda: office.clean_up("2026-11-25"))
    office.stack.run_until(NEXT_NIGHT + timedelta(minutes=1))
    assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})
    assert office.run(EXPIRED_SLOTS_CLEANUP).output["cleaned"] == 0

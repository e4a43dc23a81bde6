"""A slot with several places takes as many requests; each is answered by itself."""

from datetime import timedelta

from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.workflows.requested import PATIENT, QUESTION, SLOT, RequestsStack

GROUP = slot(SLOT.start + timedelta(days=1), capacity=2)


def test_two_places_for_three(office: RequestsStack) -> None:
    office.rows_of_bookings.put_slot(GROUP)
    for number in range(3):
        office.ask(f"q-{number}", slotId=GROUP.slot_id)
    office.stack.advance(minutes=1)
    assert office.places(GROUP.slot_id) == {"q-0": "pending", "q-1": "pending"}
    assert office.status("q-2") == "declined"
    assert sorted(template for template, _ in office.sent()) == [
        "reservation_declined_patient",
        QUESTION,
        QUESTION,
    ]


def test_one_is_approved_one_expires_and_the_place_is_free_for_a_third(office: RequestsStack) -> None:
    office.rows_of_bookings.put_slot(GROUP)
    for number in range(2):
        office.ask(f"q-{number}", slotId=GROUP.slot_id)
    office.at(NOW + timedelta(hours=1), lambda: office.approve("q-0"))
    office.at(
        NOW + timedelta(hours=25), lambda: office.ask("q-2", NOW + timedelta(days=2), slotId=GROUP.slot_id)
    )
    office.at(NOW + timedelta(hours=26), lambda: office.approve("q-2"))
    office.stack.advance(days=2)
    assert [office.status(f"q-{number}") for number in range(3)] == ["approved", "expired", "approved"]
    assert office.places(GROUP.slot_id) == {"q-0": "booked", "q-2": "booked"}
    confirmed = [m for m in office.recipients() if m[0] == "appointment_confirmed"]
    assert confirmed == [("appointment_confirmed", PATIENT)] * 2

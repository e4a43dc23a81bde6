"""The doctor agrees in time: the slot is booked, the appointment announced, the patient confirmed once."""

from datetime import timedelta

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, REQUEST_DECISIONS, RESERVATION_REQUESTS
from clinic.domain.instants import to_text
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.requested import DOCTOR, PATIENT, QUESTION, SLOT, RequestsStack

AN_HOUR_LATER = NOW + timedelta(hours=1)


def test_everybody_hears_what_they_have_to(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.approve)
    office.stack.run_until_idle()
    assert office.recipients() == [
        (QUESTION, DOCTOR),
        ("appointment_confirmed", PATIENT),
        ("appointment_reminder_24h", PATIENT),
        ("appointment_reminder_2h", PATIENT),
    ]
    assert [at for _, at in office.sent()] == [
        NOW,
        AN_HOUR_LATER,
        IN_NINE_DAYS - timedelta(hours=24),
        IN_NINE_DAYS - timedelta(hours=2),
    ]
    assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})


def test_the_appointment_is_on_the_bus_once_and_complete(office: RequestsStack) -> None:
    office.ask(reservationId="r-1", serviceId="s-1", chargeId="ch_1")
    office.at(AN_HOUR_LATER, office.approve)
    office.stack.run_until_idle()
    (created,) = office.put_on_the_bus("appointment/created")
    assert (created["reservationId"], created["slotId"], created["profileId"]) == (
        "r-1",
        SLOT.slot_id,
        "dr-1",
    )
    assert (created["appointmentTime"], created["chargeId"]) == (to_text(IN_NINE_DAYS), "ch_1")
    assert (created["doctorName"], created["clinicName"]) == ("Dra. Ficticia", "Clínica Ejemplo")
    assert office.outcomes(APPOINTMENT_REMINDERS) == ["planned"]
    assert office.intents("r-1") == {
        "v1 confirmation": "sent",
        "v1 reminder_24h": "sent",
        "v1 reminder_2h": "sent",
    }


def test_the_run_that_waited_is_stopped_and_nothing_expires(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.approve)
    office.stack.run_until_idle()
    waiting = office.run(RESERVATION_REQUESTS)
    assert (waiting.status, waiting.stopped_at) == ("ABORTED", AN_HOUR_LATER)
    assert waiting.cause == "request q-1 is approved"
    assert office.put_on_the_bus("reservation/request-expired") == []
    assert office.run(REQUEST_DECISIONS).output == {
        "requestId": "q-1",
        "outcome": "approved",
        "appointmentAnnounced": True,
        "waitingStopped": True,
        "notices": [],
    }


def test_a_slot_that_was_approved_is_not_free_for_others(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.approve)
    office.at(NOW + timedelta(hours=2), lambda: office.ask("q-2"))
    office.stack.run_until(NOW + timedelta(hours=3))
    assert (office.status("q-2"), office.places()) == ("declined", {"q-1": "booked"})

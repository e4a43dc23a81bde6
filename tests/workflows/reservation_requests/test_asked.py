"""A patient asks for a slot: it is held, the doctor is asked, and the run waits for the answer."""

from datetime import timedelta

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import DOCTOR, QUESTION, SLOT, TIME_IS_UP, RequestsStack


def test_the_slot_is_held_and_the_doctor_is_asked_at_once(office: RequestsStack) -> None:
    office.ask()
    office.stack.advance(minutes=1)
    assert office.sent() == [(QUESTION, NOW)]
    assert office.recipients() == [(QUESTION, DOCTOR)]
    assert office.messages[0].parameters == {
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "miércoles, 2 de diciembre de 2026",
        "appointment_time": "9:00 a.m.",
        "answer_by_date": "martes, 24 de noviembre de 2026",
        "answer_by_time": "9:00 a.m.",
    }
    assert (office.status(), office.places()) == ("pending", {"q-1": "pending"})
    assert office.run(RESERVATION_REQUESTS).status == "RUNNING"
    assert office.reservation("q-1") is None


def test_the_request_keeps_the_name_of_the_run_that_waits(office: RequestsStack) -> None:
    office.ask()
    office.stack.advance(minutes=1)
    asked = office.rows_of_bookings.request()
    assert asked is not None
    assert (asked.run, asked.expires_at) == (office.run(RESERVATION_REQUESTS).arn, TIME_IS_UP)


def test_a_time_after_the_visit_is_cut_to_its_beginning(office: RequestsStack) -> None:
    office.ask(expires_at=SLOT.start + timedelta(days=3))
    office.stack.run_until(SLOT.start - timedelta(seconds=1))
    assert office.status() == "pending"
    office.stack.advance(minutes=5)
    assert office.status() == "expired"
    assert office.messages[0].parameters["answer_by_date"] == "miércoles, 2 de diciembre de 2026"

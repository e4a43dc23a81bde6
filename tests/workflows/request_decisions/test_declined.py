"""The doctor says no: the slot is free at once, and the patient reads why."""

from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS, RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import DOCTOR, PATIENT, QUESTION, RequestsStack

AN_HOUR_LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("reason", "read"),
    [
        ("Estaré de viaje", "Estaré de viaje"),
        ("Estaré\nde    viaje", "Estaré · de viaje"),
        (None, "El consultorio no puede recibirle en ese horario"),
        ("  ", "El consultorio no puede recibirle en ese horario"),
    ],
)
def test_the_patient_is_told_with_the_reason(office: RequestsStack, reason: str | None, read: str) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, lambda: office.decline(reason=reason))
    office.stack.run_until_idle()
    assert office.recipients() == [(QUESTION, DOCTOR), ("reservation_declined_patient", PATIENT)]
    assert (
        office.messages[-1].parameters["decline_reason"]
        == f"{read}. Teléfono del consultorio: +52 55 0000 0099"
    )
    assert (office.status(), office.places()) == ("declined", {})


def test_nothing_is_announced_and_nothing_waits_any_more(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.decline)
    office.stack.run_until_idle()
    assert office.run(REQUEST_DECISIONS).output == {
        "requestId": "q-1",
        "outcome": "declined",
        "appointmentAnnounced": False,
        "waitingStopped": True,
        "notices": [{"kind": "request_declined", "status": "sent"}],
    }
    assert office.run(RESERVATION_REQUESTS).status == "ABORTED"
    assert office.put_on_the_bus("appointment/created") == []
    assert office.reservation("q-1") is None


def test_the_next_patient_may_ask(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.decline)
    office.at(NOW + timedelta(hours=2), lambda: office.ask("q-2"))
    office.stack.run_until(NOW + timedelta(hours=3))
    assert office.places() == {"q-2": "pending"}

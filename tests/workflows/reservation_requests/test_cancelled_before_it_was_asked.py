"""A cancellation overtakes the request it is about, and waits for what only the request says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.contracts.workflows import APPOINTMENT_CANCELLATION, RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import PATIENT, RequestsStack, requests_stack


@pytest.fixture
def clinic() -> Iterator[RequestsStack]:
    with requests_stack() as stack:
        yield stack


def test_the_request_gives_the_cancellation_its_particulars_and_holds_nothing(clinic: RequestsStack) -> None:
    clinic.put("reservation/cancelled", {"reservationId": "q-1"})
    clinic.at(NOW + timedelta(minutes=5), clinic.ask)
    clinic.stack.run_until_idle()

    assert clinic.outcomes(RESERVATION_REQUESTS) == ["reservation_cancelled"]
    assert clinic.outcomes(APPOINTMENT_CANCELLATION) == ["cancelled"]
    assert clinic.status() == "withdrawn"
    assert clinic.places() == {}
    # Who was never asked hears of nothing.
    assert clinic.recipients() == [("request_withdrawn_patient", PATIENT)]

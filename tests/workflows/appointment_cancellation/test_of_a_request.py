"""A cancellation of what is still a request withdraws it."""

from clinic.contracts.workflows import APPOINTMENT_CANCELLATION, REQUEST_DECISIONS, REQUEST_EXPIRATION
from tests.fakes.examples import NOW
from tests.workflows.cancelling import AN_HOUR_LATER
from tests.workflows.requested import DOCTOR, PATIENT, QUESTION, RequestsStack

OF_ITS_END = [("request_withdrawn_patient", PATIENT), ("request_withdrawn_doctor", DOCTOR)]
CANCELLED = {"reservationId": "q-1", "cancelledBy": "patient"}
WITHDRAWN = {
    "reservationId": "q-1",
    "outcome": "request_withdrawn",
    "slotReleased": True,
    "patientNotified": True,
    "doctorNotified": True,
    "refundProcessed": False,
    "remindersCancelled": False,
}


def cancel(office: RequestsStack) -> None:
    office.put("reservation/cancelled", CANCELLED)


def test_its_place_is_free_and_both_are_told_once(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, lambda: cancel(office))
    office.at(AN_HOUR_LATER.replace(minute=30), lambda: cancel(office))
    office.stack.run_until_idle()
    assert [run.output for run in office.runs(APPOINTMENT_CANCELLATION)] == [WITHDRAWN, WITHDRAWN]
    assert (office.status(), office.places()) == ("withdrawn", {})
    assert office.recipients() == [(QUESTION, DOCTOR), *OF_ITS_END]
    assert office.runs(REQUEST_EXPIRATION) == []


def test_what_was_paid_for_it_goes_back_once(office: RequestsStack) -> None:
    office.pay("ch_1", 50_000)
    office.ask()
    refund = {**CANCELLED, "refundAmount": 500, "chargeId": "ch_1"}
    for minute in (0, 30):
        office.at(AN_HOUR_LATER.replace(minute=minute), lambda: office.put("reservation/cancelled", refund))
    office.stack.run_until_idle()
    first, second = (run.output for run in office.runs(APPOINTMENT_CANCELLATION))
    assert first["outcome"] == "request_withdrawn"
    assert all(run["refundProcessed"] and run["slotReleased"] for run in (first, second))
    assert [(refund.charge.charge_id, refund.amount) for refund in office.refunds] == [("ch_1", 50_000)]
    assert (office.status(), office.places()) == ("withdrawn", {})
    assert office.recipients() == [(QUESTION, DOCTOR), *OF_ITS_END]


def test_an_approval_that_comes_too_late_books_nothing(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, lambda: cancel(office))
    office.at(AN_HOUR_LATER.replace(minute=30), office.approve)
    office.stack.run_until_idle()
    assert office.outcomes(REQUEST_DECISIONS) == ["too_late"]
    assert (office.status(), office.places()) == ("withdrawn", {})
    assert office.reservation("q-1") is None


def test_one_that_was_approved_is_cancelled_as_any_reservation(office: RequestsStack) -> None:
    office.ask()
    office.at(NOW.replace(minute=10), office.approve)
    office.at(AN_HOUR_LATER, lambda: cancel(office))
    office.stack.run_until_idle()
    (run,) = office.runs(APPOINTMENT_CANCELLATION)
    assert run.output == {**WITHDRAWN, "outcome": "cancelled", "remindersCancelled": True}
    assert (office.status(), office.places()) == ("approved", {})

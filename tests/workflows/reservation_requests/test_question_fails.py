"""Whatever becomes of the question to the doctor, the request ends within five minutes of its time."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import REQUEST_EXPIRATION, RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import DOCTOR, PATIENT, QUESTION, TIME_IS_UP, requests_stack

THE_QUESTION = "request#q-1#v000001#request_doctor"
AT_MOST = timedelta(minutes=5)


def faults(**fault: Any) -> dict[str, Any]:
    return {"whatsapp": [{"intent": THE_QUESTION, **fault}]}


@pytest.mark.parametrize(
    ("fault", "question"),
    [
        ({"code": 130429, "times": 3}, "sent"),
        ({"cut": "before", "times": 1}, "sent"),
    ],
    ids=["rate limit", "cut off"],
)
def test_the_request_expires_in_time(fault: dict[str, Any], question: str) -> None:
    with requests_stack(faults=faults(**fault)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.told() == {
            "request_doctor": question,
            "request_expired": "sent",
            "request_expired_doctor": "sent",
        }
        closed = office.rows_of_bookings.request()
        assert closed is not None
        assert closed.status.value == "expired"
        assert TIME_IS_UP <= closed.updated_at <= TIME_IS_UP + AT_MOST
        assert office.places() == {}


def test_a_refused_account_fails_the_run_at_once_and_the_request_ends_in_time() -> None:
    with requests_stack(faults=faults(code=190)) as office:
        office.ask()
        office.stack.run_until_idle()
        run = office.run(RESERVATION_REQUESTS)
        assert (run.status, run.error, run.stopped_at) == ("FAILED", "MessengerAccountError", NOW)
        assert "the doctor or the patient could not be told of request q-1" in str(run.cause)
        assert ("request_expired_patient", PATIENT) in office.recipients()
        assert office.told() == {**dict.fromkeys(office.told(), "sent"), "request_doctor": "skipped"}
        assert (office.status(), office.places()) == ("expired", {})


@pytest.mark.parametrize(("why", "question"), [("BAJA", "skipped"), ("131026", "failed")])
def test_a_doctor_who_gets_no_messages_fails_the_run_at_once_and_the_request_ends_in_time(
    why: str, question: str
) -> None:
    with requests_stack(faults=None if why == "BAJA" else faults(code=131026)) as office:
        if why == "BAJA":
            office.stack.receive(DOCTOR, "BAJA")
        office.ask()
        office.stack.advance(minutes=5)
        run = office.run(RESERVATION_REQUESTS)
        assert (run.status, run.error) == ("FAILED", "DoctorNotToldError")
        assert office.told() == {"request_doctor": question}
        assert office.places() == {"q-1": "pending"}  # the doctor may be asked by phone
        office.ask()
        office.stack.advance(minutes=5)
        assert {it.status for it in office.runs(RESERVATION_REQUESTS)} == {"FAILED"}  # it is true still
        office.stack.run_until_idle()
        assert (office.status(), office.places()) == ("expired", {})
        assert ("request_expired_patient", PATIENT) in office.recipients()
        (row,) = [row for row in office.notices() if row["kind"] == "request_expired"]
        assert row["status"] == "sent"


def test_an_approval_counts_though_the_doctor_was_never_asked() -> None:
    with requests_stack(faults=faults(code=190)) as office:
        office.ask()
        office.at(NOW + timedelta(hours=1), office.approve)
        office.stack.advance(hours=2)
        assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})
        assert office.run(RESERVATION_REQUESTS).status == "FAILED"
        office.stack.run_until_idle()  # the run that keeps the time finds the answer
        assert (office.status(), office.outcomes(REQUEST_EXPIRATION)) == ("approved", ["already_approved"])


@pytest.mark.parametrize("minutes", [1, 3, 8, 12])
def test_a_rate_limit_that_lasts_over_the_end_does_not_hold_it_up(minutes: int) -> None:
    with requests_stack(faults=faults(code=130429)) as office:
        office.ask(expires_at=NOW + timedelta(minutes=minutes))
        office.stack.run_until_idle()
        closed = office.rows_of_bookings.request()
        assert closed is not None
        late = closed.updated_at - closed.expires_at
        assert (closed.status.value, late <= AT_MOST) == ("expired", True), late
        assert QUESTION not in [template for template, _ in office.sent()]


def test_a_wait_whatsapp_asks_for_that_is_longer_than_the_request_lives_gives_the_question_up() -> None:
    with requests_stack(faults=faults(code=131049)) as office:  # not before tomorrow
        office.ask(expires_at=NOW + timedelta(hours=2))
        office.stack.run_until_idle()
        assert office.told()["request_doctor"] == "failed"
        assert office.recipients()[-1] == ("request_expired_doctor", DOCTOR)


def test_a_patient_who_can_not_be_told_that_the_slot_is_gone_is_recorded() -> None:
    notice = "request#q-2#v000001#request_declined"
    with requests_stack(faults={"whatsapp": [{"intent": notice, "status": 500}]}) as office:
        office.ask("q-1")
        office.ask("q-2")
        office.stack.advance(hours=25)
        (row,) = office.notices("q-2")
        assert (row["status"], row["reason"]) == ("failed", "retries_exhausted:MessengerUnavailableError")
        assert office.runs(RESERVATION_REQUESTS)[1].status == "SUCCEEDED"

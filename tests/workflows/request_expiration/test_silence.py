"""Nobody answers: within five minutes the request ends, its slot is free, and both are told."""

from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.workflows import REQUEST_EXPIRATION, RESERVATION_REQUESTS
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

AT_MOST = timedelta(minutes=5)


def statistics(office: RequestsStack) -> list[dict[str, Any]]:
    """What was counted, as text."""
    return [
        {name: next(iter(value.values())) for name, value in item.items() if name != "values"}
        for item in office.stack.items("StatisticsTable")
    ]


def test_both_are_told_and_the_slot_is_free(office: RequestsStack) -> None:
    office.ask()
    office.stack.run_until_idle()
    assert office.recipients() == [
        (QUESTION, DOCTOR),
        ("request_expired_patient", PATIENT),
        ("request_expired_doctor", DOCTOR),
    ]
    assert (office.status(), office.places()) == ("expired", {})
    assert office.run(REQUEST_EXPIRATION).output == {
        "requestId": "q-1",
        "outcome": "expired",
        "slotReleased": True,
        "patientNotified": True,
        "doctorNotified": True,
        "expirationHandled": True,
    }
    assert office.run(RESERVATION_REQUESTS).output["expiryAnnounced"] is True


def test_it_takes_less_than_five_minutes(office: RequestsStack) -> None:
    expiries = [
        NOW + timedelta(seconds=1),
        NOW + timedelta(minutes=7),
        TIME_IS_UP,
        datetime.fromisoformat("2026-12-01T23:59:59+00:00"),
    ]
    for number, expires_at in enumerate(expiries):
        each = slot(SLOT.start + timedelta(hours=number))
        office.rows_of_bookings.put_slot(each)
        office.ask(f"q-{number}", expires_at, slotId=each.slot_id)
    office.stack.run_until_idle()
    for number, expires_at in enumerate(expiries):
        closed = office.rows_of_bookings.request(f"q-{number}")
        assert closed is not None
        assert (closed.status.value, closed.expires_at) == ("expired", expires_at)
        assert timedelta(0) <= closed.updated_at - expires_at <= AT_MOST
        told = [message.at for message in office.messages if f"#q-{number}#" in str(message.intent_id)][1:]
        assert len(told) == 2
        assert all(at - expires_at <= AT_MOST for at in told)


def test_forty_that_end_at_one_instant_all_end_in_time() -> None:
    with requests_stack(concurrent=True) as office:
        for number in range(40):
            each = slot(SLOT.start + timedelta(hours=number))
            office.rows_of_bookings.put_slot(each)
            office.ask(f"q-{number}", slotId=each.slot_id, patientPhone=f"+5255000001{number:02}")
        office.stack.run_until_idle()
        for number in range(40):
            closed = office.rows_of_bookings.request(f"q-{number}")
            assert closed is not None
            assert closed.status.value == "expired"
            assert closed.updated_at - TIME_IS_UP <= AT_MOST
        assert office.stack.most_at_once[REQUEST_EXPIRATION.name] <= REQUEST_EXPIRATION.concurrency
        assert len(office.messages) == 40 * 3


def test_it_is_counted(office: RequestsStack) -> None:
    office.ask()
    office.stack.run_until_idle()
    (row,) = statistics(office)
    assert (row["day"], row["entry"]) == ("2026-11-24", "request_expired#q-1")


def test_the_next_patient_may_ask(office: RequestsStack) -> None:
    office.ask()
    later = TIME_IS_UP + timedelta(minutes=5)
    office.at(later, lambda: office.ask("q-2", later + timedelta(hours=1)))
    office.stack.run_until(later + timedelta(minutes=1))
    assert office.places() == {"q-2": "pending"}

"""I8: each way in which a cancellation can come to nothing, unsaid, is found."""

from dataclasses import replace
from typing import Any

import pytest

from console.audit.events import check_events
from console.audit.evidence import Evidence
from console.output.rows import FailedEventRow
from tests.console.audit.bookings import NINE, cancelled, request, reservation
from tests.console.audit.evidence import BOOKED, calm, intent, publication, run

TOLD = {"kind": "cancellation", "subject": "reservation#r-2"}


def evidence(
    *, status: str = "SUCCEEDED", name: str = "r-2", detail: dict[str, Any] | None = None, **rows: Any
) -> Evidence:
    """Somebody cancels what they call so, and a run ends so; r-2 is asked for by q-1."""
    said = {"reservationId": name, **(detail or {})}
    ended = run(workflow="appointment-cancellation", reservation_id=name, status=status)
    event = publication(detail_type="reservation/cancelled", detail=said, at=BOOKED)
    listed = FailedEventRow(line=1, event_id="e-1", detail_type="", where="execution", reason="why")
    base = calm(executions=[ended], publications=[event], messages=[], events_failed=[listed])
    asked = request("q-1", reservation_id="r-2", status="withdrawn", closed_because="reservation_cancelled")
    told = intent().model_copy(update=TOLD)
    changes: dict[str, Any] = {"requests": [asked], "messages": [told], **rows}
    return replace(base, **changes)


def breaches(found: Evidence) -> list[tuple[list[str], str]]:
    return [(violation.ids, violation.detail) for violation in check_events(found).violations]


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_request_that_was_withdrawn_and_whose_patient_is_told_holds(name: str) -> None:
    assert breaches(evidence(name=name)) == []


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_request_that_still_waits_is_found(name: str) -> None:
    waits = request("q-1", reservation_id="r-2")
    expected = [(["q-1"], "its cancellation ended well, and the request still waits")]
    assert breaches(evidence(name=name, requests=[waits])) == expected


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_reservation_that_still_stands_is_found(name: str) -> None:
    stands = reservation("r-2", NINE)
    approved = request("q-1", reservation_id="r-2", status="approved")
    expected = [(["r-2"], "its cancellation ended well, and it still stands")]
    assert breaches(evidence(name=name, requests=[approved], reservations=[stands])) == expected
    has_moved = stands.model_copy(update={"version": 2})
    has_begun = stands.model_copy(update={"appointment_time": BOOKED})
    for excused in (has_moved, has_begun):
        assert breaches(evidence(name=name, requests=[approved], reservations=[excused])) == []


def test_a_cancellation_of_nothing_that_ended_well_is_found_and_one_that_failed_is_not() -> None:
    expected = [(["r-9"], "its cancellation ended well, and nothing is known of it")]
    assert breaches(evidence(name="r-9")) == expected
    assert breaches(evidence(name="r-9", status="FAILED")) == []


def test_a_withdrawn_request_whose_patient_is_told_nothing_is_found() -> None:
    expected = [(["reservation#r-2"], "its request was withdrawn, and the patient is told nothing")]
    assert breaches(evidence(messages=[])) == expected


@pytest.mark.parametrize(("amount", "is_lost"), [("500.00", True), ("0", False), ("much", False)])
def test_a_withdrawn_requests_refund_that_is_kept_nowhere_is_found(amount: str, is_lost: bool) -> None:
    lost = [(["r-2"], "its request was withdrawn, and its refund is kept nowhere")] if is_lost else []
    asking = {"refundAmount": amount}
    assert breaches(evidence(detail=asking)) == lost
    kept = cancelled().model_copy(update={"reservation_id": "r-2"})
    assert breaches(evidence(detail=asking, reservations=[kept])) == []


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_cancellation_that_failed_though_its_request_is_known_is_found(name: str) -> None:
    left = cancelled(status="unsettled").model_copy(update={"reservation_id": name, "is_placeholder": True})
    expired = request("q-1", reservation_id="r-2", status="expired")
    rows: dict[str, Any] = {"status": "FAILED", "requests": [expired]}
    expected = [([name, "q-1"], "cancelled, and its request never knew: nobody was told")]
    assert breaches(evidence(name=name, reservations=[left], **rows)) == expected
    led_on = left.model_copy(update={"rescheduled_to": "r-2"})
    assert breaches(evidence(name=name, reservations=[led_on], **rows)) == []


def test_a_request_of_that_name_is_not_another_patients() -> None:
    left = cancelled(status="unsettled").model_copy(update={"reservation_id": "q-1", "is_placeholder": True})
    another = {"patientPhone": "+525500000077"}
    assert breaches(evidence(name="q-1", status="FAILED", detail=another, reservations=[left])) == []


def test_a_doctor_who_is_told_of_a_requests_end_without_ever_being_asked_is_found() -> None:
    patient, doctor = (
        intent().model_copy(update=TOLD | {"kind": kind}) for kind in ("cancellation", "cancellation_doctor")
    )
    expected = [(["reservation#r-2"], "a doctor is told that a request ended who was never asked")]
    assert breaches(evidence(messages=[patient, doctor])) == expected
    question = {"kind": "request_doctor", "subject": "request#q-1"}
    asked, unasked = (intent().model_copy(update=question | {"status": it}) for it in ("sent", "skipped"))
    assert breaches(evidence(messages=[patient, doctor, asked])) == []
    assert breaches(evidence(messages=[patient, doctor, unasked])) == expected

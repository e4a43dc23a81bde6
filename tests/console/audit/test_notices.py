"""I4, of what others than the reminders say: notices, and messages after a cancellation."""

from datetime import timedelta
from typing import Any

import pytest

from console.audit.evidence import Evidence
from console.audit.intents import check_intents
from console.output.bookings import RequestRow, ReservationRow
from console.output.rows import MessageRow
from tests.console.audit.evidence import BOOKED, DUE, VISIT, calm, delivery, intent, run

CANCELLED = VISIT - timedelta(hours=20)


def notice(kind: str = "cancellation", subject: str = "reservation#r-1", **changes: Any) -> MessageRow:
    row = {
        "intent_id": f"{subject}#v000001#{kind}",
        "subject": subject,
        "kind": kind,
        "to": "+525500000011",
        "due_at": CANCELLED,
        "useful_until": CANCELLED + timedelta(days=1),
        "created_at": CANCELLED,
        "sent_at": None,
        "status": "failed",
        "reason": "whatsapp:131026",
    }
    return intent().model_copy(update=row | changes)


def reservation(**changes: Any) -> ReservationRow:
    row = {
        "reservation_id": "r-1",
        "status": "cancelled",
        "version": 1,
        "appointment_time": VISIT,
        "cancellation": {"at": CANCELLED},
    }
    return ReservationRow.model_validate(row | changes)


def request(status: str) -> RequestRow:
    return RequestRow(request_id="q-1", status=status, reservation_id="r-9", expires_at=BOOKED)


def cancelled_in_time(*more: MessageRow, **changes: Any) -> Evidence:
    """Confirmed, reminded a day before, then cancelled."""
    rows = [
        intent(),
        intent("reminder_24h"),
        intent("reminder_2h", status="skipped", reason="reservation_cancelled"),
    ]
    sent = [delivery(), delivery("reminder_24h")]
    base = {"messages": [*rows, *more], "deliveries": sent, "reservations": [reservation()]}
    return calm(**(base | changes))


def breaches(evidence: Evidence) -> list[tuple[list[str], str]]:
    return [(violation.ids, violation.detail) for violation in check_intents(evidence).violations]


def test_a_cancellation_of_which_the_patient_is_told_holds() -> None:
    assert breaches(cancelled_in_time(notice())) == []


def test_a_cancellation_that_nobody_is_told_of_is_found() -> None:
    assert breaches(cancelled_in_time()) == [
        (["reservation#r-1"], "nobody was told: no cancellation was planned")
    ]


@pytest.mark.parametrize("kind", ["cancellation", "refund_made"])
def test_a_refund_is_named_to_the_patient_exactly_where_it_is_made(kind: str) -> None:
    def told(amount: str, status: str) -> list[tuple[list[str], str]]:
        refund = {"amount": "500.00", "currency": "MXN", "status": status}
        row = reservation(cancellation={"at": CANCELLED, "refund": refund})
        later = notice(kind, parameters={"refund_amount": amount})
        first = [notice(parameters={"refund_amount": "No aplica"})] if kind != "cancellation" else []
        return breaches(cancelled_in_time(*first, later, reservations=[row]))

    subject = ["reservation#r-1"]
    assert told("$500.00", "made") == []
    assert told("No aplica", "made") == [(subject, "its refund is made, and no message names it")]
    assert told("$500.00", "refused") == [(subject, "a message names a refund that was not made")]
    assert told("No aplica", "unsettled") == []


def test_a_refund_is_told_with_the_cancellation_or_by_itself_and_not_both_ways() -> None:
    refund = {"amount": "500.00", "currency": "MXN", "status": "made"}
    row = reservation(cancellation={"at": CANCELLED, "refund": refund})

    def told(first: str, **second: Any) -> list[tuple[list[str], str]]:
        cancelled = notice(parameters={"refund_amount": first}, status="sent")
        later = notice("refund_made", parameters={"refund_amount": "$500.00"}, **second)
        return [
            b for b in breaches(cancelled_in_time(cancelled, later, reservations=[row])) if "refund" in b[1]
        ]

    skipped = {"status": "skipped", "reason": "told_with_cancellation"}
    sent = {"status": "sent"}
    assert told("$500.00", **skipped) == told("No aplica", **sent) == []
    assert [detail for _, detail in told("No aplica", **skipped)] == [
        "its refund is made, and no message names it"
    ]
    assert [detail for _, detail in told("$500.00", **sent)] == ["told of its refund twice"]


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
def test_what_a_run_may_yet_say_is_no_breach(status: str) -> None:
    assert breaches(cancelled_in_time(executions=[run(status=status)])) == []


def test_nobody_is_told_of_a_visit_that_was_over_or_never_booked() -> None:
    over = reservation(cancellation={"at": VISIT})
    never = reservation(is_placeholder=True)

    for row in (over, never):
        assert breaches(cancelled_in_time(reservations=[row])) == []


@pytest.mark.parametrize(
    ("status", "kind"), [("declined", "request_declined"), ("expired", "request_expired")]
)
def test_a_request_of_whose_end_the_patient_is_not_told_is_found(status: str, kind: str) -> None:
    evidence = calm(requests=[request(status)])

    assert breaches(evidence) == [(["request#q-1"], f"nobody was told: no {kind} was planned")]
    told = calm(requests=[request(status)], messages=[*calm().messages, notice(kind, "request#q-1")])
    assert breaches(told) == []


@pytest.mark.parametrize("status", ["pending", "approved", "withdrawn"])
def test_of_other_requests_the_patient_need_not_be_told(status: str) -> None:
    assert breaches(calm(requests=[request(status)])) == []


def test_a_move_that_the_patient_is_not_told_of_is_found() -> None:
    moved = reservation(status="confirmed", cancellation=None, opening="rescheduling")

    assert breaches(calm(reservations=[moved])) == [
        (["reservation#r-1"], "nobody was told: no rescheduling was planned")
    ]


def test_a_message_of_a_move_is_as_good_as_a_confirmation() -> None:
    moved = reservation(status="confirmed", cancellation=None, opening="rescheduling")
    opening = intent().model_copy(
        update={"kind": "rescheduling", "intent_id": "reservation#r-1#v000001#rescheduling"}
    )
    evidence = calm(
        reservations=[moved],
        messages=[opening, intent("reminder_24h"), intent("reminder_2h")],
        deliveries=[
            delivery(intent_id=opening.intent_id),
            delivery("reminder_24h"),
            delivery("reminder_2h"),
        ],
    )

    assert breaches(evidence) == []


def test_a_reminder_after_the_cancellation_is_found() -> None:
    rows = [intent(kind) for kind in DUE]
    evidence = cancelled_in_time(messages=[*rows, notice()], deliveries=[delivery(kind) for kind in DUE])

    assert breaches(evidence) == [
        (
            ["reservation#r-1#v000001#reminder_2h"],
            "sent 2026-11-30T14:00:00Z, after the appointment was cancelled (2026-11-29T20:00:00Z)",
        )
    ]


def test_a_notice_may_come_after_the_visit_but_not_when_it_is_of_no_more_use() -> None:
    until = VISIT + timedelta(hours=4)
    late = notice("cancellation_doctor", status="sent", useful_until=until)

    def sent(at: Any) -> Evidence:
        its = delivery(intent_id=late.intent_id, at=at, to="+525500000011")
        return cancelled_in_time(notice(), late, deliveries=[delivery(), delivery("reminder_24h"), its])

    assert breaches(sent(VISIT + timedelta(hours=1))) == []
    assert breaches(sent(until)) == [
        ([late.intent_id], "sent 2026-11-30T20:00:00Z, when it was of no more use (2026-11-30T20:00:00Z)")
    ]


def test_a_notice_is_true_whatever_version_comes_after_it() -> None:
    old = notice("rescheduling_refused", status="sent", created_at=BOOKED)
    newer = intent("reminder_24h", version=2, status="skipped", created_at=BOOKED)
    evidence = calm(
        messages=[old, newer],
        deliveries=[delivery(intent_id=old.intent_id, at=CANCELLED, to="+525500000011")],
    )

    assert breaches(evidence) == []


def test_a_notice_that_waits_for_a_run_of_its_request_is_open() -> None:
    waiting = notice("request_doctor", "request#q-1", status="planned", reason=None, reservation_id="r-9")
    about = run(workflow="reservation-requests", status="RUNNING", request_id="q-1", reservation_id=None)

    assert check_intents(calm(messages=[waiting], deliveries=[], executions=[about])).open == [
        waiting.intent_id
    ]
    assert [ids for ids, _ in breaches(calm(messages=[waiting], deliveries=[]))][-1:] == [[waiting.intent_id]]

"""I4: each fabricated breach is found, and a calm run passes."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.audit.evidence import Evidence
from console.audit.intents import check_intents
from console.output.bookings import ReservationRow
from console.output.rows import MessageRow
from tests.console.audit.evidence import BOOKED, DUE, VISIT, calm, delivery, intent, run

CONFIRMATION, DAY_BEFORE = "reservation#r-1#v000001#confirmation", "reservation#r-1#v000001#reminder_24h"
SECOND = timedelta(seconds=1)
KINDS = list(DUE)


def with_intent(kind: str, **changes: Any) -> list[MessageRow]:
    return [intent(k, **(changes if k == kind else {})) for k in KINDS]


def breach(evidence: Evidence) -> tuple[list[str], str]:
    """The one violation that is found."""
    violations = check_intents(evidence).violations
    assert len(violations) == 1, violations
    return violations[0].ids, violations[0].detail


def test_a_calm_run_holds() -> None:
    findings = check_intents(calm())

    assert (findings.violations, findings.open, findings.checked) == ([], [], 6)


def test_a_run_that_ended_well_and_planned_nothing_is_found_unless_the_appointment_is_off() -> None:
    booked = ReservationRow(reservation_id="r-1", status="confirmed", version=1, appointment_time=VISIT)
    nothing = calm(messages=[], deliveries=[], reservations=[booked])
    cancelled = calm(
        messages=[], deliveries=[], reservations=[booked.model_copy(update={"status": "cancelled"})]
    )

    assert breach(nothing) == (["reservation#r-1"], "its run ended well, but no message was planned")
    assert check_intents(cancelled).violations == []


def test_nothing_at_all_holds() -> None:
    assert check_intents(Evidence(end=VISIT, complete=True)).violations == []


@pytest.mark.parametrize("status", ["planned", "sending"])
def test_an_intent_that_is_not_settled_at_the_end_is_found(status: str) -> None:
    evidence = calm(
        messages=with_intent("reminder_24h", status=status, reason=None, sent_at=None),
        deliveries=[delivery("confirmation"), delivery("reminder_2h")],
    )

    ids, detail = breach(evidence)

    assert ids == [DAY_BEFORE]
    assert detail == f"still {status}, due 2026-11-29T16:00:00Z"


def test_a_planned_intent_is_open_when_the_run_was_cut_short_before_it_was_due() -> None:
    evidence = calm(
        end=DUE["reminder_24h"] - SECOND,
        complete=False,
        messages=[intent("confirmation"), intent("reminder_24h", status="planned", reason=None)],
        deliveries=[delivery("confirmation")],
    )

    findings = check_intents(evidence)

    assert (findings.violations, findings.open) == ([], [DAY_BEFORE])


def test_an_overdue_intent_is_found_in_a_run_cut_short_unless_its_run_is_still_at_it() -> None:
    overdue = calm(
        end=DUE["reminder_24h"] + SECOND,
        complete=False,
        messages=[intent("reminder_24h", status="planned", reason=None)],
        deliveries=[],
    )
    retrying = Evidence(**(vars(overdue) | {"executions": [run(status="RUNNING", stopped_at=None)]}))

    assert breach(overdue)[0] == [DAY_BEFORE]
    assert check_intents(retrying).open == [DAY_BEFORE]


def test_an_intent_whose_run_failed_is_found_and_says_so() -> None:
    evidence = calm(
        messages=[intent("reminder_24h", status="planned", reason=None)],
        deliveries=[],
        executions=[run(status="FAILED", error="MessengerAccountError")],
    )

    assert breach(evidence) == ([DAY_BEFORE], "still planned, due 2026-11-29T16:00:00Z; its run failed")


def test_an_unknown_outcome_is_open_while_somebody_may_settle_it_and_a_breach_afterwards() -> None:
    messages = with_intent("reminder_24h", status="unknown", sent_at=None)

    for deliveries in (calm().deliveries, [delivery("confirmation"), delivery("reminder_2h")]):
        cut_short = check_intents(calm(messages=messages, deliveries=deliveries, complete=False))
        assert (cut_short.violations, cut_short.open) == ([], [DAY_BEFORE])
        assert breach(calm(messages=messages, deliveries=deliveries)) == (
            [DAY_BEFORE],
            "nobody has settled what became of it",
        )


@pytest.mark.parametrize("status", ["sent", "failed", "skipped", "superseded"])
def test_an_end_without_a_reason_is_found(status: str) -> None:
    evidence = calm(
        messages=[intent("reminder_24h", status=status, reason=None)],
        deliveries=[delivery("reminder_24h")] if status == "sent" else [],
    )

    assert breach(evidence) == ([DAY_BEFORE], f"{status} without a reason")


def test_a_status_nobody_knows_is_found() -> None:
    evidence = calm(messages=[intent(status="perhaps")], deliveries=[])

    assert breach(evidence) == ([CONFIRMATION], "'perhaps' is no status of an intent")


def test_a_message_before_it_was_due_is_found() -> None:
    evidence = calm(
        deliveries=[delivery(kind, at=DUE[kind] - SECOND * (kind == "reminder_24h")) for kind in KINDS]
    )

    ids, detail = breach(evidence)

    assert ids == [DAY_BEFORE]
    assert "before it was due (2026-11-29T16:00:00Z)" in detail


def test_a_message_that_came_when_it_was_of_no_more_use_is_found() -> None:
    until = DUE["reminder_24h"] + timedelta(hours=1)
    evidence = calm(
        messages=with_intent("reminder_24h", useful_until=until),
        deliveries=[delivery(kind, at=until if kind == "reminder_24h" else DUE[kind]) for kind in KINDS],
    )

    assert "of no more use" in breach(evidence)[1]


@pytest.mark.parametrize("useful_until", [None, VISIT + timedelta(days=1)])
def test_a_reminder_after_the_visit_began_is_found_even_if_the_ledger_allows_it(useful_until: object) -> None:
    evidence = calm(
        messages=with_intent("reminder_2h", useful_until=useful_until),
        deliveries=[delivery(kind, at=VISIT if kind == "reminder_2h" else DUE[kind]) for kind in KINDS],
    )

    assert "after the visit began" in breach(evidence)[1]


def test_two_messages_for_one_intent_are_found() -> None:
    evidence = calm(deliveries=[*calm().deliveries, delivery("reminder_24h", message_id="wamid.again")])

    assert breach(evidence) == ([DAY_BEFORE], "sent 2 times")


def test_two_messages_for_one_subject_kind_and_version_are_found() -> None:
    twin = f"{CONFIRMATION}~2"
    evidence = calm(
        messages=[*calm().messages, intent(intent_id=twin)],
        deliveries=[*calm().deliveries, delivery(intent_id=twin)],
    )

    assert breach(evidence) == ([CONFIRMATION, twin], "several messages for one subject, kind and version")


def test_the_same_message_again_for_an_appointment_that_had_not_moved_is_found() -> None:
    evidence = calm(
        messages=[intent(), intent(version=2, created_at=BOOKED)],
        deliveries=[delivery(), delivery(version=2)],
    )

    ids, detail = breach(evidence)

    assert ids == [CONFIRMATION, "reservation#r-1#v000002#confirmation"]
    assert "had not moved" in detail


def test_a_moved_appointment_is_confirmed_again_without_a_breach() -> None:
    moved, later = VISIT + timedelta(days=1), BOOKED + timedelta(hours=1)
    again = intent(version=2, appointment_time=moved, useful_until=moved, due_at=later, sent_at=later)
    evidence = calm(
        messages=[intent(), again.model_copy(update={"created_at": later})],
        deliveries=[delivery(), delivery(version=2, at=later)],
    )

    assert check_intents(evidence).violations == []


def test_a_message_of_an_old_version_after_the_new_one_took_its_place_is_found() -> None:
    later = BOOKED + timedelta(hours=1)
    newer = intent(
        "reminder_24h", version=2, status="planned", created_at=later, appointment_time=VISIT + SECOND
    )
    evidence = calm(messages=[*calm().messages, newer], complete=False, end=BOOKED)

    violations = check_intents(evidence).violations

    assert [violation.ids for violation in violations] == [
        [DAY_BEFORE],
        ["reservation#r-1#v000001#reminder_2h"],
    ]
    assert "after a newer version took its place (2026-11-21T17:00:00Z)" in violations[0].detail


def test_a_message_without_an_intent_in_the_ledger_is_found() -> None:
    evidence = calm(
        deliveries=[*calm().deliveries, delivery(intent_id="reservation#r-9#v000001#confirmation")]
    )

    assert "the ledger does not have" in breach(evidence)[1]


def test_a_message_that_carries_no_intent_is_found() -> None:
    evidence = calm(deliveries=[*calm().deliveries, delivery(intent_id=None, message_id="wamid.x")])

    assert breach(evidence) == (["wamid.x"], "WhatsApp accepted a message that carries no intent")


def test_an_intent_the_ledger_calls_sent_and_whatsapp_never_saw_is_found() -> None:
    evidence = calm(deliveries=[delivery("confirmation"), delivery("reminder_2h")])

    assert breach(evidence) == ([DAY_BEFORE], "sent says the ledger, but WhatsApp never accepted it")


@pytest.mark.parametrize("status", ["failed", "skipped", "superseded"])
def test_an_intent_whatsapp_accepted_and_the_ledger_calls_otherwise_is_found(status: str) -> None:
    evidence = calm(messages=with_intent("reminder_24h", status=status))

    assert breach(evidence) == ([DAY_BEFORE], f"WhatsApp accepted it, but the ledger says {status}")


def test_another_number_or_template_than_the_intents_is_found() -> None:
    other_number = calm(messages=with_intent("reminder_24h", to="+525500000009"))
    other_template = calm(messages=with_intent("reminder_24h", template="appointment_reminder_2h"))

    assert breach(other_number) == ([DAY_BEFORE], "sent to another number than the intent's")
    assert breach(other_template) == ([DAY_BEFORE], "sent with another template than the intent's")
    other_language = calm(messages=with_intent("reminder_24h", language="en_US"))
    assert breach(other_language) == ([DAY_BEFORE], "sent in another language than the intent's")


@settings(deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    shift=st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30)),
)
def test_a_message_is_in_time_exactly_from_its_due_instant_until_the_visit(
    kind: str, shift: timedelta
) -> None:
    evidence = calm(messages=[intent(kind)], deliveries=[delivery(kind, at=DUE[kind] + shift)])

    in_time = timedelta(0) <= shift < VISIT - DUE[kind]
    assert (check_intents(evidence).violations == []) is in_time


@settings(deadline=None)
@given(
    sent=st.lists(st.sampled_from(KINDS), max_size=6),
    statuses=st.lists(st.sampled_from(["sent", "skipped"]), min_size=3, max_size=3),
)
def test_the_ledger_and_whatsapp_agree_exactly_when_nothing_is_found(
    sent: list[str], statuses: list[str]
) -> None:
    evidence = calm(
        messages=[intent(kind, status=status) for kind, status in zip(KINDS, statuses, strict=True)],
        deliveries=[delivery(kind) for kind in sent],
    )

    expected = [kind for kind, status in zip(KINDS, statuses, strict=True) if status == "sent"]
    assert (check_intents(evidence).violations == []) is (sorted(sent) == sorted(expected))

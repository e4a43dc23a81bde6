"""Metrics of messages: each thing that becomes of one is counted once, whoever records it."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.contracts.metrics import (
    MESSAGES_DELIVERED,
    MESSAGES_FAILED,
    MESSAGES_SENT,
    MESSAGES_UNREACHABLE,
    PATIENTS_NOT_TOLD,
    REMINDERS_DELIVERED,
    REMINDERS_FAILED,
    REMINDERS_SENT,
)
from clinic.domain.errors import (
    CitasError,
    ConcurrentChangeError,
    MessengerOutcomeUnknownError,
    MessengerUnavailableError,
    RecipientUnreachableError,
)
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.messages.message_counts import count_change
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import gate_on
from tests.fakes.messages.receipt_desk import ReceiptDesk, receipt_desk
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.rows import intent
from tests.fakes.workflow_ports import MemoryMeter
from tests.properties.messages.stand_ins import InterruptedLedger

SENT = intent(status=IntentStatus.SENT, reason="accepted", message_id="wamid.1", sent_at=NOW)
UNKNOWN = intent(status=IntentStatus.UNKNOWN, reason="no_answer_after_request", attempts=1)
OF_24H = {"type": "24h"}

Counts = list[tuple[str, float, dict[str, str]]]


def heard(planned: Intent, *words: str, code: int | None = None) -> Counts:
    """What is counted of a message about which these words come, in this order."""
    with receipt_desk("memory") as desk:
        desk.plan(planned)
        for word in words:
            desk.hear(word, of=planned, code=code if word == "failed" else None)
        return desk.meter.added


def delivery_at(desk: ReceiptDesk, *script: CitasError) -> MessageDelivery:
    return MessageDelivery(desk.booking_store.ledger, ScriptedMessenger(list(script)), gate_on(), desk.meter)


def sent(desk: ReceiptDesk, *script: CitasError) -> None:
    planned = desk.intent()
    delivery = delivery_at(desk, *script)
    with suppress(MessengerUnavailableError):
        delivery.deliver(planned.id, planned.due_at, f"claim-{planned.attempts}")


def counted(planned: Intent, *script: CitasError) -> Counts:
    """What is counted of a message whose request to WhatsApp ends so."""
    with receipt_desk("memory") as desk:
        desk.plan(planned)
        sent(desk, *script)
        return desk.meter.added


DELIVERED: Counts = [(MESSAGES_DELIVERED.name, 1, {}), (REMINDERS_DELIVERED.name, 1, OF_24H)]
ACCEPTED: Counts = [(MESSAGES_SENT.name, 1, {}), (REMINDERS_SENT.name, 1, OF_24H)]
FAILED: Counts = [(MESSAGES_FAILED.name, 1, {}), (REMINDERS_FAILED.name, 1, OF_24H)]
UNREACHABLE: Counts = [(MESSAGES_UNREACHABLE.name, 1, {})]


@pytest.mark.parametrize("words", [["delivered"], ["read"], ["delivered", "read"], ["read", "delivered"]])
def test_a_message_is_delivered_once_however_often_its_phone_tells(words: list[str]) -> None:
    assert heard(SENT, *words, *words) == DELIVERED


def test_a_word_that_first_tells_of_an_acceptance_counts_as_sent() -> None:
    assert heard(UNKNOWN, "sent", "sent", "delivered") == [*ACCEPTED, *DELIVERED]
    assert heard(SENT, "sent") == []


def test_a_failure_that_whatsapp_tells_later_is_counted_once() -> None:
    assert heard(SENT, "failed", "failed", code=131031) == FAILED


def test_a_person_who_cannot_be_reached_is_no_failure() -> None:
    assert heard(SENT, "failed", "failed", code=131026) == UNREACHABLE


def test_a_message_that_failed_and_arrived_all_the_same_is_not_sent_twice() -> None:
    assert heard(SENT, "failed", "delivered", code=131031) == [*FAILED, *DELIVERED]


def test_a_notice_is_no_reminder() -> None:
    confirmation = replace(SENT, id=IntentId("reservation#r-17", 1, "confirmation"))
    assert heard(confirmation, "delivered") == DELIVERED[:1]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([], ACCEPTED),
        ([RecipientUnreachableError("x", 131026)], UNREACHABLE),
        ([RecipientUnreachableError("x", None)], FAILED),
        ([MessengerOutcomeUnknownError("x")], []),
        ([MessengerUnavailableError("x")], []),
    ],
    ids=["accepted", "unreachable", "refused", "unknown", "not now"],
)
def test_the_sending_step_counts_what_its_request_came_to(script: list[CitasError], expected: Counts) -> None:
    assert counted(intent(), *script) == expected


@pytest.mark.parametrize("planned", [intent(), UNKNOWN], ids=["never accepted", "outcome unknown"])
def test_what_the_sending_step_gives_up_on_is_counted_once(planned: Intent) -> None:
    with receipt_desk("memory") as desk:
        desk.plan(planned)
        for _ in range(2):
            delivery_at(desk).record_failure(planned.id, "StoreUnavailableError", planned.useful_until)
        assert desk.meter.added == FAILED


def test_what_ends_because_its_outcome_stays_unknown_is_counted_once() -> None:
    with receipt_desk("memory") as desk:
        desk.plan(UNKNOWN)
        for _ in range(2):
            delivery_at(desk).deliver(UNKNOWN.id, UNKNOWN.useful_until, "claim-late")
        assert desk.meter.added == FAILED


def test_what_somebody_else_has_written_meanwhile_is_counted_by_them_alone() -> None:
    with receipt_desk("memory") as desk:
        desk.plan(intent())
        ledger = InterruptedLedger(
            desk.booking_store.ledger, lambda: desk.plan(replace(intent(), attempts=1))
        )
        delivery = MessageDelivery(ledger, ScriptedMessenger(), gate_on(), desk.meter)
        with pytest.raises(ConcurrentChangeError):
            delivery.record_failure(intent().id, "StoreUnavailableError", intent().useful_until)
        assert desk.meter.added == []


@pytest.mark.parametrize(
    ("kind", "status", "reason", "is_counted"),
    [
        ("cancellation", IntentStatus.SKIPPED, Reason.OPTED_OUT, True),
        ("cancellation", IntentStatus.FAILED, "whatsapp:131026", True),
        ("rescheduling", IntentStatus.SKIPPED, Reason.OPTED_OUT, True),
        ("rescheduling", IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED, False),
        ("request_expired", IntentStatus.SKIPPED, Reason.OPTED_OUT, True),
        ("cancellation", IntentStatus.SENT, Reason.ACCEPTED, False),
        ("cancellation_doctor", IntentStatus.SKIPPED, Reason.OPTED_OUT, False),
        ("reminder_2h", IntentStatus.SKIPPED, Reason.OPTED_OUT, False),
    ],
)
def test_a_patient_who_does_not_get_what_they_must_know_is_counted_once(
    kind: str, status: IntentStatus, reason: str, *, is_counted: bool
) -> None:
    meter = MemoryMeter()
    before = replace(intent(), id=IntentId("reservation#r-17", 1, kind))
    after = replace(before, status=status, reason=reason)
    count_change(meter, before, after)
    count_change(meter, after, after)
    assert meter.total(PATIENTS_NOT_TOLD) == int(is_counted)


def test_what_is_skipped_is_neither_sent_nor_failed() -> None:
    late = intent(useful_until=intent().due_at - timedelta(minutes=1))
    assert counted(late) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reminder_2h", "2h"),
        ("follow_up_1week", "follow_up_1week"),
        ("dose_20261130T1400Z", "dose"),
        ("confirmation", None),
        ("cancellation", None),
    ],
)
def test_the_type_of_a_reminder_has_few_values_and_no_instant(kind: str, expected: str | None) -> None:
    assert IntentId("reservation#r-17", 1, kind).reminder_type == expected

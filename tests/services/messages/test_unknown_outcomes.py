"""An unknown outcome is waited for, settled by WhatsApp's word, or sent again; on both ledgers."""

from datetime import datetime, timedelta

import pytest

from clinic.domain.errors import CitasError, MessengerOutcomeUnknownError, MessengerUnavailableError
from clinic.domain.messages.intent import (
    CLAIM_LEASE,
    UNKNOWN_OUTCOME_WAIT,
    Intent,
    IntentId,
    IntentStatus,
    Reason,
)
from clinic.services.messages.delivery import Ledger, MessageDelivery
from clinic.services.ports import Outcome
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ProcessDied, ScriptedMessenger
from tests.fakes.workflow_ports import MemoryMeter

REMINDER_24H = IntentId("reservation#r-17", 1, "reminder_24h")
DUE = IN_NINE_DAYS - timedelta(hours=24)
USEFUL_UNTIL = IN_NINE_DAYS - timedelta(hours=2)
NO_ANSWER = MessengerOutcomeUnknownError("x")


@pytest.fixture
def messenger() -> ScriptedMessenger:
    return ScriptedMessenger()


@pytest.fixture
def delivery(ledger: Ledger, booking_store: BookingStore, messenger: ScriptedMessenger) -> MessageDelivery:
    planning_on(booking_store).plan(event(), RUN, NOW)
    return MessageDelivery(ledger, messenger, gate_on(), MemoryMeter())


def row(ledger: Ledger) -> Intent:
    intent = ledger.intent(REMINDER_24H)
    assert intent is not None
    return intent


def test_no_answer_is_waited_for_and_not_blindly_sent_again(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [NO_ANSWER]
    first = delivery.deliver(REMINDER_24H, DUE, "claim-1")
    assert first.retry_at == DUE + UNKNOWN_OUTCOME_WAIT
    again = delivery.deliver(REMINDER_24H, DUE + UNKNOWN_OUTCOME_WAIT - timedelta(seconds=1), "claim-2")
    assert again.retry_at == DUE + UNKNOWN_OUTCOME_WAIT
    assert (row(ledger).status, messenger.calls) == ("unknown", 1)


def test_without_a_word_it_is_sent_again_once(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [NO_ANSWER]
    delivery.deliver(REMINDER_24H, DUE, "claim-1")
    for number in (2, 3):
        delivery.deliver(REMINDER_24H, DUE + UNKNOWN_OUTCOME_WAIT, f"claim-{number}")
    sent = row(ledger)
    assert (sent.status, sent.attempts, sent.sent_at) == ("sent", 2, DUE + UNKNOWN_OUTCOME_WAIT)
    assert len(messenger.accepted) == 1


def test_each_attempt_that_came_to_nothing_is_kept_and_an_accepted_one_adds_nothing(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerUnavailableError("x"), NO_ANSWER, ProcessDied()]
    with pytest.raises(MessengerUnavailableError):
        delivery.deliver(REMINDER_24H, DUE, "claim-1")
    assert row(ledger).failed_tries == ("2026-12-01T15:00:00Z MessengerUnavailableError",)
    delivery.deliver(REMINDER_24H, DUE + CLAIM_LEASE, "claim-2")
    with pytest.raises(ProcessDied):
        delivery.deliver(REMINDER_24H, DUE + CLAIM_LEASE + UNKNOWN_OUTCOME_WAIT, "claim-3")
    delivery.deliver(REMINDER_24H, DUE + 2 * CLAIM_LEASE + UNKNOWN_OUTCOME_WAIT, "claim-4")
    tried = (
        "2026-12-01T15:00:00Z MessengerUnavailableError",
        "2026-12-01T15:01:00Z no_answer_after_request",
        "2026-12-01T15:17:00Z interrupted_while_sending",
    )
    assert row(ledger).failed_tries == tried
    delivery.deliver(REMINDER_24H, DUE + 2 * CLAIM_LEASE + 2 * UNKNOWN_OUTCOME_WAIT, "claim-5")
    assert (row(ledger).status, row(ledger).failed_tries) == ("sent", tried)


def test_of_many_failed_attempts_the_last_five_are_kept(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerUnavailableError("x")] * 7
    for minute in range(7):
        with pytest.raises(MessengerUnavailableError):
            delivery.deliver(REMINDER_24H, DUE + timedelta(minutes=minute), f"claim-{minute}")
    assert [tried[14:16] for tried in row(ledger).failed_tries] == ["02", "03", "04", "05", "06"]


@pytest.mark.parametrize("answer", [NO_ANSWER, ProcessDied()], ids=["no answer", "died"])
def test_with_whatsapps_word_on_it_nothing_is_sent_again(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    answer: CitasError | ProcessDied,
) -> None:
    messenger.script = [answer]
    now = DUE
    try:
        delivery.deliver(REMINDER_24H, now, "claim-1")
    except ProcessDied:
        now += CLAIM_LEASE
        delivery.deliver(REMINDER_24H, now, "claim-2")
    unknown = row(ledger)
    # what the webhook writes
    ledger.end(unknown, Outcome(IntentStatus.SENT, Reason.ACCEPTED, now, message_id="wamid.1"))
    late = delivery.deliver(REMINDER_24H, now + UNKNOWN_OUTCOME_WAIT, "claim-3")
    assert (late.retry_at, row(ledger).status, messenger.calls) == (None, "sent", 1)


def test_the_wait_ends_when_the_message_is_of_no_more_use(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [NO_ANSWER]
    first = delivery.deliver(REMINDER_24H, USEFUL_UNTIL - timedelta(minutes=1), "claim-1")
    assert first.retry_at == USEFUL_UNTIL
    delivery.deliver(REMINDER_24H, USEFUL_UNTIL, "claim-2")
    assert (row(ledger).status, row(ledger).reason) == ("failed", "no_answer_after_request")
    assert messenger.calls == 1


def test_giving_up_on_one_that_was_being_sent_has_it_asked_for_again(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [ProcessDied()]
    with pytest.raises(ProcessDied):
        delivery.deliver(REMINDER_24H, DUE, "claim-1")
    given_up = DUE + timedelta(seconds=30)
    for later in (timedelta(0), timedelta(minutes=1)):
        answer = delivery.record_failure(REMINDER_24H, "Lambda.Unknown", given_up + later)
        assert answer.retry_at == given_up + UNKNOWN_OUTCOME_WAIT
    delivery.deliver(REMINDER_24H, given_up + UNKNOWN_OUTCOME_WAIT, "claim-2")
    assert (row(ledger).status, row(ledger).attempts) == ("sent", 2)


@pytest.mark.parametrize("late", [UNKNOWN_OUTCOME_WAIT, USEFUL_UNTIL - DUE], ids=["wait", "usefulness"])
def test_one_that_can_not_be_sent_again_ends_and_is_not_asked_for_without_end(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, late: timedelta
) -> None:
    messenger.script = [NO_ANSWER]
    delivery.deliver(REMINDER_24H, DUE, "claim-1")
    answer = delivery.record_failure(REMINDER_24H, "StoreUnavailableError", DUE + late)
    assert answer.retry_at is None
    assert (row(ledger).status, row(ledger).reason) == ("failed", "no_answer_after_request")


def test_one_sent_again_is_treated_as_any_other(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [NO_ANSWER, MessengerUnavailableError("x"), NO_ANSWER]
    delivery.deliver(REMINDER_24H, DUE, "claim-1")
    now: datetime = DUE + UNKNOWN_OUTCOME_WAIT
    with pytest.raises(MessengerUnavailableError):
        delivery.deliver(REMINDER_24H, now, "claim-2")
    third = delivery.deliver(REMINDER_24H, now, "claim-3")
    assert third.retry_at == now + UNKNOWN_OUTCOME_WAIT
    delivery.deliver(REMINDER_24H, now + UNKNOWN_OUTCOME_WAIT, "claim-4")
    assert (row(ledger).status, row(ledger).attempts) == ("sent", 4)

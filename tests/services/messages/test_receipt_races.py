"""WhatsApp's word meets the step that is sending: whoever comes second loses cleanly, in either order."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.domain.errors import ConcurrentChangeError, MessengerOutcomeUnknownError
from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.services.messages.delivery import Delivery, MessageDelivery
from clinic.services.messages.receipts import Taken
from clinic.services.ports import Claim, Outcome
from tests.fakes.messages.channel import gate_on
from tests.fakes.messages.receipt_desk import ReceiptDesk, receipt_desk
from tests.fakes.ports import ProcessDied, ScriptedMessenger
from tests.fakes.stores.rows import intent
from tests.fakes.workflow_ports import MemoryMeter

REMINDER = intent()
DUE = REMINDER.due_at
ANSWERED = "wamid.1"  # what the messenger answers first


@pytest.fixture(params=["memory", "dynamodb"])
def desk(request: pytest.FixtureRequest) -> Iterator[ReceiptDesk]:
    with receipt_desk(request.param) as desk:
        desk.now = DUE + timedelta(seconds=1)
        desk.plan(REMINDER)
        yield desk


@pytest.fixture
def messenger() -> ScriptedMessenger:
    return ScriptedMessenger()


def deliver(desk: ReceiptDesk, messenger: ScriptedMessenger, claim_id: str = "request-1") -> Delivery:
    return MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter()).deliver(
        REMINDER.id, DUE, claim_id
    )


def heard(desk: ReceiptDesk, word: str) -> Taken:
    return desk.hear(word, of=REMINDER, at=DUE + timedelta(seconds=1))


def assert_sent_once(desk: ReceiptDesk, messenger: ScriptedMessenger, status: str) -> Intent:
    assert messenger.calls == 1
    found = desk.intent()
    assert (found.status, found.message_id) == (status, ANSWERED)
    assert list(desk.marks()) == ["24h"]
    assert deliver(desk, messenger, "request-2").intent.status == status
    assert messenger.calls == 1
    return found


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
def test_a_word_that_comes_before_the_answer_stands(
    desk: ReceiptDesk, messenger: ScriptedMessenger, word: str
) -> None:
    messenger.script = [lambda: heard(desk, word)]
    assert deliver(desk, messenger).intent.status == word
    assert_sent_once(desk, messenger, word)


def test_a_failure_that_comes_before_the_answer_stands(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [lambda: desk.hear("failed", of=REMINDER, code=131026)]
    assert deliver(desk, messenger).intent.reason == "whatsapp:131026"
    assert (desk.intent().status, messenger.calls, desk.marks()) == ("failed", 1, {})


def test_an_answer_that_comes_before_the_word_is_written_counts_too(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [ProcessDied()]
    with pytest.raises(ProcessDied):
        deliver(desk, messenger)
    messenger.calls = 0
    claimed = desk.intent()
    assert claimed.status == "sending"

    def answer() -> None:
        """The answer of the first call after all: its step records it."""
        claim = Claim("request-1", DUE, DUE + timedelta(seconds=60))
        outcome = Outcome(IntentStatus.SENT, "accepted", DUE, message_id=ANSWERED)
        desk.booking_store.ledger.settle(claimed, claim, outcome)
        messenger.calls += 1

    desk.meanwhile(answer)
    assert heard(desk, "delivered") is Taken.RECORDED
    assert_sent_once(desk, messenger, "delivered")


@pytest.mark.parametrize("word", ["sent", "delivered"])
def test_no_answer_and_a_word_are_one_message(
    desk: ReceiptDesk, messenger: ScriptedMessenger, word: str
) -> None:
    def accepted_unheard() -> None:
        heard(desk, word)
        raise MessengerOutcomeUnknownError("x")

    messenger.script = [accepted_unheard]
    assert deliver(desk, messenger).intent.status == word
    assert_sent_once(desk, messenger, word)


def test_a_word_on_what_is_unknown_is_not_followed_by_a_second_message(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    deliver(desk, messenger)
    assert desk.intent().status == "unknown"
    heard(desk, "sent")
    later = MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter()).deliver(
        REMINDER.id, DUE + timedelta(hours=1), "request-2"
    )
    assert (later.intent.status, messenger.calls) == ("sent", 1)


def test_a_claim_that_comes_between_is_overtaken_by_the_word(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    deliver(desk, messenger)

    def claim_again() -> None:
        MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter()).deliver(
            REMINDER.id, DUE + timedelta(hours=1), "request-2"
        )

    desk.meanwhile(
        claim_again
    )  # a quarter of an hour without a word, and the word comes while it is sent again
    assert heard(desk, "delivered") is Taken.RECORDED
    assert (desk.intent().status, messenger.calls) == ("delivered", 2)


def test_a_word_meets_changes_without_end_and_is_to_be_taken_again(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    deliver(desk, messenger)

    def touch() -> None:
        other = desk.intent()
        desk.messages.messages.advance(other, other, other.updated_at + timedelta(seconds=1))

    desk.meanwhile(touch, touch, touch)
    with pytest.raises(ConcurrentChangeError, match=r"reminder_24h keeps changing"):
        heard(desk, "delivered")
    assert desk.intent().status == "sent"
    assert heard(desk, "delivered") is Taken.RECORDED


def test_of_words_that_are_written_at_one_instant_all_count(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    deliver(desk, messenger)
    desk.hear("delivered", of=REMINDER, at=DUE + timedelta(seconds=2))
    desk.meanwhile(lambda: heard(desk, "read"))
    assert desk.hear("delivered", of=REMINDER, at=DUE + timedelta(seconds=1)) is Taken.UNCHANGED
    found = desk.intent()
    assert (found.status, found.delivered_at) == ("read", DUE + timedelta(seconds=1))

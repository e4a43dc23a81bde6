"""WhatsApp's words come late, twice and in any order: the ledger ends the same."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.domain.messages.receipts import Receipt, ReceiptStatus, advance
from tests.fakes.examples import NOW
from tests.fakes.stores.rows import intent
from tests.properties.messages.receipts_oracle import REASONS, Holding, expected

MINUTES = [NOW + timedelta(minutes=minute) for minute in range(4)]
CODES = [131026, 131047, 130472, None]  # none that passes
FAILURES = ["retries_exhausted:StoreUnavailableError", "no_answer_after_request"]


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    word = draw(st.sampled_from(ReceiptStatus))
    code = draw(st.sampled_from(CODES)) if word is ReceiptStatus.FAILED else None
    message_id = draw(st.sampled_from(["wamid.1", "wamid.2"]))
    return Receipt(message_id, word, draw(st.sampled_from(MINUTES)), code=code)


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    """An intent as the sending step, or an earlier receipt, may have left it."""
    status = draw(st.sampled_from(IntentStatus))
    claimed = NOW + timedelta(seconds=60) if status is IntentStatus.SENDING else None
    begun = intent(status=status, attempts=1, claim_id="request-1", claimed_until=claimed)
    sent, delivered, read = sorted(draw(st.lists(st.sampled_from(MINUTES), min_size=3, max_size=3)))
    if status is IntentStatus.FAILED:
        refusals = [f"whatsapp:{code or 'none'}" for code in CODES]
        message_id = draw(st.none() | st.just("wamid.1"))
        return replace(begun, reason=draw(st.sampled_from(FAILURES + refusals)), message_id=message_id)
    if not status.is_accepted:
        return begun
    return replace(
        begun,
        reason=REASONS[status],
        message_id=draw(st.sampled_from(["wamid.1", "wamid.2"])),
        sent_at=sent,
        delivered_at=None if status is IntentStatus.SENT else delivered,
        read_at=read if status is IntentStatus.READ else None,
    )


def heard(begun: Intent, words: list[Receipt]) -> Intent:
    """One word after the other."""
    for word in words:
        begun = advance(begun, [word]) or begun
    return begun


@given(data=st.data(), begun=intents(), said=st.lists(receipts(), max_size=6))
@settings(max_examples=400)
def test_any_order_and_any_repetition_comes_to_what_the_words_say_together(
    data: st.DataObject, begun: Intent, said: list[Receipt]
) -> None:
    again = data.draw(st.lists(st.sampled_from(said), max_size=4)) if said else []
    ended = heard(begun, data.draw(st.permutations(said + again)))
    assert Holding.of(ended) == expected(begun, said)


@given(begun=intents(), said=st.lists(receipts(), max_size=6), cut=st.integers(0, 6))
def test_several_words_at_once_are_the_same_as_one_by_one(
    begun: Intent, said: list[Receipt], cut: int
) -> None:
    first = advance(begun, said[:cut]) or begun
    assert (advance(first, said[cut:]) or first) == heard(begun, said)


@given(begun=intents(), said=st.lists(receipts(), min_size=1, max_size=6))
def test_what_was_heard_already_changes_nothing(begun: Intent, said: list[Receipt]) -> None:
    ended = heard(begun, said)
    assert advance(ended, said) is None


@given(begun=intents(), said=st.lists(receipts(), max_size=6), later=receipts())
def test_proof_of_delivery_is_never_taken_back(begun: Intent, said: list[Receipt], later: Receipt) -> None:
    proven = {IntentStatus.DELIVERED, IntentStatus.READ}
    before, after = heard(begun, said), heard(begun, [*said, later])
    assert after.status in proven or before.status not in proven
    assert not (before.status is IntentStatus.READ and after.status is not IntentStatus.READ)


@given(begun=intents(), said=st.lists(receipts(), min_size=1, max_size=6))
def test_nothing_is_left_to_send_once_whatsapp_has_spoken(begun: Intent, said: list[Receipt]) -> None:
    ended = heard(begun, said)
    assert not ended.status.is_open
    assert (ended.attempts, ended.claim_id, ended.due_at) == (begun.attempts, begun.claim_id, begun.due_at)
    assert not ended.claimed_until


@given(begun=intents(), said=st.lists(receipts(), max_size=6))
def test_an_instant_is_the_first_that_whatsapp_has_named(begun: Intent, said: list[Receipt]) -> None:
    ended = heard(begun, said)
    if begun.read_at is None:
        read: datetime | None = min((it.at for it in said if it.status == "read"), default=None)
        assert ended.read_at == read
    if ended.status.is_accepted:
        assert ended.sent_at is not None
        assert ended.sent_at <= (ended.delivered_at or ended.sent_at)

"""WhatsApp's receipts find their intent, now or later, and move the ledger on; in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.contracts.metrics import MESSAGES_DELIVERED
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.receipts import Receipt, ReceiptStatus, advance
from clinic.services.messages.receipts import SWEPT_FOR, Taken
from tests.fakes.examples import NOW
from tests.fakes.messages.receipt_desk import LATER, ReceiptDesk, receipt_desk
from tests.fakes.stores.rows import intent

SENT = intent(status=IntentStatus.SENT, reason="accepted", message_id="wamid.1", sent_at=NOW)
UNKNOWN = intent(status=IntentStatus.UNKNOWN, reason="no_answer_after_request", attempts=1)
CLAIMED = intent(
    status=IntentStatus.SENDING, attempts=1, claim_id="request-1", claimed_until=NOW + timedelta(seconds=60)
)
CONFIRMATION = IntentId("reservation#r-17", 1, "confirmation")
STRANGERS = IntentId("reservation#r-99", 1, "confirmation")


@pytest.fixture(params=["memory", "dynamodb"])
def desk(request: pytest.FixtureRequest) -> Iterator[ReceiptDesk]:
    with receipt_desk(request.param) as desk:
        yield desk


def test_a_status_is_recorded_with_its_instant_and_its_reason(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    assert desk.hear("delivered", of=SENT, at=LATER) is Taken.RECORDED
    assert desk.hear("read", of=SENT, at=LATER + timedelta(hours=1)) is Taken.RECORDED
    assert desk.intent() == replace(
        SENT,
        status=IntentStatus.READ,
        reason="read_by_recipient",
        delivered_at=LATER,
        read_at=LATER + timedelta(hours=1),
        updated_at=LATER,
    )


A_SECOND = timedelta(seconds=1)
STANDING = {
    "sent": SENT,
    "sent by another request": replace(SENT, message_id="wamid.2"),
    "unknown": UNKNOWN,
    "being sent": CLAIMED,
    "planned": intent(),
    "delivered": replace(SENT, status=IntentStatus.DELIVERED, delivered_at=NOW),
    "read": replace(SENT, status=IntentStatus.READ, delivered_at=NOW, read_at=NOW),
    "failed": replace(SENT, status=IntentStatus.FAILED, reason="whatsapp:131026"),
    "superseded": intent(status=IntentStatus.SUPERSEDED, reason="appointment_moved"),
}


@pytest.mark.parametrize("ago", [-A_SECOND, timedelta(0), A_SECOND], ids=["before", "at once", "after"])
@pytest.mark.parametrize("before", STANDING.values(), ids=STANDING)
def test_what_is_written_without_reading_is_what_reading_it_would_come_to(
    desk: ReceiptDesk, before: Intent, ago: timedelta
) -> None:
    desk.plan(before)
    receipt = Receipt("wamid.1", ReceiptStatus.DELIVERED, NOW + ago, before.id)
    seen = desk.messages.arrived(receipt, desk.now)
    assert (seen is not None) is (before == SENT and ago >= timedelta(0))
    if seen is None:
        assert desk.intent() == before
        return
    read = advance(before, (receipt,))
    assert read is not None
    assert (seen, desk.intent()) == (before, replace(read, updated_at=desk.now))
    assert desk.messages.arrived(receipt, desk.now) is None


def test_an_arrival_is_counted_once(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    assert desk.hear("delivered", of=SENT, at=LATER) is Taken.RECORDED
    assert desk.hear("delivered", of=SENT, at=LATER) is Taken.UNCHANGED
    assert desk.meter.total(MESSAGES_DELIVERED) == 1


def test_what_waited_of_a_message_that_has_arrived_is_left_to_the_sweep(desk: ReceiptDesk) -> None:
    desk.hear("read", at=LATER)
    desk.plan(SENT)
    desk.hear("delivered", of=SENT, at=LATER)
    assert desk.receipts.sweep(desk.now) == 1
    assert desk.intent().status == "read"


def test_a_status_that_names_no_intent_is_found_by_whatsapps_id(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    assert desk.hear("delivered") is Taken.RECORDED
    assert desk.intent().status == "delivered"


def test_a_status_that_names_an_intent_of_others_is_found_by_whatsapps_id(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    assert desk.hear("delivered", of=STRANGERS) is Taken.RECORDED
    assert desk.intent().status == "delivered"


def test_a_failure_ends_the_intent_with_whatsapps_code(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    desk.hear("failed", of=SENT, code=131026)
    assert (desk.intent().status, desk.intent().reason) == ("failed", "whatsapp:131026")
    assert desk.hear("sent", of=SENT) is Taken.UNCHANGED
    assert desk.intent().status == "failed"


def test_what_was_delivered_after_all_is_no_failure(desk: ReceiptDesk) -> None:
    desk.plan(replace(UNKNOWN, status=IntentStatus.FAILED))
    desk.hear("delivered", of=UNKNOWN)
    assert (desk.intent().status, desk.intent().reason) == ("delivered", "delivered_to_phone")


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
@pytest.mark.parametrize("open_intent", [UNKNOWN, CLAIMED], ids=["unknown", "claimed"])
def test_a_word_on_an_open_reminder_settles_it_and_marks_its_reservation(
    desk: ReceiptDesk, word: str, open_intent: object
) -> None:
    planned = UNKNOWN if open_intent is UNKNOWN else CLAIMED
    desk.plan(planned)
    desk.hear(word, of=planned, at=LATER)
    found = desk.intent()
    assert (found.status, found.message_id, found.sent_at) == (word, "wamid.1", LATER)
    assert found.claimed_until is None
    assert desk.marks() == {"24h": LATER}


def test_a_failure_leaves_no_mark_on_the_reservation(desk: ReceiptDesk) -> None:
    desk.plan(UNKNOWN)
    desk.hear("failed", of=UNKNOWN, code=131026)
    assert desk.marks() == {}


def test_a_confirmation_leaves_no_mark_on_the_reservation(desk: ReceiptDesk) -> None:
    desk.plan(replace(UNKNOWN, id=CONFIRMATION))
    desk.hear("sent", of=CONFIRMATION)
    assert desk.intent(replace(UNKNOWN, id=CONFIRMATION)).status == "sent"
    assert desk.marks() == {}


def test_an_old_reminder_leaves_no_mark_on_a_visit_that_has_moved(desk: ReceiptDesk) -> None:
    old = replace(UNKNOWN, id=replace(UNKNOWN.id, version=7))
    desk.plan(old)
    desk.hear("sent", of=old)
    assert desk.intent(old).status == "sent"
    assert desk.marks() == {}


def test_a_mark_that_the_sending_step_made_stays_as_it_is(desk: ReceiptDesk) -> None:
    desk.plan(SENT)
    desk.hear("delivered", of=SENT)
    assert desk.marks() == {}  # the step would have made it; a receipt makes none twice


@pytest.mark.parametrize("status", [IntentStatus.SKIPPED, IntentStatus.SUPERSEDED])
def test_what_whatsapp_took_although_it_was_not_to_leave_is_told_as_it_is(
    desk: ReceiptDesk, status: IntentStatus
) -> None:
    ended = intent(status=status, reason="appointment_moved", attempts=1)
    desk.plan(ended)
    desk.hear("delivered", of=ended)
    assert desk.intent().status == "delivered"


def test_a_status_of_an_unknown_message_waits_and_is_taken_up_by_the_next(desk: ReceiptDesk) -> None:
    assert desk.hear("read", at=LATER) is Taken.WAITING
    assert desk.hear("sent", at=NOW) is Taken.WAITING
    desk.plan(SENT)
    assert desk.hear("delivered", at=NOW) is Taken.RECORDED
    found = desk.intent()
    assert (found.status, found.read_at, found.delivered_at) == ("read", LATER, NOW)
    assert desk.waiting.of("wamid.1") == ()


def test_what_waits_is_taken_up_by_the_sweep_once_its_message_is_known(desk: ReceiptDesk) -> None:
    desk.hear("delivered", at=NOW)
    desk.hear("failed", message_id="wamid.2", code=131026)
    assert desk.receipts.sweep(LATER) == 0
    desk.plan(SENT)
    assert desk.receipts.sweep(LATER + timedelta(minutes=5)) == 1
    assert desk.intent().status == "delivered"
    assert desk.receipts.sweep(LATER + timedelta(minutes=10)) == 0
    assert desk.waiting.of("wamid.1") == ()
    assert len(desk.waiting.of("wamid.2")) == 1


def test_what_names_its_intent_is_swept_up_by_that(desk: ReceiptDesk) -> None:
    desk.hear("sent", of=UNKNOWN)
    desk.hear("delivered")
    desk.plan(UNKNOWN)
    assert desk.receipts.sweep(LATER) == 1
    assert desk.intent().status == "delivered"


def test_what_nobody_has_sent_for_a_day_is_asked_for_no_more(desk: ReceiptDesk) -> None:
    desk.hear("delivered")
    desk.plan(SENT)
    assert desk.receipts.sweep(LATER + SWEPT_FOR + timedelta(seconds=1)) == 0
    assert desk.receipts.sweep(LATER + SWEPT_FOR) == 1


def test_a_sweep_after_a_death_in_the_middle_of_it_changes_nothing_more(desk: ReceiptDesk) -> None:
    desk.hear("delivered")
    kept = desk.waiting.of("wamid.1")
    desk.plan(SENT)
    desk.receipts.sweep(LATER)
    ended = desk.intent()
    desk.waiting.keep(kept[0], LATER)  # it died before it dropped what it had taken up
    assert desk.receipts.sweep(LATER + timedelta(minutes=5)) == 1
    assert desk.intent() == ended


def test_more_that_comes_while_it_is_taken_up_is_not_dropped(desk: ReceiptDesk) -> None:
    desk.hear("sent")
    kept = desk.waiting.of("wamid.1")
    desk.hear("delivered")
    desk.waiting.drop(kept)
    assert [it.status for it in desk.waiting.of("wamid.1")] == ["sent", "delivered"]


words = st.builds(
    Receipt,
    st.just("wamid.1"),
    st.sampled_from(ReceiptStatus),
    st.sampled_from([NOW, LATER, LATER + timedelta(minutes=1)]),
    st.sampled_from([None, UNKNOWN.id]),
    st.sampled_from([None, 131026, 131031]),
).map(lambda it: it if it.status == "failed" else replace(it, code=None))


@given(data=st.data(), said=st.lists(words, min_size=1, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_waits_says_in_the_end_what_it_would_have_said_at_once(
    desk: ReceiptDesk, data: st.DataObject, said: list[Receipt]
) -> None:
    name = f"wamid.{data.draw(st.integers(0, 10**9))}"
    for receipt in data.draw(st.permutations(said + said[:2])):
        desk.waiting.keep(replace(receipt, message_id=name), NOW)
    kept = desk.waiting.of(name)
    firsts = {word: [it for it in said if it.status == word] for word in ReceiptStatus}
    expected = {word: min(it.at for it in heard) for word, heard in firsts.items() if heard}
    assert {it.status: it.at for it in kept if it.status != "failed"} == {
        word: at for word, at in expected.items() if word != "failed"
    }
    codes = [it.code for it in firsts[ReceiptStatus.FAILED]]
    lowest = min((it for it in codes if it is not None), default=None)
    assert [it.code for it in kept if it.status == "failed"] == ([lowest] if codes else [])
    assert {it.intent_id for it in kept} <= {None, UNKNOWN.id}
    desk.waiting.drop(kept)
    assert desk.waiting.of(name) == ()

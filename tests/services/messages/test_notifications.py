"""One call of the webhook: people's words change consent, statuses the ledger, each part by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from clinic.domain.errors import ConcurrentChangeError, StoreUnavailableError
from clinic.domain.messages.intent import IntentId, IntentStatus
from clinic.domain.messages.notifications import InboundMessage, Notification
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from clinic.domain.people.consents import Category
from clinic.services.messages.notifications import NotificationTaking, Tally
from tests.fakes.examples import NOW
from tests.fakes.messages.consents import MemoryConsents
from tests.fakes.messages.receipt_desk import LATER, ReceiptDesk, receipt_desk
from tests.fakes.stores.rows import intent

ANA = "+525500000101"
REMINDER = intent(status=IntentStatus.UNKNOWN, attempts=1)
CONFIRMATION = replace(REMINDER, id=IntentId("reservation#r-17", 1, "confirmation"))


@pytest.fixture
def desk() -> Iterator[ReceiptDesk]:
    with receipt_desk("memory") as desk:
        desk.plan(REMINDER, CONFIRMATION)
        yield desk


@pytest.fixture
def consents() -> MemoryConsents:
    return MemoryConsents()


@pytest.fixture
def taking(desk: ReceiptDesk, consents: MemoryConsents) -> NotificationTaking:
    return NotificationTaking(desk.receipts, consents)


def wrote(*texts: str, at: datetime = NOW, sender: str = ANA) -> InboundMessage:
    return InboundMessage(sender, at, texts)


def delivered(of: IntentId, message_id: str) -> Receipt:
    return Receipt(message_id, ReceiptStatus.DELIVERED, LATER, of)


def refused(consents: MemoryConsents, person: str = ANA) -> set[Category]:
    return {category for category in Category if not consents.of(person).allows(category)}


def test_everything_in_one_call_is_taken(
    taking: NotificationTaking, desk: ReceiptDesk, consents: MemoryConsents
) -> None:
    said = Notification(
        (delivered(REMINDER.id, "wamid.1"), delivered(CONFIRMATION.id, "wamid.2")),
        (wrote("Hola"), wrote("BAJA MEDICAMENTOS")),
        passed_over=3,
    )
    assert taking.take(said, LATER) == Tally(recorded=2, unchanged=0, waiting=0, choices=1, passed_over=4)
    assert taking.take(said, LATER) == Tally(recorded=0, unchanged=2, waiting=0, choices=1, passed_over=4)
    assert {desk.intent(it).status for it in (REMINDER, CONFIRMATION)} == {"delivered"}
    assert refused(consents) == {Category.MEDICATION}


def test_each_spelling_of_a_number_is_the_same_person(
    taking: NotificationTaking, consents: MemoryConsents
) -> None:
    taking.take(Notification(messages=(wrote("BAJA", sender="+5215500000101"),)), LATER)
    assert refused(consents) == set(Category)


def test_the_last_word_counts_in_whatever_order_they_come(
    desk: ReceiptDesk,
) -> None:
    words = [
        wrote("BAJA"),
        wrote("ALTA CITAS", at=NOW + timedelta(seconds=1)),
        wrote("BAJA SEGUIMIENTOS", at=NOW + timedelta(seconds=1)),
        wrote("ALTA", at=NOW - timedelta(seconds=1)),
    ]
    for order in permutations(words):
        consents = MemoryConsents()
        for word in order:
            NotificationTaking(desk.receipts, consents).take(Notification(messages=(word, order[0])), LATER)
        assert refused(consents) == {Category.FOLLOW_UPS, Category.MEDICATION}


def test_a_word_from_beyond_tomorrow_counts_from_now_and_outweighs_none_that_comes_after_it(
    taking: NotificationTaking, consents: MemoryConsents
) -> None:
    taking.take(Notification(messages=(wrote("ALTA", at=NOW.replace(year=5138)),)), NOW)
    later = NOW + timedelta(seconds=1)
    taking.take(Notification(messages=(wrote("BAJA", at=later),)), later)
    assert refused(consents) == set(Category)


def test_a_button_says_what_it_stands_for(taking: NotificationTaking, consents: MemoryConsents) -> None:
    taking.take(Notification(messages=(wrote("BAJA CITAS", "ALTA"),)), LATER)
    assert refused(consents) == {Category.APPOINTMENTS}
    taking.take(Notification(messages=(wrote("b-17", "Baja", at=LATER),)), LATER)
    assert refused(consents) == set(Category)


@pytest.mark.parametrize("trouble", [ConcurrentChangeError("x"), KeyError("x")], ids=["contended", "a fault"])
def test_what_goes_wrong_with_one_keeps_no_other_word_back(
    taking: NotificationTaking, desk: ReceiptDesk, consents: MemoryConsents, trouble: Exception
) -> None:
    def go_wrong() -> None:
        raise trouble

    desk.meanwhile(*[go_wrong] * (3 if isinstance(trouble, ConcurrentChangeError) else 1))
    said = Notification(
        (delivered(REMINDER.id, "wamid.1"), delivered(CONFIRMATION.id, "wamid.2")), (wrote("BAJA"),)
    )
    with pytest.raises(type(trouble)):
        taking.take(said, LATER)
    assert (desk.intent(REMINDER).status, desk.intent(CONFIRMATION).status) == ("unknown", "delivered")
    assert refused(consents) == set(Category)
    assert taking.take(said, LATER).recorded == 1


def test_nobodys_refusal_waits_for_a_receipt_that_the_store_does_not_take(
    taking: NotificationTaking, desk: ReceiptDesk, consents: MemoryConsents
) -> None:
    def break_down() -> None:
        raise StoreUnavailableError("x")

    desk.meanwhile(break_down)
    with pytest.raises(StoreUnavailableError):
        taking.take(Notification((delivered(REMINDER.id, "wamid.1"),), (wrote("BAJA"),)), LATER)
    assert refused(consents) == set(Category)


def test_a_store_that_does_not_answer_ends_the_call(taking: NotificationTaking, desk: ReceiptDesk) -> None:
    def break_down() -> None:
        raise StoreUnavailableError("x")

    desk.meanwhile(break_down)
    said = Notification((delivered(REMINDER.id, "wamid.1"), delivered(CONFIRMATION.id, "wamid.2")))
    with pytest.raises(StoreUnavailableError):
        taking.take(said, LATER)
    assert desk.intent(CONFIRMATION).status == "unknown"
    assert taking.take(said, LATER).recorded == 2

"""Writers that meet: what DynamoDB's conditions must notice, on moto."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.channel import DynamoChannel
from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.contracts.tables import CHANNEL, CONSENTS
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.intent import Intent, IntentStatus
from clinic.domain.messages.limits import Limit, microseconds
from clinic.domain.people.consents import Category, Choice
from clinic.services.ports import Claim, Message, Outcome
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import NOW
from tests.fakes.messages.messages import RECIPIENT, outbound
from tests.fakes.stores.dynamo import moto_booking_store
from tests.fakes.stores.rows import details, intent

REMINDER = intent()
MESSAGE: Message = outbound("appointment_reminder_24h", intent_id=str(REMINDER.id))
FIRST = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
LATER = REMINDER.due_at
CLAIM = Claim("claim-1", LATER, LATER + timedelta(seconds=60))
SUPERSEDED = Outcome(IntentStatus.SUPERSEDED, "appointment_moved", LATER)
SENT = Outcome(IntentStatus.SENT, "accepted", LATER, message_id="wamid.1")


@pytest.fixture
def booking_store() -> Iterator[DynamoBookingStore]:
    """Records with one reservation and its planned 24h reminder."""
    with moto_booking_store() as booking_store:
        booking_store.commit(Changes(reservations=((None, FIRST),), intents=(REMINDER,)))
        yield booking_store


@pytest.fixture
def ledger(booking_store: DynamoBookingStore) -> DynamoLedger:
    return booking_store.ledger


def stored(ledger: DynamoLedger) -> Reservation:
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    return reservation


def row(ledger: DynamoLedger) -> Intent:
    intent = ledger.intent(REMINDER.id)
    assert intent is not None
    return intent


def send_reminder(ledger: DynamoLedger) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    ledger.settle(REMINDER, CLAIM, SENT)


def test_a_correction_that_meets_a_sent_reminder_does_not_erase_its_mark(
    booking_store: DynamoBookingStore, ledger: DynamoLedger
) -> None:
    seen = stored(ledger)
    send_reminder(ledger)
    corrected = seen.refreshed(details(patient_name="Otra Ficticia"), EventOrder(LATER, "e-2"), LATER)
    with pytest.raises(ConcurrentChangeError):
        booking_store.commit(Changes(reservations=((seen, corrected),)))
    assert stored(ledger).reminders_sent == {"24h": LATER}


def test_a_sent_reminder_that_meets_a_correction_marks_the_corrected_reservation(
    booking_store: DynamoBookingStore, ledger: DynamoLedger
) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    seen = stored(ledger)
    corrected = seen.refreshed(details(patient_name="Otra Ficticia"), EventOrder(LATER, "e-2"), LATER)
    booking_store.commit(Changes(reservations=((seen, corrected),)))
    ledger.settle(REMINDER, CLAIM, SENT)
    after = stored(ledger)
    assert (after.details.patient_name, after.reminders_sent) == ("Otra Ficticia", {"24h": LATER})


def test_of_two_that_claim_one_is_refused(ledger: DynamoLedger) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    with pytest.raises(ConcurrentChangeError):
        ledger.claim(REMINDER, FIRST, replace(CLAIM, claim_id="claim-2"), MESSAGE, RECIPIENT)
    assert (row(ledger).claim_id, row(ledger).attempts) == ("claim-1", 1)


def test_a_claim_takes_the_persons_token_or_writes_nothing(ledger: DynamoLedger) -> None:
    channel = DynamoChannel.open(ledger.connection, CHANNEL.name, CONSENTS.name, Limit.per_second(80))
    token = channel.person_token(RECIPIENT, None, LATER)  # of a bucket that was read at rest
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT, token=token)
    taken = channel.standing(RECIPIENT, "appointment_reminder_24h", "es_MX").full_at
    assert taken == microseconds(LATER + timedelta(seconds=6))
    claimed = row(ledger)
    with pytest.raises(ConcurrentChangeError):
        ledger.claim(claimed, FIRST, replace(CLAIM, claim_id="claim-2"), MESSAGE, RECIPIENT, token=token)
    assert row(ledger) == claimed
    assert channel.standing(RECIPIENT, "appointment_reminder_24h", "es_MX").full_at == taken


@pytest.mark.parametrize(
    ("choices", "is_claimed"),
    [
        ([], True),
        ([(Category.APPOINTMENTS, False)], False),
        ([(Category.FOLLOW_UPS, False), (Category.MEDICATION, False)], True),
        ([(Category.APPOINTMENTS, False), (Category.APPOINTMENTS, True)], True),
        ([(Category.APPOINTMENTS, True), (Category.APPOINTMENTS, False)], False),
    ],
)
def test_a_claim_that_has_not_read_the_consent_is_held_to_it(
    ledger: DynamoLedger, choices: list[tuple[Category, bool]], is_claimed: bool
) -> None:
    channel = DynamoChannel.open(ledger.connection, CHANNEL.name, CONSENTS.name, Limit.per_second(80))
    consents = DynamoConsents.open(ledger.connection, CONSENTS.name)
    for minute, (category, is_wanted) in enumerate(choices):
        consents.apply(RECIPIENT, [category], Choice(is_wanted, NOW + timedelta(minutes=minute)))
    allows = consents.of(RECIPIENT).allows(Category.APPOINTMENTS)
    token = channel.person_token(RECIPIENT, None, LATER, Category.APPOINTMENTS)
    with nullcontext() if is_claimed else pytest.raises(ConcurrentChangeError):
        ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT, token=token)
    assert (row(ledger).status is IntentStatus.SENDING, allows) == (is_claimed, is_claimed)


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_breaker_is_read_together_with_the_intent_and_what_it_follows(
    ledger: DynamoLedger, *, is_refused: bool
) -> None:
    channel = DynamoChannel.open(ledger.connection, CHANNEL.name, CONSENTS.name, Limit.per_second(80))
    breaker = Breaker.tripped(None, 132015, NOW) if is_refused else None
    if breaker is not None:
        channel.record("appointment_reminder_24h", "es_MX", None, breaker)
    look = channel.look("appointment_reminder_24h", "es_MX")
    assert ledger.intent_and_followed(REMINDER.id, look) == (REMINDER, FIRST)
    assert look.breaker == breaker


def test_only_the_claimant_may_settle(ledger: DynamoLedger) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    with pytest.raises(ConcurrentChangeError):
        ledger.settle(REMINDER, replace(CLAIM, claim_id="claim-2"), SENT)
    assert (row(ledger).status, stored(ledger).reminders_sent) == ("sending", {})


def test_a_claim_on_an_appointment_that_has_moved_is_refused(
    booking_store: DynamoBookingStore, ledger: DynamoLedger
) -> None:
    seen = stored(ledger)
    moved = seen.moved(
        details(appointment_time=seen.appointment_time + timedelta(days=1)), EventOrder(LATER, "e-2"), LATER
    )
    booking_store.commit(Changes(reservations=((seen, moved),)))
    with pytest.raises(ConcurrentChangeError):
        ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    assert row(ledger).status is IntentStatus.PLANNED


def test_a_move_that_meets_a_claim_writes_nothing(
    booking_store: DynamoBookingStore, ledger: DynamoLedger
) -> None:
    seen, planned = stored(ledger), row(ledger)
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    moved = seen.moved(details(), EventOrder(LATER, "e-2"), LATER)
    with pytest.raises(ConcurrentChangeError):
        booking_store.commit(Changes(reservations=((seen, moved),), endings=((planned, SUPERSEDED),)))
    assert (stored(ledger).version, row(ledger).status) == (1, "sending")


def test_a_reservation_is_created_once(booking_store: DynamoBookingStore, ledger: DynamoLedger) -> None:
    with pytest.raises(ConcurrentChangeError):
        booking_store.commit(Changes(reservations=((None, FIRST),)))
    assert stored(ledger) == FIRST


def test_one_that_was_tried_in_between_is_not_what_was_read(ledger: DynamoLedger) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    ledger.settle(REMINDER, CLAIM, Outcome(IntentStatus.PLANNED, "MessengerUnavailableError", LATER))
    with pytest.raises(ConcurrentChangeError):
        ledger.claim(REMINDER, FIRST, replace(CLAIM, claim_id="claim-2"), MESSAGE, RECIPIENT)
    with pytest.raises(ConcurrentChangeError):
        ledger.end(REMINDER, Outcome(IntentStatus.FAILED, "retries_exhausted:x", LATER))
    assert (row(ledger).status, row(ledger).attempts) == ("planned", 1)


def test_an_answer_that_comes_once_its_claim_was_given_up_still_says_what_became_of_it(
    ledger: DynamoLedger,
) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    ledger.end(row(ledger), Outcome(IntentStatus.UNKNOWN, "claim_expired", LATER + timedelta(minutes=2)))
    assert row(ledger).status is IntentStatus.UNKNOWN
    ledger.settle(REMINDER, CLAIM, SENT)
    assert (row(ledger).status, row(ledger).message_id) == (IntentStatus.SENT, "wamid.1")


def test_a_reminder_sent_while_its_appointment_moves_is_recorded_without_a_mark(
    booking_store: DynamoBookingStore, ledger: DynamoLedger
) -> None:
    ledger.claim(REMINDER, FIRST, CLAIM, MESSAGE, RECIPIENT)
    seen = stored(ledger)
    moved = seen.moved(details(), EventOrder(LATER, "e-2"), LATER)
    booking_store.commit(Changes(reservations=((seen, moved),)))
    ledger.settle(REMINDER, CLAIM, SENT)
    assert (row(ledger).status, stored(ledger).version, stored(ledger).reminders_sent) == ("sent", 2, {})


def test_an_answer_that_meets_a_transaction_under_way_is_recorded_all_the_same(
    booking_store: DynamoBookingStore, ledger: DynamoLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmation = replace(REMINDER, id=replace(REMINDER.id, kind="confirmation"))
    booking_store.commit(Changes(intents=(confirmation,)))
    ledger.claim(confirmation, FIRST, CLAIM, MESSAGE, RECIPIENT)
    update = ledger.connection.update_item
    met: list[Any] = []

    def meets_one_first(*arguments: Any, **more: Any) -> Any:
        if not met:
            met.append(arguments)
            code = "TransactionConflictException"
            raise UpdateError("x", ClientError({"Error": {"Code": code, "Message": "x"}}, "UpdateItem"))
        return update(*arguments, **more)

    monkeypatch.setattr(ledger.connection, "update_item", meets_one_first)
    ledger.settle(confirmation, CLAIM, SENT)
    recorded = ledger.intent(confirmation.id)
    assert met
    assert recorded is not None
    assert (recorded.status, recorded.message_id) == (IntentStatus.SENT, "wamid.1")

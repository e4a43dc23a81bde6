"""A message that WhatsApp takes and fails in passing is sent again while of use, and arrives once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import MessengerOutcomeUnknownError
from clinic.domain.messages.intent import UNKNOWN_OUTCOME_WAIT, IntentStatus
from clinic.domain.messages.receipts import Receipt, ReceiptStatus, advance
from clinic.domain.messages.resending import MOST_FAILURES, send_again_at
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.messages.receipts import Taken
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import gate_on
from tests.fakes.messages.receipt_desk import ReceiptDesk, receipt_desk
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.rows import details, intent
from tests.fakes.workflow_ports import MemoryMeter

PLANNED = intent()
DUE = PLANNED.due_at
SOON = DUE + timedelta(seconds=2)
# That pass, by the channel's documentation, and after which it may be tried again within the hour.
PASSING_CODES = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057]
FIVE_MINUTES = timedelta(minutes=5)
SENT = intent(
    status=IntentStatus.SENT,
    reason="accepted",
    message_id="wamid.1",
    sent_at=DUE,
    updated_at=DUE,
    attempts=1,
)


@pytest.fixture(params=["memory", "dynamodb"])
def desk(request: pytest.FixtureRequest) -> Iterator[ReceiptDesk]:
    with receipt_desk(request.param) as desk:
        desk.now = SOON
        desk.plan(PLANNED)
        yield desk


@pytest.fixture
def messenger() -> ScriptedMessenger:
    return ScriptedMessenger()


@pytest.fixture
def delivery(desk: ReceiptDesk, messenger: ScriptedMessenger) -> MessageDelivery:
    """Of a reminder that WhatsApp has accepted as wamid.1."""
    delivery = MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter())
    delivery.deliver(PLANNED.id, DUE, "claim-1")
    return delivery


def test_it_is_planned_again_and_sent_once_it_is_time(
    desk: ReceiptDesk, delivery: MessageDelivery, messenger: ScriptedMessenger
) -> None:
    for _ in range(2):
        desk.hear("failed", of=PLANNED, at=SOON, code=131000)
    again = desk.intent()
    assert (again.status, again.reason, again.retry_at) == (
        "planned",
        "whatsapp:131000",
        SOON + FIVE_MINUTES,
    )
    assert delivery.deliver(PLANNED.id, SOON, "claim-2").retry_at == SOON + FIVE_MINUTES
    for claim in ("claim-3", "claim-4"):
        delivery.deliver(PLANNED.id, SOON + FIVE_MINUTES, claim)
    assert (desk.intent().status, desk.intent().message_id, messenger.calls) == ("sent", "wamid.2", 2)
    desk.hear("failed", of=PLANNED, at=SOON, code=131000)
    desk.hear("sent", of=PLANNED, at=SOON)
    assert (desk.intent().status, desk.intent().message_id) == ("sent", "wamid.2")


def test_late_proof_that_the_first_one_arrived_ends_it(
    desk: ReceiptDesk, delivery: MessageDelivery, messenger: ScriptedMessenger
) -> None:
    desk.hear("failed", of=PLANNED, at=SOON, code=131000)
    desk.hear("delivered", of=PLANNED, at=SOON)
    delivery.deliver(PLANNED.id, SOON + FIVE_MINUTES, "claim-2")
    assert (desk.intent().status, messenger.calls) == ("delivered", 1)


def test_a_failure_that_overtakes_the_answer_waits_for_it(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    def overtake() -> None:
        assert desk.hear("failed", of=PLANNED, at=SOON, code=131016) is Taken.WAITING

    messenger.script = [overtake]
    delivery = MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter())
    delivery.deliver(PLANNED.id, DUE, "claim-1")
    assert desk.intent().status is IntentStatus.SENT
    assert desk.receipts.sweep(SOON) == 1
    assert (desk.intent().status, desk.intent().failed_messages) == ("planned", ("wamid.1",))


def test_of_an_unknown_one_the_failure_is_known_with_the_word_that_it_was_taken(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    delivery = MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter())
    delivery.deliver(PLANNED.id, DUE, "claim-1")
    assert desk.hear("failed", of=PLANNED, at=SOON, code=131000) is Taken.WAITING
    assert desk.intent().status is IntentStatus.UNKNOWN
    desk.hear("sent", of=PLANNED, at=DUE)
    assert (desk.intent().status, desk.intent().retry_at) == ("planned", SOON + FIVE_MINUTES)


def test_an_unknown_one_that_was_sent_again_does_not_go_out_a_third_time_for_the_firsts_failure(
    desk: ReceiptDesk, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    delivery = MessageDelivery(desk.booking_store.ledger, messenger, gate_on(), MemoryMeter())
    delivery.deliver(PLANNED.id, DUE, "claim-1")
    delivery.deliver(PLANNED.id, DUE + UNKNOWN_OUTCOME_WAIT, "claim-2")
    desk.hear("failed", of=PLANNED, message_id="wamid.0", at=SOON, code=131000)
    desk.hear("sent", of=PLANNED, message_id="wamid.0", at=DUE)
    assert (desk.intent().status, desk.intent().message_id) == ("sent", "wamid.1")


def test_a_visit_cancelled_meanwhile_is_not_reminded_of(
    desk: ReceiptDesk, delivery: MessageDelivery, messenger: ScriptedMessenger
) -> None:
    desk.hear("failed", of=PLANNED, at=SOON, code=131000)
    seen = desk.booking_store.reservation("r-17")
    assert isinstance(seen, Reservation)
    cancelled = replace(seen, status=ReservationStatus.CANCELLED, details=details())
    desk.booking_store.commit(Changes(reservations=((seen, cancelled),)))
    delivery.deliver(PLANNED.id, SOON + FIVE_MINUTES, "claim-2")
    assert (desk.intent().reason, messenger.calls) == ("reservation_cancelled", 1)


def test_once_it_would_be_of_no_use_it_has_failed(desk: ReceiptDesk, delivery: MessageDelivery) -> None:
    late = PLANNED.useful_until - timedelta(minutes=4)
    desk.hear("failed", of=PLANNED, at=late, code=131000)
    assert (desk.intent().status, desk.intent().reason) == ("failed", "whatsapp:131000")


def test_one_that_nobody_sent_again_in_time_has_failed_and_was_not_skipped(
    desk: ReceiptDesk, delivery: MessageDelivery
) -> None:
    desk.hear("failed", of=PLANNED, at=SOON, code=131000)
    delivery.deliver(PLANNED.id, PLANNED.useful_until, "claim-2")
    assert (desk.intent().status, desk.intent().reason) == ("failed", "whatsapp:131000")


@pytest.mark.parametrize("code", [131026, 131050, 132005, 132015, 470, None])
def test_a_failure_that_does_not_pass_is_final(
    desk: ReceiptDesk, delivery: MessageDelivery, code: int | None
) -> None:
    desk.hear("failed", of=PLANNED, at=SOON, code=code)
    assert desk.intent().status is IntentStatus.FAILED


def test_it_is_sent_again_later_each_time_and_then_given_up() -> None:
    found, at, waits = SENT, SOON, []
    while found.status is IntentStatus.SENT:
        receipt = Receipt(found.message_id or "", ReceiptStatus.FAILED, at, code=131000)
        found = advance(found, [receipt]) or found
        if found.retry_at is not None and found.status is IntentStatus.PLANNED:
            waits.append((found.retry_at - at) // timedelta(minutes=1))
            at = found.retry_at
            found = replace(found, status=IntentStatus.SENT, message_id=f"wamid.{len(waits) + 1}")
    assert waits == [5, 10, 20, 40, 60, 60]
    assert (found.status, len(waits)) == ("failed", MOST_FAILURES)


def test_what_whatsapp_holds_back_is_not_tried_for_a_day() -> None:
    assert send_again_at("whatsapp:131049", 1, NOW) == NOW + timedelta(hours=24)


@given(
    said=st.permutations(
        [
            Receipt("wamid.1", ReceiptStatus.SENT, DUE),
            *[Receipt("wamid.1", ReceiptStatus.FAILED, SOON, code=131000)] * 3,
        ]
    ),
    code=st.sampled_from(PASSING_CODES),
    proof=st.sampled_from([None, ReceiptStatus.DELIVERED, ReceiptStatus.READ]),
)
def test_however_it_is_told_it_counts_as_one_failure(
    said: list[Receipt], code: int, proof: ReceiptStatus | None
) -> None:
    found = SENT
    for receipt in said:
        found = advance(found, [replace(receipt, code=code if receipt.code else None)]) or found
    assert (found.status, found.failed_messages, found.retry_at) == (
        "planned",
        ("wamid.1",),
        SOON + FIVE_MINUTES,
    )
    if proof is not None:
        found = advance(found, [Receipt("wamid.1", proof, SOON)]) or found
        assert found.status == proof.value

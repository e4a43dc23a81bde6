"""Sending one intent: when, once, and what every answer of the messenger leads to; on both ledgers."""

from datetime import datetime, timedelta

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    MessageRefusedError,
    MessengerAccountError,
    MessengerDeferredError,
    MessengerThrottledError,
    MessengerUnavailableError,
    RecipientUnreachableError,
    StoreUnavailableError,
    UnknownIntentError,
)
from clinic.domain.messages.intent import (
    CLAIM_LEASE,
    UNKNOWN_OUTCOME_WAIT,
    Intent,
    IntentId,
    IntentStatus,
    Reason,
)
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.messages.delivery import Ledger, MessageDelivery
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import MemoryLedger, ProcessDied, ScriptedMessenger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryMeter

REMINDER_24H = IntentId("reservation#r-17", 1, "reminder_24h")
REMINDER_2H = IntentId("reservation#r-17", 1, "reminder_2h")
DUE_24H = IN_NINE_DAYS - timedelta(hours=24)
DUE_2H = IN_NINE_DAYS - timedelta(hours=2)


@pytest.fixture
def messenger() -> ScriptedMessenger:
    return ScriptedMessenger()


@pytest.fixture
def planning(booking_store: BookingStore) -> ReminderPlanning:
    return planning_on(booking_store)


@pytest.fixture
def delivery(ledger: Ledger, messenger: ScriptedMessenger, planning: ReminderPlanning) -> MessageDelivery:
    """Delivery for a reservation booked nine days ahead."""
    planning.plan(event(), RUN, NOW)
    return MessageDelivery(ledger, messenger, gate_on(), MemoryMeter())


def row(ledger: Ledger, intent_id: IntentId = REMINDER_24H) -> Intent:
    intent = ledger.intent(intent_id)
    assert intent is not None
    return intent


def test_a_due_reminder_is_sent_and_noted_on_the_reservation(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    assert delivery.deliver(REMINDER_24H, DUE_24H, "claim-1").intent.status is IntentStatus.SENT
    sent = row(ledger)
    assert (sent.status, sent.reason, sent.message_id) == ("sent", "accepted", "wamid.1")
    assert (sent.sent_at, sent.attempts, sent.to) == (DUE_24H, 1, "+525500000001")
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert reservation.reminders_sent == {"24h": DUE_24H}
    assert [(m.name, m.intent_id) for m in messenger.accepted] == [
        ("appointment_reminder_24h", str(REMINDER_24H))
    ]


def test_what_was_sent_is_kept_in_the_ledger(delivery: MessageDelivery, ledger: Ledger) -> None:
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert row(ledger).parameters == {
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "miércoles, 2 de diciembre de 2026",
        "appointment_time": "9:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México. Teléfono: +52 55 0000 0099",
        "preparation_instructions": "Traiga su identificación y seguro médico",
    }


def test_asking_again_sends_nothing_again(delivery: MessageDelivery, messenger: ScriptedMessenger) -> None:
    for attempt in range(3):
        delivery.deliver(REMINDER_24H, DUE_24H, f"claim-{attempt}")
    assert messenger.calls == 1


def test_nothing_is_sent_before_it_is_due(delivery: MessageDelivery, messenger: ScriptedMessenger) -> None:
    early = delivery.deliver(REMINDER_24H, DUE_24H - timedelta(seconds=1), "claim-1")
    assert (early.retry_at, messenger.calls) == (DUE_24H, 0)


@pytest.mark.parametrize(
    ("intent_id", "late"), [(REMINDER_24H, DUE_2H), (REMINDER_2H, IN_NINE_DAYS)], ids=["24h", "2h"]
)
def test_nothing_is_sent_once_it_is_of_no_use(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    intent_id: IntentId,
    late: datetime,
) -> None:
    delivery.deliver(intent_id, late, "claim-1")
    assert (row(ledger, intent_id).reason, messenger.calls) == (Reason.NO_LONGER_USEFUL, 0)


def test_nothing_is_sent_for_a_superseded_time(
    delivery: MessageDelivery, planning: ReminderPlanning, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    later = NOW + timedelta(hours=1)
    planning.plan(event("e-2", later, appointmentTime="2026-12-05T16:00:00Z"), RUN, later)
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert (row(ledger).status, messenger.calls) == (IntentStatus.SUPERSEDED, 0)


def test_a_reminder_a_newer_event_no_longer_asks_for_is_not_sent(
    delivery: MessageDelivery, planning: ReminderPlanning, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    later = NOW + timedelta(hours=1)
    planning.plan(event("e-2", later, reminderOffsets=["2h"]), RUN, later)
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    delivery.deliver(REMINDER_2H, DUE_2H, "claim-2")
    assert (row(ledger).status, row(ledger).reason) == ("skipped", "no_longer_wanted")
    assert [message.name for message in messenger.accepted] == ["appointment_reminder_2h"]


@pytest.mark.parametrize("kind", ["confirmation", "reminder_soon", "follow_up_never", "no_kind"])
def test_an_unknown_intent_is_an_error_that_names_it(delivery: MessageDelivery, kind: str) -> None:
    with pytest.raises(UnknownIntentError, match=f"reservation#nobody#v000001#{kind}"):
        delivery.deliver(IntentId("reservation#nobody", 1, kind), NOW, "claim-1")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RecipientUnreachableError("x", 131026), "whatsapp:131026"),
        (MessageRefusedError("x", None), "whatsapp:none"),
        (MessengerDeferredError("x", 131049, 24 * 60 * 60), "whatsapp:131049"),
    ],
)
def test_a_message_that_can_not_be_delivered_is_recorded_with_the_code(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, error: CitasError, reason: str
) -> None:
    messenger.script = [error]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert (row(ledger).status, row(ledger).reason) == ("failed", reason)


@pytest.mark.parametrize(
    "error",
    [
        MessengerUnavailableError("x"),
        MessengerThrottledError("x"),
        MessengerAccountError("x"),
        StoreUnavailableError("the token can't be read"),
        ConfigurationError("the secret holds no token"),
    ],
)
def test_what_whatsapp_did_not_accept_is_planned_again_and_raised(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, error: CitasError
) -> None:
    messenger.script = [error]
    with pytest.raises(type(error)):
        delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert (row(ledger).status, row(ledger).attempts) == ("planned", 1)
    delivery.deliver(REMINDER_24H, DUE_24H + timedelta(seconds=5), "claim-2")
    assert (row(ledger).status, len(messenger.accepted)) == ("sent", 1)


def test_a_wait_whatsapp_asks_for_is_handed_to_the_run(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerDeferredError("x", 131057, 60)]
    first = delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert first.retry_at == DUE_24H + timedelta(seconds=60)
    assert row(ledger).status is IntentStatus.PLANNED
    delivery.deliver(REMINDER_24H, DUE_24H + timedelta(seconds=60), "claim-2")
    assert row(ledger).status is IntentStatus.SENT


def test_a_step_that_died_while_sending_leaves_the_intent_unknown_once_its_claim_runs_out(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [ProcessDied()]
    with pytest.raises(ProcessDied):
        delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert row(ledger).status is IntentStatus.SENDING
    soon = delivery.deliver(REMINDER_24H, DUE_24H + timedelta(seconds=2), "claim-2")
    assert soon.retry_at == DUE_24H + CLAIM_LEASE
    late = delivery.deliver(REMINDER_24H, DUE_24H + CLAIM_LEASE, "claim-3")
    assert late.retry_at == DUE_24H + CLAIM_LEASE + UNKNOWN_OUTCOME_WAIT
    assert (row(ledger).status, row(ledger).reason) == ("unknown", "interrupted_while_sending")
    assert messenger.calls == 1


def test_two_that_ask_at_once_send_one_message(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    nested: list[datetime | None] = []

    def ask_too() -> None:
        nested.append(delivery.deliver(REMINDER_24H, DUE_24H, "claim-2").retry_at)

    messenger.script = [ask_too]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert nested == [DUE_24H + CLAIM_LEASE]
    assert (row(ledger).status, messenger.calls) == ("sent", 1)


def test_a_reminder_that_leaves_while_the_appointment_moves_marks_only_its_own_version(
    delivery: MessageDelivery, planning: ReminderPlanning, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    def move() -> None:
        planning.plan(event("e-2", DUE_24H, appointmentTime="2026-12-05T16:00:00Z"), RUN, DUE_24H)

    messenger.script = [move]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert (row(ledger).status, reservation.version, reservation.reminders_sent) == ("sent", 2, {})


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (MessengerUnavailableError("x"), "planned", "MessengerUnavailableError"),
        (ProcessDied(), "unknown", "interrupted_while_sending"),
    ],
    ids=["not accepted", "died while sending"],
)
def test_giving_up_records_what_is_known(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    answer: CitasError | ProcessDied,
    *,
    status: str,
    reason: str,
) -> None:
    messenger.script = [answer]
    with pytest.raises(type(answer)):
        delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    for _ in range(2):
        delivery.record_failure(REMINDER_24H, "MessengerUnavailableError", DUE_24H + timedelta(minutes=1))
    assert (row(ledger).status, row(ledger).reason) == (status, reason)


def test_what_was_not_accepted_is_asked_for_again_later_each_time_while_it_is_of_use(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    now = DUE_24H + timedelta(seconds=20)
    waits: list[timedelta] = []
    end = row(ledger).useful_until
    while True:
        messenger.script = [MessengerUnavailableError("x")]
        with pytest.raises(MessengerUnavailableError):
            delivery.deliver(REMINDER_24H, now, f"claim-{len(waits)}")
        retry_at = delivery.record_failure(REMINDER_24H, "MessengerUnavailableError", now).retry_at
        if retry_at is None:
            break
        waits.append(retry_at - now)
        now = retry_at
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (20, 40, 80, 160)]
    assert max(waits) == timedelta(hours=1)
    assert waits == sorted(waits)
    assert end - timedelta(hours=1) <= now < end
    assert (row(ledger).status, row(ledger).reason) == (
        "failed",
        "retries_exhausted:MessengerUnavailableError",
    )


def test_a_service_that_is_up_again_gets_the_message_once(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [MessengerUnavailableError("x")]
    with pytest.raises(MessengerUnavailableError):
        delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    asked = delivery.record_failure(REMINDER_24H, "MessengerUnavailableError", DUE_24H + timedelta(minutes=1))
    assert asked.retry_at is not None
    for claim in ("claim-2", "claim-3"):
        delivery.deliver(REMINDER_24H, asked.retry_at, claim)
    assert (row(ledger).status, len(messenger.accepted)) == ("sent", 1)


def test_giving_up_on_what_was_sent_after_all_leaves_it_sent(
    delivery: MessageDelivery, ledger: Ledger
) -> None:
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    delivery.record_failure(REMINDER_24H, "Lambda.Unknown", DUE_24H + timedelta(minutes=1))
    assert row(ledger).status is IntentStatus.SENT


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ReservationStatus.CANCELLED, Reason.RESERVATION_CANCELLED),
        (ReservationStatus.COMPLETED, Reason.RESERVATION_CLOSED),
        (ReservationStatus.NO_SHOW, Reason.RESERVATION_CLOSED),
    ],
)
def test_a_reservation_that_is_over_gets_no_reminder(status: ReservationStatus, reason: Reason) -> None:
    ledger, messenger = MemoryLedger(), ScriptedMessenger()
    planning_on(MemoryBookingStore(ledger), offsets="24h").plan(event(), RUN, NOW)
    ledger.set_status("r-17", status)
    MessageDelivery(ledger, messenger, gate_on(), MemoryMeter()).deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert (row(ledger).status, row(ledger).reason, messenger.calls) == ("skipped", reason, 0)

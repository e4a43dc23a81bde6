"""The gate keeps a message that the ledger wants sent: consent, quiet hours, a stopped template."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinic.domain.errors import (
    MessageRefusedError,
    MessengerOutcomeUnknownError,
    TemplateRejectedError,
    TemplateSuspectedError,
)
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.intent import UNKNOWN_OUTCOME_WAIT, Intent, IntentId, IntentStatus, Reason
from clinic.domain.people.consents import Category, Choice
from clinic.services.messages.delivery import Ledger, MessageDelivery
from clinic.services.messages.gate import Standing
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import MemoryAlerts, MemoryChannel, gate_on
from tests.fakes.ports import MemoryLedger, ScriptedMessenger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryMeter
from tests.properties.messages.stand_ins import InterruptedLedger

CONFIRMATION = IntentId("reservation#r-17", 1, "confirmation")
REMINDER_24H = IntentId("reservation#r-17", 1, "reminder_24h")
REMINDER_2H = IntentId("reservation#r-17", 1, "reminder_2h")
DUE_24H = IN_NINE_DAYS - timedelta(hours=24)
DUE_2H = IN_NINE_DAYS - timedelta(hours=2)
AN_HOUR, A_MINUTE = timedelta(hours=1), timedelta(minutes=1)
PATIENT = "+525500000001"
PAUSED = TemplateRejectedError("x", 132015)
MISCOUNTED = TemplateSuspectedError("x", 132000)


@pytest.fixture
def messenger() -> ScriptedMessenger:
    return ScriptedMessenger()


@pytest.fixture
def channel() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def alerts() -> MemoryAlerts:
    return MemoryAlerts()


@pytest.fixture
def delivery(
    ledger: Ledger,
    booking_store: BookingStore,
    messenger: ScriptedMessenger,
    channel: MemoryChannel,
    alerts: MemoryAlerts,
) -> MessageDelivery:
    planning_on(booking_store).plan(event(), RUN, NOW)
    return MessageDelivery(ledger, messenger, gate_on(channel, alerts), MemoryMeter())


def row(ledger: Ledger, intent_id: IntentId = REMINDER_24H) -> Intent:
    intent = ledger.intent(intent_id)
    assert intent is not None
    return intent


def says(channel: MemoryChannel, *, is_wanted: bool, category: Category = Category.APPOINTMENTS) -> None:
    channel.consents.apply(PATIENT, [category], Choice(is_wanted, NOW))


def test_who_wants_no_messages_gets_none(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, channel: MemoryChannel
) -> None:
    says(channel, is_wanted=False)
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert (row(ledger).status, row(ledger).reason) == ("skipped", "opted_out")
    assert (row(ledger).attempts, messenger.calls) == (0, 0)


def test_who_says_so_while_the_message_is_being_claimed_does_not_get_it(
    booking_store: BookingStore, ledger: Ledger, messenger: ScriptedMessenger, channel: MemoryChannel
) -> None:
    planning_on(booking_store).plan(event(), RUN, NOW)
    just_then = InterruptedLedger(ledger, lambda: says(channel, is_wanted=False))
    MessageDelivery(just_then, messenger, gate_on(channel), MemoryMeter()).deliver(
        REMINDER_24H, DUE_24H, "claim-1"
    )
    assert (row(ledger).status, row(ledger).reason) == ("skipped", "opted_out")
    assert (row(ledger).attempts, messenger.calls) == (0, 0)


class UnreadChannel(MemoryChannel):
    """One of which nobody reads what stands against a message: that would be one request more."""

    def standing(self, person: str, template: str, language: str) -> Standing:
        raise AssertionError(f"{template} was looked at")


@pytest.mark.parametrize("category", [Category.FOLLOW_UPS, Category.MEDICATION])
def test_what_speaks_against_it_is_read_only_where_something_does(
    booking_store: BookingStore, ledger: Ledger, messenger: ScriptedMessenger, category: Category
) -> None:
    planning_on(booking_store).plan(event(), RUN, NOW)
    channel = UnreadChannel()
    says(channel, is_wanted=False, category=category)
    MessageDelivery(ledger, messenger, gate_on(channel), MemoryMeter()).deliver(
        REMINDER_24H, DUE_24H, "claim-1"
    )
    assert row(ledger).status is IntentStatus.SENT


@pytest.mark.parametrize("spelling", ["+5215500000001", "+525500000001"])
def test_a_person_is_one_however_the_number_is_spelled(
    booking_store: BookingStore,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    channel: MemoryChannel,
    spelling: str,
) -> None:
    planning_on(booking_store).plan(event(patientPhone=spelling), RUN, NOW)
    says(channel, is_wanted=False)
    MessageDelivery(ledger, messenger, gate_on(channel), MemoryMeter()).deliver(
        REMINDER_24H, DUE_24H, "claim-1"
    )
    assert row(ledger).reason == "opted_out"


def test_another_category_that_is_not_wanted_is_another_matter(
    delivery: MessageDelivery, ledger: Ledger, channel: MemoryChannel
) -> None:
    says(channel, is_wanted=False, category=Category.FOLLOW_UPS)
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert row(ledger).status is IntentStatus.SENT


def test_one_that_may_have_arrived_does_not_end_as_never_sent(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, channel: MemoryChannel
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    says(channel, is_wanted=False)
    delivery.deliver(REMINDER_24H, DUE_24H + UNKNOWN_OUTCOME_WAIT, "claim-2")
    assert (row(ledger).status, row(ledger).reason) == ("failed", "no_answer_after_request")


def test_one_that_may_have_arrived_does_not_end_with_the_code_of_a_template_stopped_since(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, channel: MemoryChannel
) -> None:
    messenger.script = [MessengerOutcomeUnknownError("x")]
    delivery.deliver(REMINDER_2H, DUE_2H, "claim-1")
    stopped = Breaker.tripped(None, 132015, DUE_2H + A_MINUTE)
    channel.record(
        row(ledger, REMINDER_2H).template, "es_MX", None, replace(stopped, open_until=IN_NINE_DAYS)
    )
    delivery.deliver(REMINDER_2H, DUE_2H + UNKNOWN_OUTCOME_WAIT, "claim-2")
    ended = row(ledger, REMINDER_2H)
    assert (ended.status, ended.reason) == ("failed", "no_answer_after_request")


def test_a_refused_template_is_stopped_and_the_operator_told_once(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, alerts: MemoryAlerts
) -> None:
    messenger.script = [PAUSED]
    first = delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert first.retry_at is not None
    assert timedelta(0) <= first.retry_at - DUE_24H - AN_HOUR <= A_MINUTE
    assert (row(ledger).status, row(ledger).reason) == ("planned", "whatsapp:132015")
    again = delivery.deliver(REMINDER_24H, DUE_24H + timedelta(minutes=59), "claim-2")
    assert again.retry_at is not None
    assert (messenger.calls, row(ledger).attempts, alerts.stopped) == (1, 1, ["appointment_reminder_24h"])


def test_other_templates_go_on(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [PAUSED]
    delivery.deliver(CONFIRMATION, NOW, "claim-1")
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-2")
    assert row(ledger).status is IntentStatus.SENT


def test_once_it_is_accepted_again_it_goes_on(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger, channel: MemoryChannel
) -> None:
    messenger.script = [PAUSED]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    delivery.deliver(REMINDER_24H, DUE_24H + AN_HOUR, "claim-2")
    assert row(ledger).status is IntentStatus.SENT
    (breaker,) = channel.breakers.values()
    assert breaker.times == 0


def test_while_it_keeps_failing_it_is_left_alone_for_longer(
    delivery: MessageDelivery, messenger: ScriptedMessenger, channel: MemoryChannel, alerts: MemoryAlerts
) -> None:
    messenger.script = [PAUSED, PAUSED, PAUSED]
    now, waits = DUE_24H, []
    for number in range(3):
        delivery.deliver(REMINDER_24H, now, f"claim-{number}")
        (breaker,) = channel.breakers.values()
        waits.append(breaker.open_until - now)
        now = breaker.open_until
    assert waits == [AN_HOUR, 2 * AN_HOUR, 4 * AN_HOUR]
    assert len(alerts.stopped) == 3


def test_what_would_be_of_no_more_use_then_fails_with_whatsapps_code(
    delivery: MessageDelivery, ledger: Ledger, messenger: ScriptedMessenger
) -> None:
    messenger.script = [PAUSED]
    late = IN_NINE_DAYS - timedelta(minutes=30)
    delivery.deliver(REMINDER_2H, late, "claim-1")
    assert (row(ledger, REMINDER_2H).status, row(ledger, REMINDER_2H).reason) == ("failed", "whatsapp:132015")


@pytest.fixture
def second(booking_store: BookingStore) -> IntentId:
    """The same reminder of another patient's."""
    planning_on(booking_store).plan(
        event("e-2", reservationId="r-18", patientPhone="+525500000002"), RUN, NOW
    )
    return IntentId("reservation#r-18", 1, "reminder_24h")


@pytest.mark.parametrize("code", [132005, 132012])
def test_a_message_whose_values_are_wrong_fails_alone(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    second: IntentId,
    code: int,
) -> None:
    messenger.script = [MessageRefusedError("x", code)]
    for intent_id in (REMINDER_24H, second):
        delivery.deliver(intent_id, DUE_24H, f"claim-{intent_id}")
    assert (row(ledger).status, row(ledger).reason) == ("failed", f"whatsapp:{code}")
    assert row(ledger, second).status is IntentStatus.SENT


def test_a_message_that_alone_has_another_number_of_values_fails_alone(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    channel: MemoryChannel,
    second: IntentId,
) -> None:
    messenger.script = [MISCOUNTED]
    for intent_id in (REMINDER_24H, second):
        delivery.deliver(intent_id, DUE_24H, f"claim-{intent_id}")
    assert (row(ledger).status, row(ledger).reason) == ("failed", "whatsapp:132000")
    assert (row(ledger, second).status, messenger.calls) == ("sent", 2)
    assert all(breaker.is_at_rest for breaker in channel.breakers.values())


def test_the_second_message_with_another_number_of_values_stops_the_template_and_waits(
    delivery: MessageDelivery,
    ledger: Ledger,
    messenger: ScriptedMessenger,
    alerts: MemoryAlerts,
    second: IntentId,
) -> None:
    messenger.script = [MISCOUNTED, MISCOUNTED]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    waits = delivery.deliver(second, DUE_24H, "claim-2").retry_at
    assert waits is not None
    assert timedelta(0) <= waits - DUE_24H - AN_HOUR <= A_MINUTE
    assert (row(ledger, second).status, alerts.stopped) == ("planned", ["appointment_reminder_24h"])
    delivery.deliver(second, waits, "claim-3")
    assert row(ledger, second).status is IntentStatus.SENT


def test_two_that_meet_it_at_once_stop_the_template(
    delivery: MessageDelivery, messenger: ScriptedMessenger, alerts: MemoryAlerts, second: IntentId
) -> None:
    def meanwhile() -> None:
        messenger.script = [MISCOUNTED]
        delivery.deliver(second, DUE_24H, "claim-2")
        raise MISCOUNTED

    messenger.script = [meanwhile]
    delivery.deliver(REMINDER_24H, DUE_24H, "claim-1")
    assert alerts.stopped == ["appointment_reminder_24h"]


class TestQuietHours:
    """From 21:00 to 08:00 in Mexico City, for an intent that keeps them."""

    NIGHT = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)  # 22:00
    MORNING = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)  # 08:00

    @pytest.fixture
    def ledger(self) -> MemoryLedger:
        ledger = MemoryLedger()
        planning_on(MemoryBookingStore(ledger)).plan(event(), RUN, NOW)
        intent = ledger.rows[REMINDER_24H]
        due = self.NIGHT - AN_HOUR
        ledger.rows[REMINDER_24H] = replace(intent, due_at=due, time_zone="America/Mexico_City")
        return ledger

    def test_it_waits_until_they_are_over(self, ledger: MemoryLedger, messenger: ScriptedMessenger) -> None:
        delivery = MessageDelivery(ledger, messenger, gate_on(), MemoryMeter())
        assert delivery.deliver(REMINDER_24H, self.NIGHT, "claim-1").retry_at == self.MORNING
        assert (ledger.rows[REMINDER_24H].attempts, messenger.calls) == (0, 0)
        delivery.deliver(REMINDER_24H, self.MORNING, "claim-2")
        assert ledger.rows[REMINDER_24H].status is IntentStatus.SENT

    def test_what_is_of_no_use_then_is_skipped(
        self, ledger: MemoryLedger, messenger: ScriptedMessenger
    ) -> None:
        ledger.rows[REMINDER_24H] = replace(ledger.rows[REMINDER_24H], useful_until=self.MORNING)
        MessageDelivery(ledger, messenger, gate_on(), MemoryMeter()).deliver(
            REMINDER_24H, self.NIGHT, "claim-1"
        )
        assert (ledger.rows[REMINDER_24H].status, messenger.calls) == (IntentStatus.SKIPPED, 0)
        assert ledger.rows[REMINDER_24H].reason == Reason.QUIET_HOURS

    def test_one_that_keeps_none_is_sent_at_night(
        self, ledger: MemoryLedger, messenger: ScriptedMessenger
    ) -> None:
        ledger.rows[REMINDER_24H] = replace(ledger.rows[REMINDER_24H], time_zone=None)
        MessageDelivery(ledger, messenger, gate_on(), MemoryMeter()).deliver(
            REMINDER_24H, self.NIGHT, "claim-1"
        )
        assert messenger.calls == 1

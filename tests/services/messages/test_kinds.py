"""The table of message kinds, against what the services plan when a clinic's life is played to them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.domain.messages.intent import Intent
from clinic.domain.messages.kinds import KINDS, InQuietHours, MessageKind, NoticeKind, ReminderOffset, kind_of
from clinic.services.messages.notice_drafts import notice, notice_id
from clinic.services.prescriptions.prescribing import Prescribing
from console.audit.kinds import DOSE_PREFIX, FOLLOW_UP_PREFIX, REMINDER_PREFIX, Kind, followed_by
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, CancellationBench, cancelled
from tests.fakes.appointments.moving import THIRD, Afternoon
from tests.fakes.appointments.planned import RUN
from tests.fakes.appointments.visits import AFTERWARDS, FOLLOW_UP_RUN, completed, follow_ups_on
from tests.fakes.examples import NOW
from tests.fakes.messages.texts import SPANISH
from tests.fakes.prescriptions.prescriptions import MemoryPrescriptions, prescribed, regimens
from tests.fakes.requests.desk import SLOT, TIME_IS_UP, Desk
from tests.fakes.stores.booking_store import MemoryBookingStore


def _bookings() -> Iterator[Intent]:
    """Booked, cancelled, and given money back after the patient was told that somebody would be in touch."""
    store = MemoryBookingStore()
    bench = CancellationBench(store, store.ledger)
    bench.book(profileId="dr-1", chargeId="ch_1")
    bench.cancel(refundAmount=100)
    bench.refunding.record_failure("r-17", "PaymentsUnavailableError", AN_HOUR_LATER)
    bench.run(cancelled(refundAmount=100), AN_HOUR_LATER)
    yield from store.ledger.rows.values()


def _visits() -> Iterator[Intent]:
    """Moved once, not moved the second time, and over."""
    store = MemoryBookingStore()
    afternoon = Afternoon(store)
    afternoon.book()
    afternoon.move()
    afternoon.book(THIRD, "r-30", "e-30")
    afternoon.move("m-2", oldReservationId="r-30", newReservationId="r-31")
    yield from store.ledger.rows.values()
    store = MemoryBookingStore()
    follow_ups_on(store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    follow_ups_on(store).plan(completed("v-9", reservationId="r-9", followUpType="48h"), RUN, AFTERWARDS)
    yield from store.ledger.rows.values()


def _requests() -> Iterator[Intent]:
    """Declined; expired and then approved, too late; withdrawn."""
    declined, late, withdrawn = Desk(), Desk(), Desk()
    for desk in (declined, late, withdrawn):
        desk.ask(chargeId="ch_1")
    declined.decline()
    late.expire()
    late.approve(now=TIME_IS_UP + timedelta(minutes=1))
    bench = CancellationBench(withdrawn.booking_store, withdrawn.booking_store.ledger)
    bench.delivery.deliver(withdrawn.told()["request_doctor"].id, NOW, "claim-1")  # so the doctor knows
    bench.cancel(reservationId="q-1")
    for desk in (declined, late, withdrawn):
        yield from desk.booking_store.ledger.rows.values()


def _doses() -> Iterator[Intent]:
    stored = MemoryPrescriptions()
    Prescribing(stored, regimens()).create(prescribed(), RUN, NOW)
    yield from stored.ledger.rows.values()


@pytest.fixture(scope="module")
def planned() -> list[Intent]:
    return [*_bookings(), *_visits(), *_requests(), *_doses()]


def test_every_kind_that_is_planned_has_a_row_and_every_row_is_planned(planned: list[Intent]) -> None:
    """And of each template, too: none is registered that no kind uses, none used that is not registered."""
    assert {kind_of(intent.kind).name for intent in planned} == set(KINDS)
    assert {intent.template for intent in planned} == set(SPANISH)
    assert {name for row in KINDS.values() for name in row.templates} == set(SPANISH)


def test_each_message_is_as_its_row_says(planned: list[Intent]) -> None:
    for intent in planned:
        row = kind_of(intent.kind)
        assert intent.template in row.templates
        assert (intent.to is not None) is row.is_prepared
        if row.useful_for is not None and not intent.reason:
            assert intent.useful_until <= intent.due_at + row.useful_for
        assert (intent.time_zone is not None) is (row.in_quiet_hours is InQuietHours.WAITS)
        assert ("doctor" in intent.template) is row.is_for_doctor


@pytest.mark.parametrize("row", KINDS.values(), ids=lambda row: row.name)
def test_a_kind_is_read_back_from_its_text(row: MessageKind) -> None:
    text = row.kind("24h") if row.varies_by else row.name
    assert kind_of(text) is row
    assert row.variant_of(text) == ("24h" if row.varies_by else "")
    assert row.pattern.startswith(row.name)


@pytest.mark.parametrize("kind", ["", "reminder", "dose", "confirmation_24h", "of_{}_tomorrow"])
def test_a_kind_that_nobody_plans_is_a_notice_of_its_own(kind: str) -> None:
    row = kind_of(kind)
    assert (row.name, row.called_of(kind), row.templates) == (kind, kind, ())
    assert row.follows == "nothing"


def test_only_a_reminders_kind_has_an_offset() -> None:
    assert ReminderOffset.of_kind("reminder_90m") == ReminderOffset(90)
    with pytest.raises(ValueError, match="expected an offset"):
        ReminderOffset.of_kind("follow_up_24h")


def test_who_plans_what_lasts_until_something_else_has_to_say_until_when() -> None:
    asked = notice_id("request#q-1", NoticeKind.REQUEST_DOCTOR)
    with pytest.raises(ValueError, match="request_doctor: expected useful_until"):
        notice(
            asked,
            record_id="r-1",
            happens_at=SLOT.start,
            template="reservation_requested_doctor",
            language="es_MX",
            to="+525500000001",
            parameters={},
            now=NOW,
        )


def test_the_audits_own_copy_names_the_same_kinds() -> None:
    """It is kept by hand, so that an error in the table does not hide itself; only the names must agree."""
    fixed = {row.name for row in KINDS.values() if not row.varies_by}
    assert fixed == set(Kind)
    families = {row.kind("") for row in KINDS.values() if row.varies_by}
    assert families == {DOSE_PREFIX, FOLLOW_UP_PREFIX, REMINDER_PREFIX}
    kinds = [*fixed, *(row.kind("24h") for row in KINDS.values() if row.varies_by)]
    assert [followed_by(kind).value for kind in kinds] == [kind_of(kind).follows.value for kind in kinds]

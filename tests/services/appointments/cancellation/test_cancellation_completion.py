"""A cancellation that is written and told is completed, on both records."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.errors import (
    AppointmentInThePastError,
    MessengerUnavailableError,
    RecipientUnreachableError,
)
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.statistics import StatisticKind
from clinic.services.appointments.completion import CancellationAccount
from clinic.services.requests.keeping import RequestKeeping
from tests.fakes.appointments.bookings import asked, slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.dynamo import StoredRecords, put_slot
from tests.fakes.workflow_ports import MemoryEvents

PLACE = slot(IN_NINE_DAYS)
IN_A_SLOT: dict[str, Any] = {"profileId": "dr-1", "slotId": PLACE.slot_id}
A_MINUTE_ON = AN_HOUR_LATER + timedelta(minutes=1)


@pytest.fixture
def bench(booking_store: StoredRecords) -> CancellationBench:
    return CancellationBench(booking_store, booking_store.ledger)


def run(bench: CancellationBench, **changes: Any) -> CancellationAccount:
    account = bench.run(cancelled(**changes), AN_HOUR_LATER)
    assert account is not None
    return account


def test_the_account_of_a_whole_cancellation(bench: CancellationBench, booking_store: StoredRecords) -> None:
    put_slot(booking_store, PLACE)
    bench.book(chargeId="ch_1", **IN_A_SLOT)
    whole = CancellationAccount(
        slot_released=True,
        patient_notified=True,
        doctor_notified=True,
        refund_processed=True,
        reminders_cancelled=True,
        refund="made",
    )
    assert run(bench, refundAmount=100) == whole
    assert run(bench, event_id="c-2", refundAmount=100) == whole
    assert bench.messages() == ["appointment_cancelled", "appointment_cancelled_doctor"]


def test_the_account_of_one_without_slot_doctor_or_refund(bench: CancellationBench) -> None:
    bench.book()
    assert run(bench) == CancellationAccount(patient_notified=True, reminders_cancelled=True)


def test_whom_whatsapp_cannot_reach_was_not_notified(bench: CancellationBench) -> None:
    bench.book(profileId="dr-1")
    bench.messenger.script = [RecipientUnreachableError("x", 131026)]
    account = run(bench)
    assert (account.patient_notified, account.doctor_notified) == (False, True)


@pytest.mark.parametrize("amount", [100, 9000])
def test_a_refund_that_was_not_made_is_not_processed(bench: CancellationBench, amount: int) -> None:
    bench.book(chargeId="ch_1" if amount == 9000 else None)
    account = run(bench, refundAmount=amount)
    assert (account.refund_processed, account.refund) == (False, "refused")


def test_after_the_visits_beginning_nothing_was_done(bench: CancellationBench) -> None:
    bench.book()
    with pytest.raises(AppointmentInThePastError):
        run(bench, at=IN_NINE_DAYS)
    assert bench.statistics.kept == {}
    assert bench.runs.running == {RUN}


def test_of_a_booking_that_has_not_come_nothing_is_claimed(bench: CancellationBench) -> None:
    bench.cancel()
    assert bench.completion.record("r-17") == CancellationAccount()
    assert bench.completion.stop_reminders("r-17", NOW) == 0


def test_the_account_of_a_withdrawn_request(bench: CancellationBench, booking_store: StoredRecords) -> None:
    put_slot(booking_store, PLACE)
    clinic: dict[str, Any] = {"clinicName": "Clínica Ejemplo", "clinicAddress": "Calle Ficticia 123"}
    until = NOW + timedelta(days=1)
    wanted = asked("r-17", PLACE.slot_id, until, **clinic)
    RequestKeeping(booking_store, appointments(), MemoryEvents()).receive(wanted, RUN, NOW)
    assert run(bench) == CancellationAccount(slot_released=True, patient_notified=True)


# -- statistics ---------------------------------------------------------------------------------------


def test_it_is_counted_once_without_the_reasons_words(bench: CancellationBench) -> None:
    bench.book(chargeId="ch_1")
    for event_id in ("c-1", "c-2"):
        run(bench, event_id=event_id, refundAmount=100, cancellationReason="Dolor de espalda")
    (statistic,) = bench.statistics.kept.values()
    assert (statistic.kind, statistic.subject) == (StatisticKind.CANCELLATION, "r-17")
    assert statistic.at == AN_HOUR_LATER
    assert statistic.values == {
        "cancelled_by": "patient",
        "reason_given": "yes",
        "refund": "made",
        "refund_amount": "100.00",
        "refund_currency": "MXN",
    }


@pytest.mark.parametrize(
    ("by", "counted"),
    [
        (None, "not_said"),
        ("patient", "patient"),
        ("front-desk", "front-desk"),
        ("Dra. Ficticia", "other"),
        ("+52 55 0000 0001", "other"),
        ("a" * 40, "other"),
    ],
)
def test_who_cancelled_is_counted_by_role_and_never_by_name(
    bench: CancellationBench, by: str | None, counted: str
) -> None:
    bench.book()
    run(bench, cancelledBy=by)
    (statistic,) = bench.statistics.kept.values()
    assert statistic.values == {"cancelled_by": counted, "reason_given": "no", "refund": "none"}


# -- the reminders' runs ------------------------------------------------------------------------------


def test_every_run_of_its_reminders_is_stopped_once(bench: CancellationBench) -> None:
    bench.book()
    bench.cancel()
    assert bench.completion.stop_reminders("r-17", AN_HOUR_LATER) == 1
    assert bench.runs.stopped == [(RUN, "reservation r-17 is cancelled")]
    assert bench.completion.stop_reminders("r-17", AN_HOUR_LATER) == 0


def test_no_run_is_stopped_of_a_reservation_that_stands(bench: CancellationBench) -> None:
    bench.book()
    assert bench.completion.stop_reminders("r-17", NOW) == 0
    assert bench.runs.running == {RUN}


def test_while_a_message_is_leaving_its_run_goes_on_and_settles_it(bench: CancellationBench) -> None:
    bench.book()
    confirmation = next(i for i in bench.booking_store.intents(SUBJECT) if i.kind == "confirmation")

    def meanwhile() -> None:
        bench.cancel()
        assert bench.completion.stop_reminders("r-17", AN_HOUR_LATER) == 0
        assert not bench.completion.record("r-17").reminders_cancelled

    bench.messenger.script = [meanwhile]
    bench.delivery.deliver(confirmation.id, NOW, "request-1")
    assert bench.statuses()["confirmation"] is IntentStatus.SENT
    assert bench.completion.stop_reminders("r-17", AN_HOUR_LATER) == 1


def test_one_that_comes_back_unsent_is_ended_before_its_run_is_stopped(bench: CancellationBench) -> None:
    bench.book()
    confirmation = next(i for i in bench.booking_store.intents(SUBJECT) if i.kind == "confirmation")

    def meanwhile() -> None:
        bench.cancel()
        raise MessengerUnavailableError("x")

    bench.messenger.script = [meanwhile]
    with pytest.raises(MessengerUnavailableError):
        bench.delivery.deliver(confirmation.id, NOW, "request-1")
    assert bench.statuses()["confirmation"] is IntentStatus.PLANNED
    assert bench.completion.stop_reminders("r-17", A_MINUTE_ON) == 1
    assert bench.statuses()["confirmation"] is IntentStatus.SKIPPED

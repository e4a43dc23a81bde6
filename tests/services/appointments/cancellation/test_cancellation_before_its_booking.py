"""A cancellation that comes before its booking, and of what is still a request."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.appointments.reservation import Arrival, Reservation, ReservationStatus
from clinic.domain.errors import AppointmentInThePastError, UnknownReservationError
from clinic.domain.messages.intent import IntentStatus, request_subject
from clinic.domain.requests.request import RequestStatus
from clinic.services.appointments.cancellation import CancellationOutcome
from clinic.services.requests.decisions import RequestDecisions
from clinic.services.requests.expiration import RequestExpiration
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.slots.slot_reservations import slot_of
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.bookings import approved, asked, declined, slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.planned import RUN, appointments
from tests.fakes.appointments.refunds import MemoryPayments
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords, put_slot
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics

A_DAY_LATER = AN_HOUR_LATER + timedelta(hours=24)
PLACE = slot(IN_NINE_DAYS)
UNTIL = NOW + timedelta(days=1)
CLINIC_IN_WORDS: dict[str, Any] = {"clinicName": "Clínica Ejemplo", "clinicAddress": "Calle Ficticia 123"}


@pytest.fixture
def bench(booking_store: StoredRecords) -> CancellationBench:
    return CancellationBench(booking_store, booking_store.ledger)


def the(bench: CancellationBench) -> Reservation:
    reservation = bench.booking_store.reservation("r-17")
    assert reservation is not None
    return reservation


def note_of(bench: CancellationBench) -> tuple[Cancellation, Refund | None]:
    note = the(bench).cancellation
    assert note is not None
    return note, note.refund


# -- before its appointment/created -------------------------------------------------------------------


def test_it_leaves_a_placeholder_and_is_asked_again_soon(bench: CancellationBench) -> None:
    plan = bench.cancel()
    assert plan.outcome is CancellationOutcome.UNKNOWN_RESERVATION
    assert plan.retry_at == AN_HOUR_LATER + timedelta(seconds=15)
    assert (the(bench).status, the(bench).is_placeholder) == (ReservationStatus.CANCELLED, True)
    assert bench.booking_store.intents(SUBJECT) == []


def test_it_is_looked_for_during_a_day_at_growing_intervals(bench: CancellationBench) -> None:
    looks = [AN_HOUR_LATER]
    while (plan := bench.cancel(now=looks[-1])).retry_at and plan.retry_at < A_DAY_LATER:
        looks.append(plan.retry_at)
    waits = [later - earlier for earlier, later in pairwise(looks)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
    assert len(looks) < 40


def test_after_a_day_the_run_fails_and_nobody_was_told(bench: CancellationBench) -> None:
    bench.cancel(refundAmount=100, chargeId="ch_1")
    with pytest.raises(UnknownReservationError, match="reservation r-17 is not known"):
        bench.cancel(now=A_DAY_LATER, refundAmount=100, chargeId="ch_1")
    assert bench.booking_store.intents(SUBJECT) == []
    _, refund = note_of(bench)
    assert refund is not None
    assert (refund.progress, refund.reason) == (RefundProgress.UNSETTLED, "unknown_reservation")
    assert the(bench).is_placeholder


def test_its_booking_stays_closed_when_it_comes(bench: CancellationBench) -> None:
    bench.cancel()
    plan = bench.planning.plan(event(profileId="dr-1"), RUN, AN_HOUR_LATER)
    assert (plan.arrival, plan.open_intents) == (Arrival.CLOSED, ())


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(hours=20), timedelta(days=2)])
def test_once_the_booking_has_come_patient_and_doctor_are_told(
    bench: CancellationBench, late: timedelta
) -> None:
    bench.cancel()
    bench.planning.plan(event(profileId="dr-1"), RUN, AN_HOUR_LATER + late)
    plan = bench.cancel(now=AN_HOUR_LATER + late)
    assert plan.outcome is CancellationOutcome.CANCELLED
    assert [intent.kind for intent in plan.open_notices] == ["cancellation", "cancellation_doctor"]
    assert plan.open_notices[0].parameters["patient_name"] == "Paciente Ejemplo"
    again = bench.cancel(now=AN_HOUR_LATER + late)
    assert (again.outcome, again.open_notices) == (
        CancellationOutcome.ALREADY_CANCELLED,
        plan.open_notices,
    )


def test_the_bookings_charge_is_refunded(bench: CancellationBench) -> None:
    assert not bench.cancel(refundAmount=100).is_refund_due
    bench.planning.plan(event(chargeId="ch_1"), RUN, AN_HOUR_LATER)
    assert bench.cancel(refundAmount=100).is_refund_due
    _, refund = note_of(bench)
    assert refund is not None
    assert (refund.charge_id, refund.progress) == ("ch_1", RefundProgress.DUE)


@pytest.mark.parametrize("late", [timedelta(), timedelta(hours=25)], ids=["in time", "after a day"])
def test_a_charge_that_the_booking_contradicts_is_not_refunded(
    bench: CancellationBench, late: timedelta
) -> None:
    bench.cancel(refundAmount=100, chargeId="ch_1")
    with suppress(UnknownReservationError):
        bench.cancel(now=AN_HOUR_LATER + late, refundAmount=100, chargeId="ch_1")
    bench.planning.plan(event(chargeId="ch_2"), RUN, AN_HOUR_LATER + late)
    assert not bench.cancel(now=AN_HOUR_LATER + late, refundAmount=100, chargeId="ch_1").is_refund_due
    _, refund = note_of(bench)
    assert refund is not None
    assert (refund.progress, refund.reason) == (RefundProgress.REFUSED, "charge_of_another")


def test_where_the_booking_names_no_charge_either_the_refund_is_refused(bench: CancellationBench) -> None:
    bench.cancel(refundAmount=100)
    bench.planning.plan(event(), RUN, AN_HOUR_LATER)
    assert not bench.cancel(refundAmount=100).is_refund_due
    _, refund = note_of(bench)
    assert refund is not None
    assert refund.progress is RefundProgress.REFUSED


def test_a_visit_that_had_begun_by_then_stays_as_it_was(bench: CancellationBench) -> None:
    at = IN_NINE_DAYS + timedelta(minutes=5)
    bench.cancel(now=at, at=at)
    bench.planning.plan(event(), RUN, at)
    for _ in range(2):
        with pytest.raises(AppointmentInThePastError):
            bench.cancel(now=at, at=at)
    assert (the(bench).status, the(bench).cancellation) == (ReservationStatus.CONFIRMED, None)


def test_a_visit_that_had_begun_by_then_has_no_place_that_it_never_took(
    bench: CancellationBench, booking_store: StoredRecords
) -> None:
    at = IN_NINE_DAYS + timedelta(minutes=5)
    put_slot(booking_store, PLACE)
    bench.cancel(now=at, at=at)
    bench.planning.plan(event(profileId="dr-1", slotId=PLACE.slot_id), RUN, at)
    with pytest.raises(AppointmentInThePastError):
        bench.cancel(now=at, at=at)
    assert (the(bench).status, the(bench).details.slot_id) == (ReservationStatus.CONFIRMED, None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_that_wait_the_first_to_be_published_counts(
    bench: CancellationBench, order: tuple[int, int]
) -> None:
    both = [
        cancelled("c-1", AN_HOUR_LATER, cancelledBy="patient"),
        cancelled("c-2", AN_HOUR_LATER + timedelta(minutes=1), cancelledBy="doctor"),
    ]
    for number in order:
        bench.cancelling.cancel(both[number], A_DAY_LATER - timedelta(hours=1))
    note, _ = note_of(bench)
    assert note.cancelled_by == "patient"


# -- of a request -------------------------------------------------------------------------------------


@pytest.fixture
def requests(booking_store: StoredRecords) -> RequestKeeping:
    put_slot(booking_store, PLACE)
    return RequestKeeping(booking_store, appointments(), MemoryEvents())


def decisions(bench: CancellationBench) -> RequestDecisions:
    return RequestDecisions(bench.booking_store, appointments(), MemoryEvents(), MemoryRuns())


def test_a_pending_request_is_withdrawn_and_its_place_is_free(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    plan = bench.cancel()
    assert (plan.outcome, plan.is_refund_due) == (CancellationOutcome.REQUEST_WITHDRAWN, False)
    request = bench.booking_store.request("r-17")
    assert request is not None
    assert (request.status, request.closed_because) == (RequestStatus.WITHDRAWN, "reservation_cancelled")
    booking = slot_of(bench.booking_store, request.details)
    assert booking is not None
    assert booking.slot.holders == frozenset()
    assert bench.booking_store.reservation("r-17") is None


@pytest.mark.parametrize("is_placeholder", [False, True], ids=["nothing known", "placeholder"])
def test_what_was_paid_for_a_request_goes_back_and_then_the_patient_is_told(
    bench: CancellationBench, requests: RequestKeeping, is_placeholder: bool
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    if is_placeholder:
        elsewhere = MemoryBookingStore()
        CancellationBench(elsewhere, elsewhere.ledger).cancel(refundAmount=100, chargeId="ch_1")
        bench.booking_store.commit(Changes(reservations=((None, elsewhere.ledger.reservations["r-17"]),)))
    plan = bench.cancel(refundAmount=100, chargeId="ch_1")
    assert (plan.outcome, plan.is_refund_due) == (CancellationOutcome.REQUEST_WITHDRAWN, True)
    assert plan.open_notices == ()
    standing = bench.refunding.refund("r-17", NOW)
    assert standing.refund.progress is RefundProgress.MADE
    assert [intent.kind for intent in standing.open_notices] == ["cancellation"]
    again = bench.cancel(refundAmount=100, chargeId="ch_1")
    assert (again.is_refund_due, again.open_notices) == (False, standing.open_notices)
    assert isinstance(bench.payments, MemoryPayments)
    assert len(bench.payments.made) == 1
    request = bench.booking_store.request("r-17")
    assert request is not None
    assert request.status is RequestStatus.WITHDRAWN


def test_a_doctor_who_was_not_asked_yet_is_neither_asked_nor_told(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    plan = bench.cancel()
    (question,) = bench.booking_store.intents(request_subject("r-17"))
    assert (question.status, question.reason) == (IntentStatus.SKIPPED, "request_closed")
    assert [intent.kind for intent in plan.open_notices] == ["cancellation"]
    assert bench.cancel() == plan


def test_a_doctor_who_was_asked_is_told(bench: CancellationBench, requests: RequestKeeping) -> None:
    held = requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    bench.delivery.deliver(held.open_intents[0].id, NOW, "request-1")
    plan = bench.cancel()
    assert [intent.kind for intent in plan.open_notices] == ["cancellation", "cancellation_doctor"]
    assert plan.open_notices[1].to == "+525500000090"
    assert bench.cancel() == plan


def test_a_request_that_comes_after_its_cancellation_gives_the_particulars_and_its_patient_is_told(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    assert bench.cancel().retry_at is not None
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, AN_HOUR_LATER)
    plan = bench.cancel()
    assert plan.outcome is CancellationOutcome.CANCELLED
    assert "cancellation" in [intent.kind for intent in plan.open_notices]
    request = bench.booking_store.request("r-17")
    assert request is not None
    assert request.status is RequestStatus.WITHDRAWN


def test_a_request_that_was_taken_at_the_very_moment_is_withdrawn_at_the_next_look(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    elsewhere = MemoryBookingStore()
    CancellationBench(elsewhere, elsewhere.ledger).cancel()
    bench.booking_store.commit(Changes(reservations=((None, elsewhere.ledger.reservations["r-17"]),)))
    plan = bench.cancel()
    assert plan.outcome is CancellationOutcome.REQUEST_WITHDRAWN
    assert bench.cancel() == plan


def test_a_request_that_was_approved_is_cancelled_as_a_reservation(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    decisions(bench).decide(approved("r-17"), NOW)
    assert bench.cancel().outcome is CancellationOutcome.CANCELLED
    booking = slot_of(bench.booking_store, the(bench).details)
    assert booking is not None
    assert booking.slot.holders == frozenset()


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_a_request_that_came_to_nothing_leaves_nothing_to_cancel(
    bench: CancellationBench, requests: RequestKeeping, how: str
) -> None:
    requests.receive(asked("r-17", PLACE.slot_id, UNTIL, **CLINIC_IN_WORDS), RUN, NOW)
    if how == "declined":
        decisions(bench).decide(declined("r-17"), NOW)
    else:
        RequestExpiration(bench.booking_store, MemoryStatistics(), MemoryMeter()).expire("r-17", RUN, UNTIL)
    before = bench.booking_store.request("r-17")
    plan = bench.cancel(now=UNTIL)
    assert (plan.outcome, plan.open_notices) == (CancellationOutcome.RESERVATION_CLOSED, ())
    assert (bench.booking_store.request("r-17"), bench.booking_store.reservation("r-17")) == (before, None)


def test_a_request_of_that_name_for_another_patients_reservation_is_left_alone(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    wanted = asked("r-17", PLACE.slot_id, UNTIL, reservationId="r-99", **CLINIC_IN_WORDS)
    requests.receive(wanted, RUN, NOW)
    other = bench.cancel(patientPhone="+52 55 0000 0077")
    assert other.outcome is CancellationOutcome.UNKNOWN_RESERVATION
    request = bench.booking_store.request("r-17")
    assert request is not None
    assert request.is_pending


def test_cancelled_before_its_request_for_a_slot_that_is_gone_it_stays_cancelled_when_told_again(
    bench: CancellationBench, requests: RequestKeeping
) -> None:
    """Of such a slot nobody knows when it would have begun: that it had begun is not said of it."""
    bench.cancel()
    gone = asked("r-17", "dr-1:s-1:gone", NOW, **CLINIC_IN_WORDS)
    requests.receive(gone, RUN, AN_HOUR_LATER)
    for _ in range(2):
        bench.cancel()
        assert the(bench).status is ReservationStatus.CANCELLED

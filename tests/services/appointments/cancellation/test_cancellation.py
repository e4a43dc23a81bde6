"""A ``reservation/cancelled`` event changes the records, on both of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import RefundProgress
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import (
    AppointmentInThePastError,
    DoctorNotToldError,
    RefundConflictError,
    ReservationClosedError,
)
from clinic.domain.messages.intent import Intent, IntentStatus, Reason
from clinic.domain.money import Money
from clinic.services.appointments.cancellation import CancellationOutcome
from clinic.services.slots.slot_reservations import slot_of
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.payments import pesos
from tests.fakes.stores.dynamo import StoredRecords, put_slot

PLACE = slot(IN_NINE_DAYS, capacity=2)
IN_A_SLOT: dict[str, Any] = {"profileId": "dr-1", "slotId": PLACE.slot_id}


@pytest.fixture
def bench(booking_store: StoredRecords) -> CancellationBench:
    return CancellationBench(booking_store, booking_store.ledger)


def the(bench: CancellationBench, reservation_id: str = "r-17") -> Reservation:
    reservation = bench.booking_store.reservation(reservation_id)
    assert reservation is not None
    return reservation


def notices(bench: CancellationBench) -> dict[str, Intent]:
    return {i.kind: i for i in bench.booking_store.intents(SUBJECT) if not i.id.follows_appointment}


def test_it_is_cancelled_with_who_when_and_why(bench: CancellationBench) -> None:
    bench.book()
    plan = bench.cancel(now=AN_HOUR_LATER + timedelta(seconds=2), cancellationReason="Viaje de trabajo")
    assert (plan.outcome, plan.is_refund_due, plan.runs) == (
        CancellationOutcome.CANCELLED,
        False,
        frozenset({RUN}),
    )
    reservation = the(bench)
    note = reservation.cancellation
    assert reservation.status is ReservationStatus.CANCELLED
    assert note is not None
    assert (note.at, note.reason, note.cancelled_by) == (AN_HOUR_LATER, "Viaje de trabajo", "patient")


def test_its_messages_are_skipped_and_two_notices_planned(bench: CancellationBench) -> None:
    bench.book(profileId="dr-1")
    plan = bench.cancel()
    assert bench.statuses() == {
        "confirmation": IntentStatus.SKIPPED,
        "reminder_24h": IntentStatus.SKIPPED,
        "reminder_2h": IntentStatus.SKIPPED,
        "cancellation": IntentStatus.PLANNED,
        "cancellation_doctor": IntentStatus.PLANNED,
    }
    following = [i for i in bench.booking_store.intents(SUBJECT) if i.id.follows_appointment]
    assert {i.reason for i in following} == {Reason.RESERVATION_CANCELLED}
    assert [intent.kind for intent in plan.open_notices] == ["cancellation", "cancellation_doctor"]


def test_the_patient_reads_the_default_reason_and_that_no_refund_applies(bench: CancellationBench) -> None:
    bench.book(profileId="dr-1")
    bench.cancel()
    told = notices(bench)
    patient, doctor = told["cancellation"], told["cancellation_doctor"]
    assert (patient.to, patient.template) == ("+525500000001", "appointment_cancelled")
    assert patient.parameters["cancellation_reason"] == "Cancelación solicitada por el paciente"
    assert patient.parameters["refund_amount"] == "No aplica"
    assert patient.parameters["next_steps"] == (
        "Puede agendar una nueva cita cuando desee. Teléfono del consultorio: +52 55 0000 0099"
    )
    assert (doctor.to, doctor.template) == ("+525500000090", "appointment_cancelled_doctor")


def test_the_doctor_reads_the_time_in_their_own_zone(bench: CancellationBench) -> None:
    bench.book(profileId="dr-1", timezone="America/Mexico_City")
    bench.cancel()
    told = notices(bench)
    assert told["cancellation"].parameters["appointment_time"] == "9:00 a.m."
    assert told["cancellation_doctor"].parameters["appointment_time"] == "7:00 a.m."


def test_a_doctor_nobody_knows_is_not_told(bench: CancellationBench) -> None:
    bench.book(profileId=None)
    assert [intent.kind for intent in bench.cancel().open_notices] == ["cancellation"]


def test_its_place_is_free_and_nobody_elses(bench: CancellationBench, booking_store: StoredRecords) -> None:
    put_slot(booking_store, PLACE)
    bench.book(**IN_A_SLOT)
    bench.book(event_id="e-2", reservationId="r-18", **IN_A_SLOT)
    bench.cancel()
    booking = slot_of(booking_store, the(bench).details)
    assert booking is not None
    assert booking.slot.booked == frozenset({"r-18"})
    assert the(bench, "r-18").status is ReservationStatus.CONFIRMED
    bench.cancel()
    assert slot_of(booking_store, the(bench).details) == booking


@pytest.mark.parametrize("event_id", ["c-1", "c-2"])
def test_the_same_event_or_another_one_adds_nothing(bench: CancellationBench, event_id: str) -> None:
    bench.book(profileId="dr-1")
    bench.cancel()
    before = (the(bench), bench.booking_store.intents(SUBJECT))
    again = bench.cancel(now=AN_HOUR_LATER + timedelta(hours=1), event_id=event_id)
    assert again.outcome is CancellationOutcome.ALREADY_CANCELLED
    assert [intent.kind for intent in again.open_notices] == ["cancellation", "cancellation_doctor"]
    assert (the(bench), bench.booking_store.intents(SUBJECT)) == before


def test_what_somebody_else_marked_as_cancelled_is_cancelled_and_told(bench: CancellationBench) -> None:
    bench.book()
    seen = the(bench)
    marked = replace(seen, status=ReservationStatus.CANCELLED, updated_at=NOW + timedelta(seconds=1))
    bench.booking_store.commit(Changes(reservations=((seen, marked),)))
    assert bench.cancel().outcome is CancellationOutcome.CANCELLED
    assert "cancellation" in notices(bench)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=1), timedelta(days=3)])
def test_an_event_of_after_the_visits_beginning_changes_nothing(
    bench: CancellationBench, after: timedelta
) -> None:
    bench.book()
    before = (the(bench), bench.booking_store.intents(SUBJECT))
    at = IN_NINE_DAYS + after
    for by in ("patient", None, "somebody"):
        with pytest.raises(AppointmentInThePastError, match="cancelledBy"):
            bench.cancel(now=at, at=at, refundAmount=100, chargeId="ch_1", cancelledBy=by)
    assert (the(bench), bench.booking_store.intents(SUBJECT)) == before


@pytest.mark.parametrize("by", ["doctor", "Médica", "clinic", "front_desk", "Dra. Ficticia", "dr-1"])
def test_the_clinic_may_call_a_visit_off_for_a_day_after_it_began(bench: CancellationBench, by: str) -> None:
    bench.book(profileId="dr-1", chargeId="ch_1", doctorName="Dra. Ficticia")
    late = IN_NINE_DAYS + timedelta(days=1)
    with pytest.raises(AppointmentInThePastError):
        bench.cancel(now=late, at=late, cancelledBy=by)
    at = late - timedelta(seconds=1)
    plan = bench.cancel(now=at, at=at, refundAmount=100, cancelledBy=by)
    assert (plan.outcome, plan.is_refund_due) == (CancellationOutcome.CANCELLED, True)
    assert bench.cancel(now=late, at=at, refundAmount=100, cancelledBy=by).is_refund_due


def test_a_doctor_whom_the_directory_has_lost_is_told_once_it_is_back(
    bench: CancellationBench,
) -> None:
    bench.book(profileId="dr-1")
    doctor = bench.profiles.pop("dr-1")
    account = bench.run(cancelled(), AN_HOUR_LATER)
    assert account is not None
    assert isinstance(account.left_undone, DoctorNotToldError)
    assert (account.patient_notified, account.doctor_notified) == (True, False)
    (statistic,) = bench.statistics.kept.values()
    assert statistic.values["doctor"] == "not_told"
    bench.profiles["dr-1"] = doctor
    account = bench.run(cancelled(), AN_HOUR_LATER)
    assert account is not None
    assert (account.left_undone, account.doctor_notified) == (None, True)
    assert sorted(bench.messages()) == ["appointment_cancelled", "appointment_cancelled_doctor"]


def test_an_event_of_before_the_visit_cancels_even_where_it_comes_after_it(bench: CancellationBench) -> None:
    bench.book()
    plan = bench.cancel(
        now=IN_NINE_DAYS + timedelta(minutes=2), at=IN_NINE_DAYS - timedelta(seconds=1), refundAmount=10
    )
    assert plan.outcome is CancellationOutcome.CANCELLED


@pytest.mark.parametrize("status", ["rescheduled", "completed", "no_show"])
def test_a_reservation_that_is_closed_otherwise_is_not_cancelled(
    bench: CancellationBench, status: str
) -> None:
    bench.book()
    seen = the(bench)
    closed = replace(seen, status=ReservationStatus(status), rescheduled_to="r-18")
    bench.booking_store.commit(Changes(reservations=((seen, closed),)))
    before = bench.booking_store.intents(SUBJECT)
    with pytest.raises(ReservationClosedError, match=status):
        bench.cancel()
    assert (the(bench), bench.booking_store.intents(SUBJECT)) == (closed, before)


def test_of_a_moved_appointment_only_what_is_open_is_skipped(bench: CancellationBench) -> None:
    bench.book()
    bench.book(NOW + timedelta(minutes=1), "e-2", appointmentTime="2026-12-05T16:00:00Z")
    bench.cancel()
    ended = {i.id.sort_key: i.status.value for i in bench.booking_store.intents(SUBJECT)}
    assert ended["v000001#reminder_24h"] == "superseded"
    assert ended["v000002#reminder_24h"] == "skipped"
    assert ended["v000002#cancellation"] == "planned"


# -- refunds: what is due ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event_charge", "booked_charge", "charge"),
    [("ch_1", None, "ch_1"), (None, "ch_2", "ch_2"), ("ch_2", "ch_2", "ch_2")],
)
def test_a_refund_is_due_of_the_charge_the_event_or_the_booking_names(
    bench: CancellationBench, event_charge: str | None, booked_charge: str | None, charge: str
) -> None:
    bench.book(chargeId=booked_charge)
    plan = bench.cancel(refundAmount="250.50", chargeId=event_charge)
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert plan.is_refund_due
    assert (note.refund.charge_id, note.refund.money) == (charge, pesos("250.50"))
    assert note.refund.progress is RefundProgress.DUE
    assert "cancellation" not in notices(bench)  # the patient is told once it is known what became of it


def test_a_refund_of_nothing_that_was_paid_is_refused_and_the_patient_told_to_ask(
    bench: CancellationBench,
) -> None:
    bench.book()
    plan = bench.cancel(refundAmount=250)
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert not plan.is_refund_due
    assert (note.refund.progress, note.refund.reason) == (RefundProgress.REFUSED, "no_charge_known")
    assert notices(bench)["cancellation"].parameters["refund_amount"] == (
        "El consultorio se comunicará con usted al respecto"
    )


def test_a_later_event_may_name_the_charge_that_was_missing(bench: CancellationBench) -> None:
    bench.book()
    bench.cancel(refundAmount=250)
    assert not bench.cancel(refundAmount=250).is_refund_due
    assert bench.cancel(event_id="c-2", refundAmount=250, chargeId="ch_1").is_refund_due
    assert list(notices(bench)) == ["cancellation"]


def test_a_charge_of_another_booking_is_not_refunded_and_the_rest_is_done(bench: CancellationBench) -> None:
    bench.book(chargeId="ch_2")
    plan = bench.cancel(refundAmount=250, chargeId="ch_1")
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert (plan.outcome, plan.is_refund_due) == (CancellationOutcome.CANCELLED, False)
    assert (note.refund.progress, note.refund.reason) == (RefundProgress.REFUSED, "charge_of_another")
    assert str(note.refund.explanation).startswith("chargeId: expected what the booking says was paid")
    assert "cancellation" in notices(bench)


@pytest.mark.parametrize("corrected", [None, "ch_2"])
def test_the_booking_s_own_charge_is_refunded_once_a_later_event_names_no_other(
    bench: CancellationBench, corrected: str | None
) -> None:
    bench.book(chargeId="ch_2")
    bench.cancel(refundAmount=250, chargeId="ch_1")
    assert not bench.cancel(refundAmount=250, chargeId="ch_1").is_refund_due
    assert bench.cancel(event_id="c-2", refundAmount=250, chargeId=corrected).is_refund_due
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert note.refund.charge_id == "ch_2"


@pytest.mark.parametrize("nothing", [None, 0, "0.00"])
def test_no_refund_is_due_of_nothing(bench: CancellationBench, nothing: object) -> None:
    bench.book(chargeId="ch_1")
    assert not bench.cancel(refundAmount=nothing, currency="XXX").is_refund_due


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"refundAmount": -500}, "refundAmount"),
        ({"refundAmount": "10.005"}, "refundAmount"),
        ({"refundAmount": "cien"}, "refundAmount"),
        ({"refundAmount": ""}, "refundAmount"),
        ({"refundAmount": 10, "currency": "PESOS"}, "currency"),
        ({"refundAmount": 10, "chargeId": "el cargo"}, "chargeId"),
    ],
)
def test_a_refund_that_can_t_be_right_is_refused_and_all_the_rest_is_done(
    bench: CancellationBench, changes: dict[str, Any], field: str
) -> None:
    bench.book(profileId="dr-1", chargeId="ch_1")
    plan = bench.cancel(**changes)
    assert (plan.outcome, plan.is_refund_due) == (CancellationOutcome.CANCELLED, False)
    assert [intent.kind for intent in plan.open_notices] == ["cancellation", "cancellation_doctor"]
    assert the(bench).status is ReservationStatus.CANCELLED
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert note.refund.progress is RefundProgress.REFUSED
    assert str(note.refund.explanation).startswith(f"{field}: ")
    assert notices(bench)["cancellation"].parameters["refund_amount"] == (
        "El consultorio se comunicará con usted al respecto"
    )
    # The publisher says it again, as it should be.
    assert bench.cancel(event_id="c-2", refundAmount=10).is_refund_due


def test_a_second_event_may_add_the_refund_but_not_another_one(bench: CancellationBench) -> None:
    bench.book(profileId="dr-1", chargeId="ch_1")
    assert not bench.cancel().is_refund_due
    assert bench.cancel(event_id="c-2", refundAmount=500).is_refund_due
    assert bench.cancel(event_id="c-1").is_refund_due
    with pytest.raises(RefundConflictError, match="refundAmount"):
        bench.cancel(event_id="c-3", refundAmount=400)
    assert set(notices(bench)) == {"cancellation", "cancellation_doctor"}


def test_the_events_currency_counts(bench: CancellationBench) -> None:
    bench.book(chargeId="ch_1")
    bench.cancel(refundAmount=1500, currency="CLP")
    note = the(bench).cancellation
    assert note is not None
    assert note.refund is not None
    assert note.refund.money == Money.of_minor_units(1500, "CLP")


# -- races ------------------------------------------------------------------------------------------


def test_a_message_that_is_just_leaving_is_left_to_its_run(bench: CancellationBench) -> None:
    bench.book()
    confirmation = next(i for i in bench.booking_store.intents(SUBJECT) if i.kind == "confirmation")

    def meanwhile() -> None:
        bench.cancel()

    bench.messenger.script = [meanwhile]
    bench.delivery.deliver(confirmation.id, NOW, "request-1")
    assert bench.statuses()["confirmation"] is IntentStatus.SENT
    assert bench.statuses()["reminder_24h"] is IntentStatus.SKIPPED


def test_somebody_who_is_quicker_is_read_again(
    bench: CancellationBench, booking_store: StoredRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.book()
    commit: Callable[[Changes], None] = booking_store.commit

    def after_a_move(changes: Changes) -> None:
        monkeypatch.undo()
        bench.book(NOW + timedelta(minutes=1), "e-2", appointmentTime="2026-12-05T16:00:00Z")
        commit(changes)

    monkeypatch.setattr(type(booking_store), "commit", lambda _, changes: after_a_move(changes))
    bench.cancel()
    assert (the(bench).status, the(bench).version) == (ReservationStatus.CANCELLED, 2)

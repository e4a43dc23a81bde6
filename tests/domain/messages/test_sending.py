"""The one decision: may this intent be sent now?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from clinic.domain.appointments.reservation import EventOrder, Reservation, ReservationStatus
from clinic.domain.messages.intent import (
    CLAIM_LEASE,
    UNKNOWN_OUTCOME_WAIT,
    End,
    Intent,
    IntentId,
    IntentStatus,
    Reason,
)
from clinic.domain.messages.sending import Decision, Done, Send, Wait, decide
from clinic.domain.prescriptions.prescription import Prescription, PrescriptionStatus
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.rows import details, intent

RESERVATION = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
PLANNED = intent()
DUE, END = PLANNED.due_at, PLANNED.useful_until
TICK = timedelta(microseconds=1)

SKIPPED = IntentStatus.SKIPPED


@pytest.mark.parametrize(
    ("now", "decision"),
    [
        (DUE - timedelta(days=8), Wait(DUE)),
        (DUE - TICK, Wait(DUE)),
        (DUE, Send()),
        (END - TICK, Send()),
        (END, End(SKIPPED, Reason.NO_LONGER_USEFUL)),
        (IN_NINE_DAYS, End(SKIPPED, Reason.NO_LONGER_USEFUL)),
    ],
)
def test_a_planned_intent_is_sent_from_its_due_instant_until_its_usefulness_ends(
    now: datetime, decision: Decision
) -> None:
    assert decide(PLANNED, RESERVATION, now) == decision


@pytest.mark.parametrize("now", [DUE - TICK, DUE, END])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ReservationStatus.CANCELLED, Reason.RESERVATION_CANCELLED),
        (ReservationStatus.COMPLETED, Reason.RESERVATION_CLOSED),
        (ReservationStatus.NO_SHOW, Reason.RESERVATION_CLOSED),
    ],
)
def test_a_closed_reservation_ends_its_intents_at_any_time(
    status: ReservationStatus, reason: Reason, now: datetime
) -> None:
    assert decide(PLANNED, replace(RESERVATION, status=status), now) == End(SKIPPED, reason)


def test_a_pending_reservation_is_reminded_too() -> None:
    pending = replace(RESERVATION, status=ReservationStatus.PENDING)
    assert decide(PLANNED, pending, DUE) == Send()


def test_an_intent_without_its_reservation_is_skipped() -> None:
    assert decide(PLANNED, None, DUE) == End(SKIPPED, Reason.RESERVATION_MISSING)


@pytest.mark.parametrize("now", [DUE - TICK, DUE, END])
@pytest.mark.parametrize(
    "reservation",
    [
        replace(RESERVATION, version=2),
        replace(RESERVATION, details=details(appointment_time=IN_NINE_DAYS + timedelta(hours=1))),
    ],
    ids=["newer version", "time changed by another writer"],
)
def test_an_intent_of_an_appointment_that_has_moved_is_superseded(
    reservation: Reservation, now: datetime
) -> None:
    assert decide(PLANNED, reservation, now) == End(IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED)


def test_a_cancellation_outranks_a_move() -> None:
    gone = replace(RESERVATION, version=2, status=ReservationStatus.CANCELLED)
    assert decide(PLANNED, gone, DUE) == End(SKIPPED, Reason.RESERVATION_CANCELLED)


@pytest.mark.parametrize(
    ("now", "decision"),
    [
        (DUE, Wait(DUE + CLAIM_LEASE)),
        (DUE + CLAIM_LEASE - TICK, Wait(DUE + CLAIM_LEASE)),
        (DUE + CLAIM_LEASE, End(IntentStatus.UNKNOWN, Reason.INTERRUPTED)),
    ],
)
@pytest.mark.parametrize("reservation", [RESERVATION, replace(RESERVATION, version=2), None])
def test_one_that_is_being_sent_is_waited_for_and_then_unknown(
    reservation: Reservation | None, now: datetime, decision: Decision
) -> None:
    sending = replace(PLANNED, status=IntentStatus.SENDING, claimed_until=DUE + CLAIM_LEASE)
    assert decide(sending, reservation, now) == decision


def test_one_that_is_being_sent_by_nobody_is_unknown() -> None:
    sending = replace(PLANNED, status=IntentStatus.SENDING, claimed_until=None)
    assert decide(sending, RESERVATION, DUE) == End(IntentStatus.UNKNOWN, Reason.INTERRUPTED)


@pytest.mark.parametrize(
    "status",
    [s for s in IntentStatus if not s.is_open],
)
@pytest.mark.parametrize("now", [DUE - TICK, DUE, END])
def test_nothing_is_done_about_any_other(status: IntentStatus, now: datetime) -> None:
    assert decide(replace(PLANNED, status=status), RESERVATION, now) == Done()


UNKNOWN = replace(PLANNED, status=IntentStatus.UNKNOWN, updated_at=DUE)
LATE = replace(UNKNOWN, updated_at=END - timedelta(minutes=5))
CANCELLED = replace(RESERVATION, status=ReservationStatus.CANCELLED)
GIVEN_UP = End(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN)


@pytest.mark.parametrize(
    ("unknown", "reservation", "now", "decision"),
    [
        (UNKNOWN, RESERVATION, DUE, Wait(DUE + UNKNOWN_OUTCOME_WAIT)),
        (UNKNOWN, RESERVATION, DUE + UNKNOWN_OUTCOME_WAIT - TICK, Wait(DUE + UNKNOWN_OUTCOME_WAIT)),
        (UNKNOWN, CANCELLED, DUE + UNKNOWN_OUTCOME_WAIT - TICK, Wait(DUE + UNKNOWN_OUTCOME_WAIT)),
        (UNKNOWN, RESERVATION, DUE + UNKNOWN_OUTCOME_WAIT, Send()),
        (UNKNOWN, CANCELLED, DUE + UNKNOWN_OUTCOME_WAIT, GIVEN_UP),
        (UNKNOWN, replace(RESERVATION, version=2), DUE + UNKNOWN_OUTCOME_WAIT, GIVEN_UP),
        (UNKNOWN, None, DUE + UNKNOWN_OUTCOME_WAIT, GIVEN_UP),
        (UNKNOWN, RESERVATION, END, GIVEN_UP),
        (LATE, RESERVATION, END - TICK, Wait(END)),
        (LATE, RESERVATION, END, GIVEN_UP),
        (replace(UNKNOWN, updated_at=END + TICK), RESERVATION, END + TICK, GIVEN_UP),
    ],
)
def test_an_unknown_outcome_is_waited_for_then_sent_again_while_it_is_wanted_and_of_use(
    unknown: Intent, reservation: Reservation | None, now: datetime, decision: Decision
) -> None:
    assert decide(unknown, reservation, now) == decision


def test_every_reminder_kind_is_decided_alike() -> None:
    confirmation = replace(PLANNED, id=IntentId("reservation#r-17", 1, "confirmation"))
    assert decide(confirmation, RESERVATION, DUE) == Send()


@pytest.mark.parametrize("now", [DUE - TICK, DUE, END])
@pytest.mark.parametrize(
    ("version", "status", "decision"),
    [
        (2, PrescriptionStatus.ACTIVE, End(IntentStatus.SUPERSEDED, Reason.PRESCRIPTION_CHANGED)),
        (1, PrescriptionStatus.STOPPED, End(SKIPPED, Reason.PRESCRIPTION_STOPPED)),
    ],
)
def test_a_dose_ends_with_its_version_of_the_prescription(
    version: int, status: PrescriptionStatus, decision: Decision, now: datetime
) -> None:
    dose = intent(id=IntentId("prescription#p-1", 1, "dose_20261209T1600Z"))
    stopped = Prescription.placeholder("p-1", None, EventOrder(NOW, "e-1"), NOW)
    assert decide(dose, replace(stopped, version=version, status=status), now) == decision

"""Of what is said of one visit the newer counts, and nobody is asked twice; on both ledgers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.appointments.visits import VisitOutcome
from clinic.domain.errors import MessengerOutcomeUnknownError
from clinic.domain.instants import to_text
from clinic.services.appointments.follow_ups import FollowUpPlan, FollowUpPlanning
from clinic.services.messages.delivery import Ledger, MessageDelivery
from clinic.services.unit_of_work import BookingStore, Changes
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.appointments.visits import AFTERWARDS, FOLLOW_UP_RUN, completed, follow_ups_on, no_show
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.workflow_ports import MemoryMeter

SUBJECT = "reservation#r-17"
DAY = timedelta(days=1)


@pytest.fixture
def planning(booking_store: BookingStore) -> FollowUpPlanning:
    return follow_ups_on(booking_store)


@pytest.fixture
def booked(booking_store: BookingStore) -> None:
    """r-17 has been booked nine days before."""
    planning_on(booking_store).plan(event(), RUN, NOW)


def kinds(plan: FollowUpPlan) -> list[str]:
    return [intent.kind for intent in plan.open_intents]


def statuses(ledger: Ledger) -> dict[str, str]:
    return {
        f"v{intent.id.version} {intent.kind}": f"{intent.status.value} {intent.reason or ''}".strip()
        for intent in ledger.intents(SUBJECT)
    }


def status(ledger: Ledger) -> tuple[ReservationStatus, int]:
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    return reservation.status, reservation.version


@pytest.mark.usefixtures("booked")
def test_the_same_event_adds_nothing_and_gives_what_is_open(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    first = planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    before = ledger.intents(SUBJECT)
    again = planning.plan(completed(), f"{FOLLOW_UP_RUN}-again", AFTERWARDS + DAY)
    assert (again.outcome, again.open_intents) == (VisitOutcome.ALREADY_PLANNED, first.open_intents)
    assert ledger.intents(SUBJECT) == before


@pytest.mark.usefixtures("booked")
def test_a_newer_event_that_says_the_same_changes_no_message(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    before = ledger.intents(SUBJECT)
    later = AFTERWARDS + 2 * DAY
    again = planning.plan(completed("v-9", later), FOLLOW_UP_RUN, later)
    assert (again.outcome, again.reservation.version) == (VisitOutcome.ALREADY_PLANNED, 1)
    assert ledger.intents(SUBJECT) == before
    assert planning.plan(no_show("v-5", AFTERWARDS + DAY), RUN, later).outcome is VisitOutcome.STALE


@pytest.mark.usefixtures("booked")
def test_a_newer_event_with_other_follow_ups_takes_the_olders_place(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    later = AFTERWARDS + timedelta(hours=1)
    plan = planning.plan(completed("v-9", later, followUpType="48h"), FOLLOW_UP_RUN, later)
    assert (plan.outcome, kinds(plan)) == (VisitOutcome.CORRECTED, ["follow_up_24h", "follow_up_48h"])
    assert status(ledger) == (ReservationStatus.COMPLETED, 2)
    assert statuses(ledger)["v1 follow_up_1week"] == "superseded visit_corrected"


@pytest.mark.usefixtures("booked")
def test_a_no_show_after_all_ends_the_follow_ups(planning: FollowUpPlanning, ledger: Ledger) -> None:
    planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    later = AFTERWARDS + timedelta(hours=1)
    assert planning.plan(no_show(at=later), FOLLOW_UP_RUN, later).outcome is VisitOutcome.NO_SHOW
    assert statuses(ledger)["v1 follow_up_24h"] == "skipped no_show"
    assert statuses(ledger)["v1 follow_up_1week"] == "skipped no_show"
    again = planning.plan(completed(), FOLLOW_UP_RUN, later)
    assert (again.outcome, again.open_intents) == (VisitOutcome.STALE, ())


@pytest.mark.usefixtures("booked")
def test_completed_after_all_is_planned_anew(planning: FollowUpPlanning, ledger: Ledger) -> None:
    planning.plan(no_show(), FOLLOW_UP_RUN, AFTERWARDS)
    later = AFTERWARDS + timedelta(hours=1)
    plan = planning.plan(completed("v-9", later), FOLLOW_UP_RUN, later)
    assert (plan.outcome, kinds(plan)) == (VisitOutcome.CORRECTED, ["follow_up_24h", "follow_up_1week"])
    assert status(ledger) == (ReservationStatus.COMPLETED, 2)


@pytest.mark.usefixtures("booked")
@pytest.mark.parametrize("closed", [ReservationStatus.CANCELLED, ReservationStatus.RESCHEDULED])
@pytest.mark.parametrize("is_completed", [True, False])
def test_a_reservation_that_ended_otherwise_stays_so(
    planning: FollowUpPlanning, booking_store: BookingStore, closed: ReservationStatus, *, is_completed: bool
) -> None:
    seen = booking_store.reservation("r-17")
    assert seen is not None
    booking_store.commit(Changes(reservations=((seen, replace(seen, status=closed)),)))
    said = completed() if is_completed else no_show()
    plan = planning.plan(said, FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, plan.open_intents) == (VisitOutcome.CLOSED, ())
    assert plan.reservation.status is closed


@pytest.mark.usefixtures("booked")
def test_what_whatsapp_has_accepted_is_not_asked_again(planning: FollowUpPlanning, ledger: Ledger) -> None:
    plan = planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    MessageDelivery(ledger, ScriptedMessenger(), gate_on(), MemoryMeter()).deliver(
        plan.open_intents[0].id, IN_NINE_DAYS + DAY, "request-1"
    )
    later = IN_NINE_DAYS + DAY + timedelta(hours=1)
    planning.plan(no_show(at=later), FOLLOW_UP_RUN, later)
    moved = to_text(IN_NINE_DAYS + timedelta(hours=3))
    last = later + timedelta(hours=1)
    plan = planning.plan(completed("v-9", last, appointmentDate=moved), FOLLOW_UP_RUN, last)
    assert kinds(plan) == ["follow_up_1week"]
    assert statuses(ledger)["v1 follow_up_24h"] == "sent accepted"
    assert "v2 follow_up_24h" not in statuses(ledger)


@pytest.mark.usefixtures("booked")
def test_what_may_have_arrived_is_not_asked_again(planning: FollowUpPlanning, ledger: Ledger) -> None:
    plan = planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    messenger = ScriptedMessenger([MessengerOutcomeUnknownError("no answer")])
    MessageDelivery(ledger, messenger, gate_on(), MemoryMeter()).deliver(
        plan.open_intents[0].id, IN_NINE_DAYS + DAY, "request-1"
    )
    later = IN_NINE_DAYS + DAY + timedelta(minutes=1)
    moved = to_text(IN_NINE_DAYS + timedelta(hours=3))
    plan = planning.plan(completed("v-9", later, appointmentDate=moved), FOLLOW_UP_RUN, later)
    assert (plan.outcome, kinds(plan)) == (VisitOutcome.CORRECTED, ["follow_up_1week"])


@pytest.mark.usefixtures("booked")
def test_a_correction_of_the_booking_that_is_newer_does_not_undo_the_visit(
    planning: FollowUpPlanning, booking_store: BookingStore
) -> None:
    corrected_at = AFTERWARDS + timedelta(minutes=1)
    planning_on(booking_store).plan(event("e-2", corrected_at, patientName="Paciente Dos"), RUN, corrected_at)
    plan = planning.plan(completed(), FOLLOW_UP_RUN, corrected_at)
    assert plan.outcome is VisitOutcome.PLANNED
    assert planning.plan(no_show(at=AFTERWARDS + timedelta(seconds=1)), RUN, corrected_at).outcome is (
        VisitOutcome.NO_SHOW
    )


@pytest.mark.usefixtures("booked")
def test_an_event_about_a_visit_that_has_moved_since_is_stale(
    planning: FollowUpPlanning, booking_store: BookingStore
) -> None:
    moved_at = AFTERWARDS + timedelta(minutes=1)
    moved = event("e-2", moved_at, appointmentTime=to_text(IN_NINE_DAYS + DAY))
    planning_on(booking_store).plan(moved, RUN, moved_at)
    plan = planning.plan(completed(), FOLLOW_UP_RUN, moved_at)
    assert (plan.outcome, plan.reservation.status) == (VisitOutcome.STALE, ReservationStatus.CONFIRMED)

"""``appointment/completed`` and ``appointment/no-show`` lead to follow-ups or end them, on both ledgers."""

from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.appointments.visits import VisitOutcome
from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from clinic.services.appointments.follow_ups import FollowUpPlan, FollowUpPlanning
from clinic.services.messages.delivery import Ledger
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.appointments.visits import AFTERWARDS, FOLLOW_UP_RUN, completed, follow_ups_on, no_show
from tests.fakes.examples import IN_NINE_DAYS, NOW, event

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
def test_a_completed_visit_is_followed_up_after_a_day_and_a_week(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    plan = planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, plan.skipped) == (VisitOutcome.PLANNED, ())
    assert [(intent.kind, intent.due_at, intent.useful_until) for intent in plan.open_intents] == [
        ("follow_up_24h", IN_NINE_DAYS + DAY, IN_NINE_DAYS + 2 * DAY),
        ("follow_up_1week", IN_NINE_DAYS + 7 * DAY, IN_NINE_DAYS + 8 * DAY),
    ]
    assert status(ledger) == (ReservationStatus.COMPLETED, 1)
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert reservation.runs == {RUN, FOLLOW_UP_RUN}


@pytest.mark.usefixtures("booked")
def test_its_messages_are_fixed_when_planned(planning: FollowUpPlanning) -> None:
    plan = planning.plan(
        completed(followUpQuestions=["¿Durmió\nbien?", "", "¿Tuvo fiebre?"]), FOLLOW_UP_RUN, AFTERWARDS
    )
    first, second = plan.open_intents
    assert (first.to, first.time_zone) == ("+525500000001", "America/Mexico_City")
    assert first.parameters == {
        "patient_name": "Paciente Ejemplo",
        "follow_up_questions": (
            "Sobre su cita de Consulta general del miércoles, 2 de diciembre de 2026: "
            "1) ¿Durmió · bien? 2) ¿Tuvo fiebre? Teléfono del consultorio: +52 55 0000 0099"
        ),
    }
    assert ": ¿Cómo ha sido su evolución esta semana?" in second.parameters["message"]


@pytest.mark.usefixtures("booked")
def test_what_it_leaves_out_is_the_reservations(planning: FollowUpPlanning) -> None:
    bare = completed(patientName=None, patientPhone=None, appointmentDate=None, followUpType=None)
    (only,) = planning.plan(bare, FOLLOW_UP_RUN, AFTERWARDS).open_intents
    assert (only.kind, only.due_at, only.to) == ("follow_up_24h", IN_NINE_DAYS + DAY, "+525500000001")
    assert only.parameters["patient_name"] == "Paciente Ejemplo"


@pytest.mark.usefixtures("booked")
def test_reminders_that_are_open_end_with_the_visit(planning: FollowUpPlanning, ledger: Ledger) -> None:
    planning.plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert {name: end for name, end in statuses(ledger).items() if "follow_up" not in name} == {
        "v1 confirmation": "skipped reservation_closed",
        "v1 reminder_24h": "skipped reservation_closed",
        "v1 reminder_2h": "skipped reservation_closed",
    }


@pytest.mark.usefixtures("booked")
def test_what_was_due_before_anybody_said_so_is_skipped_with_the_reason(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    late = IN_NINE_DAYS + DAY
    plan = planning.plan(completed(at=late), FOLLOW_UP_RUN, late)
    assert (kinds(plan), [i.kind for i in plan.skipped]) == (["follow_up_1week"], ["follow_up_24h"])
    assert statuses(ledger)["v1 follow_up_24h"] == "skipped known_after_due"


@pytest.mark.usefixtures("booked")
def test_a_no_show_has_no_follow_up(planning: FollowUpPlanning, ledger: Ledger) -> None:
    plan = planning.plan(no_show(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, plan.open_intents) == (VisitOutcome.NO_SHOW, ())
    assert status(ledger) == (ReservationStatus.NO_SHOW, 1)
    assert not any("follow_up" in name for name in statuses(ledger))


@pytest.mark.parametrize("missing", ["patientName", "patientPhone", "appointmentDate"])
def test_of_a_reservation_nobody_knows_it_must_say_enough(
    planning: FollowUpPlanning, ledger: Ledger, missing: str
) -> None:
    with pytest.raises(InvalidEventError, match=missing):
        planning.plan(completed("v-1", AFTERWARDS, **{missing: None}), FOLLOW_UP_RUN, AFTERWARDS)
    assert ledger.reservation("r-17") is None


def test_a_reservation_nobody_knows_is_kept_and_its_booking_finds_it_closed(
    planning: FollowUpPlanning, booking_store: BookingStore, ledger: Ledger
) -> None:
    plan = planning.plan(completed(profileId="dr-1"), FOLLOW_UP_RUN, AFTERWARDS)
    assert kinds(plan) == ["follow_up_24h", "follow_up_1week"]
    assert plan.open_intents[0].time_zone == "America/Tijuana"
    late = planning_on(booking_store).plan(event(), RUN, AFTERWARDS)
    assert (late.arrival.value, late.open_intents) == ("reservation_closed", ())
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert (reservation.is_placeholder, reservation.details.service_name) == (False, "Consulta general")
    # the booking is the older event: what has been said of the visit stays the newest
    assert planning.plan(completed(profileId="dr-1"), RUN, AFTERWARDS).outcome is VisitOutcome.ALREADY_PLANNED


@pytest.mark.usefixtures("booked")
def test_an_event_published_long_before_the_visit_is_refused(planning: FollowUpPlanning) -> None:
    early = IN_NINE_DAYS - timedelta(hours=12, seconds=1)
    with pytest.raises(InvalidEventError, match="appointmentDate: expected a visit that begins at most 12"):
        planning.plan(completed(at=early), FOLLOW_UP_RUN, early)
    with pytest.raises(InvalidEventError, match="appointmentDate: expected a visit that had begun"):
        planning.plan(no_show(at=IN_NINE_DAYS - timedelta(seconds=1)), FOLLOW_UP_RUN, early)


@pytest.mark.usefixtures("booked")
def test_a_patient_who_is_seen_early_is_followed_up_from_the_visits_time(planning: FollowUpPlanning) -> None:
    early = IN_NINE_DAYS - timedelta(hours=12)
    plan = planning.plan(completed(at=early), FOLLOW_UP_RUN, early)
    assert plan.open_intents[0].due_at == IN_NINE_DAYS + DAY


@pytest.mark.parametrize(("named", "read"), [(None, "es_MX"), ("en", "en_US")])
def test_it_asks_in_the_language_that_the_event_names_or_the_bookings(
    planning: FollowUpPlanning, booking_store: BookingStore, named: str | None, read: str
) -> None:
    planning_on(booking_store).plan(event(language="es"), RUN, NOW)
    plan = planning.plan(completed(language=named), FOLLOW_UP_RUN, AFTERWARDS)
    assert {intent.language for intent in plan.open_intents} == {read}


def test_a_visit_that_nobody_booked_is_asked_after_in_the_events_language(
    planning: FollowUpPlanning, ledger: Ledger
) -> None:
    told = completed(
        appointmentDate=to_text(IN_NINE_DAYS),
        patientName="Paciente Ejemplo",
        patientPhone="+525500000001",
        language="en",
    )
    planning.plan(told, FOLLOW_UP_RUN, AFTERWARDS)
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert reservation.details.patient_language == "en_US"
    (first, *_) = ledger.intents(SUBJECT)
    assert "About your appointment on Wednesday, December 2, 2026" in str(first.parameters)

"""The doctor's answer to a request books its slot, or frees it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import (
    EventBusUnavailableError,
    ReservationClosedError,
    SlotNotHeldError,
    UnknownRequestError,
)
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.requests.request import RequestStatus
from tests.fakes.appointments.bookings import approved, slot
from tests.fakes.examples import NOW, PROFILE
from tests.fakes.ports import ProcessDied
from tests.fakes.requests.desk import ENDING, SLOT, TIME_IS_UP, WAITING, Desk

SOON = NOW + timedelta(minutes=1)
LATER = TIME_IS_UP + timedelta(minutes=1)
OTHER = slot(SLOT.start + timedelta(days=1))


@pytest.fixture
def desk() -> Desk:
    """One pending request."""
    desk = Desk()
    desk.put(OTHER)
    desk.ask()
    return desk


def test_an_approval_books_the_place_and_the_appointment(desk: Desk) -> None:
    decision = desk.approve(now=SOON)
    assert (decision.outcome, decision.is_booked, decision.open_intents) == ("approved", True, ())
    assert desk.request().status is RequestStatus.APPROVED
    assert desk.places() == {"q-1": "booked"}
    booked = desk.reservation()
    assert booked is not None
    assert (booked.status, booked.details) == (ReservationStatus.CONFIRMED, desk.request().details)


def test_who_approved_is_kept(desk: Desk) -> None:
    event = approved("q-1")
    desk.decisions.decide(
        replace(event, detail=event.detail.model_copy(update={"approved_by": "Dra. F"})), SOON
    )
    assert desk.request().closed_by == "Dra. F"


def test_an_approved_appointment_is_announced_as_citas_own(desk: Desk) -> None:
    desk.approve(now=SOON)
    assert desk.decisions.announce("q-1")
    (event,) = desk.events.published
    assert event.detail_type == "appointment/created"
    detail = event.to_detail()
    assert (detail["reservationId"], detail["slotId"]) == ("q-1", SLOT.slot_id)
    assert (detail["appointmentTime"], detail["isAnnouncement"]) == (to_text(SLOT.start), True)


def test_an_announcement_may_be_repeated_and_is_planned_once(desk: Desk) -> None:
    desk.approve(now=SOON)
    for _ in range(2):
        assert desk.decisions.announce("q-1")
    first = desk.announce_appointment("e-1", SOON, isAnnouncement=True)
    again = desk.announce_appointment("e-2", LATER, isAnnouncement=True)
    assert [i.kind for i in first.open_intents] == ["confirmation", "reminder_24h", "reminder_2h"]
    assert (again.arrival, again.open_intents) == ("already_planned", first.open_intents)


def test_an_appointment_that_has_moved_since_is_not_announced(desk: Desk) -> None:
    desk.approve(now=SOON)
    desk.announce_appointment(now=LATER, slotId=OTHER.slot_id, appointmentTime=to_text(OTHER.start))
    assert not desk.decisions.announce("q-1")
    assert desk.events.published == []


@pytest.mark.parametrize("status", [ReservationStatus.CANCELLED, ReservationStatus.RESCHEDULED])
def test_an_appointment_that_no_longer_stands_is_not_announced(desk: Desk, status: ReservationStatus) -> None:
    desk.approve(now=SOON)
    desk.booking_store.ledger.set_status("q-1", status)
    assert not desk.decisions.announce("q-1")


def test_a_request_nobody_knows_is_not_announced(desk: Desk) -> None:
    with pytest.raises(UnknownRequestError, match="q-404"):
        desk.decisions.announce("q-404")


def test_a_bus_that_takes_nothing_is_asked_again(desk: Desk) -> None:
    desk.approve(now=SOON)

    def refuse() -> None:
        raise EventBusUnavailableError("no")

    desk.events.before = refuse
    with pytest.raises(EventBusUnavailableError):
        desk.decisions.announce("q-1")
    assert desk.decisions.announce("q-1")


def test_the_waiting_run_is_stopped_once_the_request_is_closed(desk: Desk) -> None:
    assert not desk.decisions.stop_waiting("q-1", SOON)  # still pending
    desk.approve(now=SOON)
    assert desk.decisions.stop_waiting("q-1", SOON)
    assert desk.runs.stopped == [(WAITING, "request q-1 is approved")]
    assert not desk.decisions.stop_waiting("q-1", SOON)
    assert not desk.decisions.stop_waiting("q-404", SOON)


def question(desk: Desk, status: IntentStatus) -> None:
    intent = desk.told()["request_doctor"]
    desk.booking_store.ledger.rows[intent.id] = replace(intent, status=status)


def test_a_run_whose_question_is_just_leaving_goes_on_to_note_what_became_of_it(desk: Desk) -> None:
    question(desk, IntentStatus.SENDING)
    desk.approve(now=SOON)
    assert not desk.decisions.stop_waiting("q-1", SOON)
    assert desk.runs.running == {WAITING}


def test_a_question_that_came_back_unsent_after_the_answer_is_not_asked_any_more(desk: Desk) -> None:
    question(desk, IntentStatus.SENDING)
    desk.approve(now=SOON)
    question(desk, IntentStatus.PLANNED)  # WhatsApp asked to slow down
    assert desk.decisions.stop_waiting("q-1", SOON)
    assert desk.statuses() == {"request_doctor": "skipped"}


def test_a_question_whose_outcome_nobody_knows_ends_with_the_answer_and_so_does_its_run(desk: Desk) -> None:
    question(desk, IntentStatus.UNKNOWN)
    desk.approve(now=SOON)
    assert desk.statuses() == {"request_doctor": "failed"}
    assert desk.decisions.stop_waiting("q-1", SOON)


def test_a_decline_frees_the_place_and_the_patient_reads_why(desk: Desk) -> None:
    decision = desk.decline(now=SOON, declineReason="Estaré de viaje", declinedBy="Dra. F")
    assert (decision.outcome, decision.is_booked) == ("declined", False)
    (notice,) = decision.open_intents
    assert (notice.kind, notice.to) == ("request_declined", "+525500000001")
    assert (
        notice.parameters["decline_reason"] == "Estaré de viaje. Teléfono del consultorio: +52 55 0000 0099"
    )
    assert (desk.places(), desk.reservation()) == ({}, None)
    closed = desk.request()
    assert (closed.status, closed.closed_by, closed.closed_because) == (
        RequestStatus.DECLINED,
        "Dra. F",
        "Estaré de viaje",
    )


def test_a_decline_without_a_reason_has_a_polite_one(desk: Desk) -> None:
    (notice,) = desk.decline().open_intents
    assert notice.parameters["decline_reason"] == (
        "El consultorio no puede recibirle en ese horario. Teléfono del consultorio: +52 55 0000 0099"
    )


def test_a_slot_that_was_declined_may_be_asked_for_again(desk: Desk) -> None:
    desk.decline(now=SOON)
    assert desk.ask("q-2", now=SOON).outcome == "held"


@pytest.mark.parametrize("close", [Desk.decline, Desk.expire])
def test_an_approval_that_comes_too_late_is_said_to_the_doctor_once(
    desk: Desk, close: Callable[[Desk], Any]
) -> None:
    close(desk)
    late = [desk.approve(event_id=f"e-{n}", now=LATER) for n in range(3)]
    assert {(decision.outcome, decision.is_booked) for decision in late} == {("too_late", False)}
    notice = desk.told()["approval_too_late_doctor"]
    assert (notice.to, notice.parameters["appointment_time"]) == (PROFILE.phone, "7:00 a.m.")
    assert all(notice in decision.open_intents for decision in late)
    assert (desk.places(), desk.reservation()) == ({}, None)


def test_an_approval_counts_while_the_request_is_pending_even_after_its_time(desk: Desk) -> None:
    assert desk.approve(now=LATER).outcome == "approved"


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=5)])
def test_nothing_is_booked_once_the_visit_has_begun(desk: Desk, after: timedelta) -> None:
    now = SLOT.start + after
    assert desk.approve(now=now).outcome == "too_late"
    assert (desk.places(), desk.reservation()) == ({"q-1": "pending"}, None)
    assert desk.expire(now=now).outcome == "expired"


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline])
def test_the_same_event_again_is_told_the_same_and_changes_nothing(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    first = answer(desk)
    commits = desk.booking_store.commits
    assert answer(desk) == first
    assert desk.booking_store.commits == commits


def test_another_event_with_the_same_answer_changes_nothing(desk: Desk) -> None:
    desk.approve()
    again = desk.approve(event_id="e-again", now=LATER)
    assert (again.outcome, again.is_booked, again.open_intents) == ("already_approved", True, ())


def test_a_decline_after_the_approval_changes_nothing(desk: Desk) -> None:
    desk.approve()
    with pytest.raises(ReservationClosedError, match="is approved"):
        desk.decline(now=SOON)
    assert desk.places() == {"q-1": "booked"}


@pytest.mark.parametrize("close", [Desk.decline, Desk.expire])
def test_a_decline_after_the_end_changes_nothing(desk: Desk, close: Callable[[Desk], Any]) -> None:
    close(desk)
    assert desk.decline(event_id="e-again", now=LATER).outcome == "already_closed"


@pytest.mark.parametrize("order", list(permutations(["approve", "decline", "expire"])))
def test_of_approval_decline_and_the_end_of_time_the_first_wins(desk: Desk, order: tuple[str, ...]) -> None:
    for name in order:
        with suppress(ReservationClosedError):  # a decline after the approval
            getattr(desk, name)(now=TIME_IS_UP)
    won = {"approve": "approved", "decline": "declined", "expire": "expired"}[order[0]]
    assert desk.request().status == won
    assert desk.places() == ({"q-1": "booked"} if won == "approved" else {})
    assert (desk.reservation() is not None) is (won == "approved")
    told = {
        "approved": set(),
        "declined": {"request_declined", "approval_too_late_doctor"},
        "expired": {"request_expired", "request_expired_doctor", "approval_too_late_doctor"},
    }
    assert set(desk.told()) - {"request_doctor"} == told[won]


@pytest.mark.parametrize(
    ("late", "quick", "outcome"),
    [
        (Desk.approve, Desk.expire, "too_late"),
        (Desk.approve, Desk.decline, "too_late"),
        (Desk.decline, Desk.approve, "ReservationClosedError"),
        (Desk.decline, Desk.expire, "already_closed"),
        (Desk.expire, Desk.approve, "already_approved"),
        (Desk.expire, Desk.decline, "already_closed"),
    ],
)
def test_who_is_overtaken_between_reading_and_writing_finds_out(
    desk: Desk, late: Callable[[Desk], Any], quick: Callable[[Desk], Any], outcome: str
) -> None:
    desk.booking_store.meanwhile = lambda: (quick(desk), None)[1]
    if outcome == "ReservationClosedError":
        with pytest.raises(ReservationClosedError):
            late(desk)
    else:
        assert late(desk).outcome == outcome


@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline])
def test_a_step_repeated_after_its_crash_gives_the_same_answer(
    desk: Desk, answer: Callable[[Desk], Any], dies: str
) -> None:
    calm = Desk()
    calm.ask()
    desk.booking_store.dies = dies
    with pytest.raises(ProcessDied):
        answer(desk)
    assert answer(desk) == answer(calm)
    assert desk.places() == calm.places()


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_late_approval_repeated_after_its_crash_gives_the_same_answer(desk: Desk, dies: str) -> None:
    desk.expire()
    desk.booking_store.dies = dies
    with pytest.raises(ProcessDied):
        desk.approve(now=LATER)
    decision = desk.approve(now=LATER)
    assert decision.outcome == "too_late"
    assert "approval_too_late_doctor" in [intent.kind for intent in decision.open_intents]


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (timedelta(0), timedelta(seconds=15)),
        (timedelta(seconds=15), timedelta(seconds=15)),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(hours=5), timedelta(hours=1)),
        (timedelta(hours=23, minutes=30), timedelta(minutes=30)),
        (timedelta(seconds=-1), timedelta(seconds=15)),
    ],
)
def test_an_answer_before_its_request_is_asked_again_the_longer_it_takes_the_later(
    after: timedelta, wait: timedelta
) -> None:
    decision = Desk().decisions.decide(approved("q-1", NOW), NOW + after)
    assert (decision.outcome, decision.retry_at) == ("unknown_request", NOW + after + wait)


@pytest.mark.parametrize("after", [timedelta(hours=24), timedelta(days=3)])
def test_an_answer_without_a_request_for_a_day_is_an_error(after: timedelta) -> None:
    with pytest.raises(UnknownRequestError, match="q-1"):
        Desk().decisions.decide(approved("q-1", NOW), NOW + after)


def test_a_place_that_was_taken_away_by_hand_is_an_error(desk: Desk) -> None:
    desk.put(SLOT)
    desk.booking_store.sheets.clear()
    with pytest.raises(SlotNotHeldError, match=SLOT.slot_id):
        desk.approve()
    assert desk.request().is_pending
    assert desk.expire().outcome == "expired"


def test_an_answer_to_one_request_leaves_another_ones_place(desk: Desk) -> None:
    desk.ask("q-2", slot_id=OTHER.slot_id)
    desk.decline("q-1")
    desk.expire("q-1", run=ENDING)
    assert desk.places(OTHER.slot_id) == {"q-2": "pending"}


@pytest.mark.parametrize("at", [NOW, SOON, TIME_IS_UP])
def test_the_answers_instant_is_kept(desk: Desk, at: datetime) -> None:
    desk.approve(now=at)
    assert desk.request().updated_at == at

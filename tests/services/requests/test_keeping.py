"""A ``reservation/requested`` holds a slot and asks the doctor."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import EventBusUnavailableError, InvalidEventError
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.requests.request import ClosedBecause, RequestStatus
from clinic.domain.slots.slot import Slot
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import IN_NINE_DAYS, NOW, PROFILE
from tests.fakes.ports import ProcessDied
from tests.fakes.requests.desk import ANOTHER, SLOT, TIME_IS_UP, WAITING, Desk
from tests.fakes.stores.rows import details

A_MINUTE_LATER = NOW + timedelta(minutes=1)
GROUP = slot(IN_NINE_DAYS + timedelta(days=1), capacity=2)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def placeholder(at: datetime = NOW) -> Reservation:
    """What a cancellation leaves that came before everything else."""
    unknown = details(
        reservation_id="q-1",
        patient_name="",
        patient_phone="",
        slot_id=None,
        profile_id=None,
        charge_id="ch_1",
    )
    known = Reservation(unknown, ReservationStatus.CANCELLED, 1, None, at, at, is_placeholder=True)
    return replace(known, cancellation=Cancellation(at))


def test_the_slot_is_held_and_the_doctor_is_asked(desk: Desk) -> None:
    plan = desk.ask()
    assert (plan.outcome, plan.request.status) == ("held", RequestStatus.PENDING)
    assert desk.places() == {"q-1": "pending"}
    (question,) = plan.open_intents
    assert (question.kind, question.to, question.template) == (
        "request_doctor",
        PROFILE.phone,
        "reservation_requested_doctor",
    )
    assert (question.due_at, question.useful_until) == (NOW, TIME_IS_UP)
    assert desk.request().run == WAITING


def test_the_doctor_reads_times_in_the_doctors_own_zone(desk: Desk) -> None:
    desk.ask()
    parameters = desk.told()["request_doctor"].parameters  # 15:00 UTC in Tijuana
    assert (parameters["appointment_time"], parameters["answer_by_time"]) == ("7:00 a.m.", "7:00 a.m.")


def test_the_request_names_the_appointment_it_would_become(desk: Desk) -> None:
    desk.ask(reservationId="r-9", chargeId="ch_9")
    asked = desk.request().details
    assert (asked.reservation_id, asked.appointment_time, asked.charge_id) == ("r-9", SLOT.start, "ch_9")
    assert (asked.doctor_name, asked.clinic_name) == ("Dra. Ficticia", "Clínica Ejemplo")
    assert desk.places() == {"r-9": "pending"}


def test_the_events_own_number_for_the_doctor_goes_before_the_directorys(desk: Desk) -> None:
    desk.ask(doctorPhone="+52 55 0000 0077")
    assert desk.told()["request_doctor"].to == "+525500000077"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), timedelta(days=30)])
def test_nobody_answers_after_the_visit_has_begun(desk: Desk, later: timedelta) -> None:
    plan = desk.ask(expires_at=SLOT.start + later)
    assert plan.request.expires_at == SLOT.start
    assert plan.open_intents[0].useful_until == SLOT.start


@pytest.mark.parametrize(
    "there",
    [
        replace(SLOT, booked=frozenset({"r-5"})),
        replace(SLOT, pending=frozenset({"r-5"})),
        replace(SLOT, is_blocked=True),
    ],
    ids=["booked", "asked for by somebody else", "blocked"],
)
def test_a_slot_that_is_not_free_declines_the_request_and_the_patient_is_told(
    desk: Desk, there: Slot
) -> None:
    desk.put(there)
    plan = desk.ask()
    assert (plan.outcome, plan.request.status) == ("slot_not_available", RequestStatus.DECLINED)
    assert plan.request.closed_because == ClosedBecause.SLOT_NOT_AVAILABLE
    (notice,) = plan.open_intents
    assert (notice.kind, notice.to) == ("request_declined", "+525500000001")
    assert notice.parameters["decline_reason"] == (
        "El horario solicitado ya no está disponible. Teléfono del consultorio: +52 55 0000 0099"
    )
    assert desk.booking_store.slots[SLOT.slot_id] == there


def test_a_doctor_who_is_busy_with_another_service_is_not_asked(desk: Desk) -> None:
    other = slot(SLOT.start + timedelta(minutes=15), "s-2")
    desk.put(other)
    desk.ask("q-0", slot_id=other.slot_id)
    assert desk.ask().outcome == "slot_not_available"
    assert desk.places() == {}


def test_a_slot_nobody_knows_is_not_available(desk: Desk) -> None:
    plan = desk.ask(slot_id="dr-1:s-1:20270101T1500Z")
    assert plan.outcome == "slot_not_available"
    assert set(desk.told()) == {"request_declined"}


@pytest.mark.parametrize(
    ("slot_id", "dates"),
    [
        ("dr-1:s-1:20270101T1500Z", ("viernes, 1 de enero de 2027", "7:00 a.m.")),
        ("their-own-7", ("La solicitada", "La solicitada")),
    ],
)
def test_the_patient_reads_the_time_that_was_asked_for_or_none_and_never_the_requests_end(
    desk: Desk, slot_id: str, dates: tuple[str, str]
) -> None:
    (notice,) = desk.ask(slot_id=slot_id).open_intents
    assert (notice.parameters["appointment_date"], notice.parameters["appointment_time"]) == dates
    decision = desk.approve(now=NOW + timedelta(minutes=5))
    assert decision.outcome == "too_late"
    told = desk.told()["approval_too_late_doctor"].parameters["appointment_date"]
    assert told == dates[0]


def test_a_slot_of_another_doctor_is_not_available(desk: Desk) -> None:
    desk.profiles["dr-2"] = replace(PROFILE, profile_id="dr-2")
    assert desk.ask(profileId="dr-2", slot_id="dr-2:s-1:20261202T1500Z").outcome == "slot_not_available"
    assert desk.places() == {}


@pytest.mark.parametrize("expires_at", [NOW, NOW - timedelta(seconds=1), NOW - timedelta(days=2)])
def test_a_request_whose_time_is_up_on_arrival_holds_nothing(desk: Desk, expires_at: datetime) -> None:
    plan = desk.ask(expires_at=expires_at)
    assert (plan.outcome, plan.request.status) == ("expired_on_arrival", RequestStatus.EXPIRED)
    assert [intent.kind for intent in plan.open_intents] == ["request_expired"]
    assert desk.places() == {}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (None, "No fue posible atender a tiempo su solicitud de cita."),
        ("en_US", "Your appointment request could not be handled in time."),
    ],
)
def test_of_a_doctor_whom_nobody_asked_it_is_not_said_that_there_was_no_answer(
    desk: Desk, language: str | None, said: str
) -> None:
    plan = desk.ask(expires_at=NOW, language=language)
    (intent,) = plan.open_intents
    assert intent.parameters["message"].startswith(said)
    assert plan.request.closed_because == "expired_on_arrival"


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=3)])
def test_a_slot_that_has_begun_makes_the_request_expired(desk: Desk, after: timedelta) -> None:
    plan = desk.ask(expires_at=SLOT.start + timedelta(days=1), now=SLOT.start + after)
    assert plan.outcome == "expired_on_arrival"
    assert desk.places() == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"profileId": "dr-9", "doctorPhone": "+525500000090", "slot_id": "theirs"}, "profileId"),
        ({"profileId": "dr-9", "doctorPhone": "+525500000090"}, "slotId"),
        ({"clinicId": "c-9"}, "clinicId"),
        ({"reminderOffsets": ["5h"]}, "reminderOffsets"),
    ],
)
def test_what_the_directory_does_not_know_either_is_named(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEventError, match=f"{field}: ") as raised:
        desk.ask(**changes)
    assert "Paciente" not in str(raised.value)
    assert (desk.booking_store.requests, desk.places()) == ({}, {})


def test_the_same_request_again_changes_nothing(desk: Desk) -> None:
    first = desk.ask()
    again = desk.ask(run=ANOTHER, now=A_MINUTE_LATER)
    assert (again.outcome, again.request) == ("already_received", first.request)
    assert again.open_intents == first.open_intents
    assert desk.booking_store.commits == 1


def test_the_same_request_delivered_twice_at_once_is_received_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = desk.booking_store.bookings

    def meanwhile(*names: Any) -> Any:
        monkeypatch.undo()
        desk.ask(run=ANOTHER)
        return read(*names)

    monkeypatch.setattr(desk.booking_store, "bookings", meanwhile)
    assert desk.ask().outcome == "already_received"
    assert (desk.places(), desk.booking_store.commits) == ({"q-1": "pending"}, 1)


def test_the_same_request_after_an_answer_brings_nothing_back(desk: Desk) -> None:
    desk.ask()
    desk.decline()
    again = desk.ask(run=ANOTHER, now=A_MINUTE_LATER)
    assert (again.outcome, again.request.is_pending) == ("already_received", False)
    assert desk.places() == {}


@pytest.mark.parametrize("expires_at", [TIME_IS_UP, NOW - timedelta(hours=1)])
@pytest.mark.parametrize("slot_id", [SLOT.slot_id, GROUP.slot_id, "of-the-publisher"])
def test_a_second_request_for_a_reservation_that_is_asked_for_is_refused_by_name_and_nobody_is_told(
    desk: Desk, slot_id: str, expires_at: datetime
) -> None:
    desk.put(GROUP)
    desk.ask("q-1", reservationId="r-1")
    before = dict(desk.booking_store.ledger.rows)
    with pytest.raises(InvalidEventError) as refused:
        desk.ask("q-2", reservationId="r-1", slot_id=slot_id, expires_at=expires_at)
    assert str(refused.value).startswith(
        "reservation/requested is not valid: reservationId: r-1 is asked for by request q-1, which waits"
    )
    assert (desk.booking_store.ledger.rows, desk.places()) == (before, {"r-1": "pending"})
    assert desk.booking_store.request("q-2") is None
    desk.decline("q-1")
    assert desk.ask("q-2", reservationId="r-1", slot_id=GROUP.slot_id).outcome == "held"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("slotId", {"slot_id": GROUP.slot_id}),
        ("reservationId", {"reservationId": "r-9"}),
        ("patientPhone", {"patientPhone": "+52 55 0000 0077"}),
    ],
)
@pytest.mark.parametrize("is_answered", [False, True])
def test_the_same_request_that_asks_for_something_else_is_refused_and_the_earlier_one_stands(
    desk: Desk, field: str, changes: dict[str, Any], is_answered: bool
) -> None:
    desk.put(GROUP)
    desk.ask()
    if is_answered:
        desk.decline()
    before, places = desk.request(), desk.places()
    with pytest.raises(InvalidEventError) as refused:
        desk.ask(run=ANOTHER, **changes)
    assert str(refused.value).startswith(
        f"reservation/requested is not valid: {field}: expected as request q-1"
    )
    assert "0077" not in str(refused.value)
    assert (desk.request(), desk.places()) == (before, places)
    assert desk.ask(run=ANOTHER).outcome == "already_received"


def test_a_group_slot_takes_as_many_as_it_has_places(desk: Desk) -> None:
    desk.put(GROUP)
    outcomes = [desk.ask(f"q-{n}", slot_id=GROUP.slot_id).outcome for n in range(3)]
    assert outcomes == ["held", "held", "slot_not_available"]
    assert desk.slot(GROUP.slot_id).pending == {"q-0", "q-1"}


def test_a_place_in_a_group_slot_comes_back_and_leaves_the_others(desk: Desk) -> None:
    desk.put(GROUP)
    for name in ("q-0", "q-1"):
        desk.ask(name, slot_id=GROUP.slot_id)
    desk.approve("q-0")
    desk.expire("q-1")
    assert desk.places(GROUP.slot_id) == {"q-0": "booked"}
    assert desk.ask("q-2", slot_id=GROUP.slot_id, now=A_MINUTE_LATER).outcome == "held"


@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize(
    ("expires_at", "slot_id", "outcome"),
    [
        (TIME_IS_UP, SLOT.slot_id, "held"),
        (NOW, SLOT.slot_id, "expired_on_arrival"),
        (TIME_IS_UP, "dr-1:s-1:20270101T1500Z", "slot_not_available"),
    ],
)
def test_a_step_repeated_after_its_crash_gives_the_same_answer(
    desk: Desk, dies: str, expires_at: datetime, slot_id: str, outcome: str
) -> None:
    desk.booking_store.dies = dies
    with pytest.raises(ProcessDied):
        desk.ask(expires_at=expires_at, slot_id=slot_id)
    repeated = desk.ask(expires_at=expires_at, slot_id=slot_id, now=NOW + timedelta(seconds=2))
    calm = Desk().ask(expires_at=expires_at, slot_id=slot_id)
    assert repeated.outcome == outcome
    assert [i.id for i in repeated.open_intents] == [i.id for i in calm.open_intents]
    assert desk.booking_store.commits == 1


@pytest.mark.parametrize("closed_by", ["approve", "decline", "expire"])
def test_a_run_that_asks_again_after_the_answer_still_held_it(desk: Desk, closed_by: str) -> None:
    desk.ask()
    getattr(desk, closed_by)()
    again = desk.ask()
    assert (again.outcome, again.request.is_pending) == ("held", False)
    assert "request_doctor" not in [intent.kind for intent in again.open_intents]


def test_a_place_taken_between_reading_and_writing_is_noticed(desk: Desk) -> None:
    desk.booking_store.meanwhile = lambda: (desk.ask("q-2"), None)[1]
    assert desk.ask().outcome == "slot_not_available"
    assert desk.places() == {"q-2": "pending"}


def test_an_appointment_that_was_announced_before_its_request_asks_nobody(desk: Desk) -> None:
    desk.announce_appointment()
    plan = desk.ask(now=A_MINUTE_LATER)
    assert (plan.outcome, plan.request.status) == ("already_booked", RequestStatus.APPROVED)
    assert (plan.open_intents, desk.told()) == ((), {})
    assert desk.places() == {"q-1": "booked"}


def test_a_cancellation_that_came_before_the_request_asks_nobody_and_gets_its_particulars(desk: Desk) -> None:
    desk.booking_store.ledger.reservations["q-1"] = placeholder()
    plan = desk.ask()
    assert (plan.outcome, plan.request.status) == ("reservation_cancelled", RequestStatus.WITHDRAWN)
    assert (plan.open_intents, desk.places()) == ((), {})
    known = desk.reservation()
    assert known is not None
    assert (known.is_placeholder, known.status) == (False, ReservationStatus.CANCELLED)
    assert (known.details.patient_name, known.details.charge_id) == ("Paciente Ejemplo", "ch_1")
    assert desk.ask(run=WAITING).outcome == "reservation_cancelled"


def test_when_the_time_is_up_and_nobody_has_answered_the_bus_is_told(desk: Desk) -> None:
    desk.ask()
    assert desk.keeping.announce_expiry("q-1", TIME_IS_UP)
    (event,) = desk.events.published
    assert (event.detail_type, event.to_detail()["requestId"]) == ("reservation/request-expired", "q-1")
    assert event.to_detail()["slotId"] == SLOT.slot_id
    assert desk.request().is_pending  # ending it is another workflow's


def test_a_clock_that_runs_a_little_behind_loses_no_expiry(desk: Desk) -> None:
    desk.ask()
    assert desk.keeping.announce_expiry("q-1", TIME_IS_UP - timedelta(milliseconds=40))


@pytest.mark.parametrize("answer", ["approve", "decline", "expire"])
def test_a_request_that_is_closed_is_not_announced(desk: Desk, answer: str) -> None:
    desk.ask()
    getattr(desk, answer)()
    assert not desk.keeping.announce_expiry("q-1", TIME_IS_UP)
    assert not desk.keeping.announce_expiry("q-404", TIME_IS_UP)
    assert desk.events.published == []


def test_a_request_whose_appointment_was_announced_meanwhile_counts_as_approved(desk: Desk) -> None:
    desk.ask()
    desk.announce_appointment(now=A_MINUTE_LATER)
    assert not desk.keeping.announce_expiry("q-1", TIME_IS_UP)
    assert (desk.request().status, desk.events.published) == (RequestStatus.APPROVED, [])
    assert desk.places() == {"q-1": "booked"}


def test_a_bus_that_takes_nothing_leaves_the_request_pending(desk: Desk) -> None:
    desk.ask()

    def refuse() -> None:
        raise EventBusUnavailableError("no")

    desk.events.before = refuse
    with pytest.raises(EventBusUnavailableError):
        desk.keeping.announce_expiry("q-1", TIME_IS_UP)
    assert desk.request().is_pending
    assert desk.keeping.announce_expiry("q-1", TIME_IS_UP)


def test_a_closed_request_leaves_no_question_that_has_not_been_sent(desk: Desk) -> None:
    desk.ask()
    desk.approve()
    question = desk.told()["request_doctor"]
    assert (question.status, question.reason) == (IntentStatus.SKIPPED, "request_closed")

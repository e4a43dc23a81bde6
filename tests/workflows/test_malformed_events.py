"""A malformed event fails at the first step, unretried, with the field's name; it is kept, no more."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import pytest

from clinic.contracts.workflows import WORKFLOWS
from clinic.domain.instants import to_text
from console.operate.dead_letters import DeadLetter
from local.records import Execution
from tests.fakes.appointments.bookings import request_detail, slot
from tests.fakes.appointments.cancellations import cancellation_detail
from tests.fakes.appointments.moving import FIRST, SECOND, THIRD, rescheduled
from tests.fakes.appointments.visits import AFTERWARDS, completed_detail, no_show_detail
from tests.fakes.examples import NOW, detail
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.fakes.stores.directory_rows import put_clinic
from tests.workflows.cancelling import PAID
from tests.workflows.clinic_stack import clinic_stack
from tests.workflows.doctors import doctor, slots
from tests.workflows.requested import TIME_IS_UP, RequestsStack

ROOM_FOR_TWO = slot(FIRST, capacity=2)
PLACES = (ROOM_FOR_TWO, slot(SECOND), slot(THIRD))
AN_HOUR_LATER = NOW + timedelta(hours=1)
YESTERDAY = to_text(NOW - timedelta(days=1))
TWO_HUNDRED_KILOBYTES, THREE_HUNDRED_KILOBYTES = "x" * 200_000, "x" * 300_000
# Of patients and doctors, and of what else stands in the events below.
PRIVATE = (
    *("Paciente", "5500000001", "5500000090", "55 0000", "1234", "ninguno", "Dra. F", "Ficticia", "Atlantis"),
    *("PRN", "siempre", "30/11", "Paracetamol", "500 mg", "Durmió", "viaje"),
)


@dataclass(frozen=True)
class Kind:
    """A detail-type: which step reads it first, a sound detail to spoil, and when it is said."""

    name: str
    step: str
    sound: Callable[..., dict[str, Any]]
    at: datetime = AN_HOUR_LATER


def _asked(**changes: Any) -> dict[str, Any]:
    return request_detail("q-2", ROOM_FOR_TWO.slot_id, TIME_IS_UP, **changes)


def _of(**whole: Any) -> Callable[..., dict[str, Any]]:
    """Details that hold this; a change to None leaves a field out."""
    return lambda **changes: {
        name: value for name, value in {**whole, **changes}.items() if value is not None
    }


CREATED = Kind("appointment/created", "PlanReminders", detail)
REQUESTED = Kind("reservation/requested", "HoldSlot", _asked)
APPROVED = Kind("reservation/approved", "ApplyDecision", _of(requestId="q-1"))
DECLINED = Kind("reservation/declined", "ApplyDecision", _of(requestId="q-1"))
EXPIRED = Kind("reservation/request-expired", "ExpireRequest", _of(requestId="q-1"))
CANCELLED = Kind("reservation/cancelled", "CancelReservation", cancellation_detail)
RESCHEDULED = Kind("appointment/rescheduled", "RescheduleAppointment", rescheduled)
COMPLETED = Kind("appointment/completed", "PlanFollowUps", completed_detail, AFTERWARDS)
NO_SHOW = Kind("appointment/no-show", "PlanFollowUps", no_show_detail, AFTERWARDS)
GENERATE = Kind("slot/generate-daily", "PlanGeneration", _of(profileId="dr-1", targetDate="2026-11-24"))
CLEANUP = Kind("slot/cleanup-expired", "FindExpiredRequests", _of(profileId="dr-1", cleanupDate="2026-11-25"))
PRESCRIBED = Kind("prescription/created", "ApplyPrescription", prescription_detail)
STOPPED = Kind("prescription/stopped", "ApplyPrescription", _of(prescriptionId="p-17"))
CITAS_OWN = {"prescription/continued"}  # no publisher may say it


@dataclass(frozen=True)
class Spoilt:
    """An event that can't be, and what its run must say: the field, and perhaps what would be accepted."""

    kind: Kind
    changes: dict[str, Any]
    field: str
    accepted: str = ""
    error: str = "InvalidEventError"

    @property
    def detail(self) -> dict[str, Any]:
        return self.kind.sound(**self.changes)

    @property
    def said(self) -> str:
        return f"{self.field}: " if self.error == "InvalidEventError" else self.field


SPOILT = [
    Spoilt(CREATED, {"patientName": None}, "patientName"),
    Spoilt(CREATED, {"appointmentTime": 1764518400}, "appointmentTime"),
    Spoilt(CREATED, {"appointmentTime": "2026-12-02T10:00:00"}, "appointmentTime"),
    Spoilt(CREATED, {"patientPhone": "55 1234 ninguno"}, "patientPhone"),
    Spoilt(CREATED, {"timezone": "America/Atlantis"}, "timezone"),
    Spoilt(CREATED, {"serviceName": ["Consulta"]}, "serviceName"),
    Spoilt(CREATED, {"reservationId": "r#17"}, "reservationId"),
    Spoilt(CREATED, {"preparationInstructions": TWO_HUNDRED_KILOBYTES}, "preparationInstructions"),
    Spoilt(REQUESTED, {"requestId": "q#1"}, "requestId"),
    Spoilt(REQUESTED, {"patientName": None}, "patientName"),
    Spoilt(REQUESTED, {"patientPhone": "ninguno"}, "patientPhone"),
    Spoilt(REQUESTED, {"slotId": ""}, "slotId"),
    # An id of Citas' own form names the doctor; another's doesn't.
    Spoilt(REQUESTED, {"profileId": None, "slotId": "theirs-7"}, "profileId"),
    Spoilt(REQUESTED, {"expiresAt": "2026-11-24T09:00:00"}, "expiresAt"),
    Spoilt(REQUESTED, {"expiresAt": 1764518400}, "expiresAt"),
    Spoilt(REQUESTED, {"reminderOffsets": ["5h"]}, "reminderOffsets"),
    Spoilt(REQUESTED, {"profileId": "dr-404", "doctorName": "Dra. Ficticia"}, "slotId"),  # another doctor's
    Spoilt(
        REQUESTED,
        {"profileId": "dr-404", "slotId": "theirs-7", "doctorName": "Dra. Ficticia"},
        "profileId: ",
        error="NotInDirectoryError",
    ),
    Spoilt(APPROVED, {"requestId": None}, "reservation/approved is not valid: requestId"),
    Spoilt(APPROVED, {"requestId": 17}, "reservation/approved is not valid: requestId"),
    Spoilt(APPROVED, {"approvedBy": ["Dra. Ficticia"]}, "reservation/approved is not valid: approvedBy"),
    Spoilt(DECLINED, {"requestId": None}, "reservation/declined is not valid: requestId"),
    Spoilt(DECLINED, {"requestId": "q#1"}, "reservation/declined is not valid: requestId"),
    Spoilt(DECLINED, {"declinedBy": 7}, "reservation/declined is not valid: declinedBy"),
    Spoilt(DECLINED, {"declineReason": "De viaje " * 400}, "declineReason", "expected at most"),
    Spoilt(
        DECLINED,
        {"declineReason": TWO_HUNDRED_KILOBYTES},
        "reservation/declined is not valid: declineReason",
    ),
    Spoilt(EXPIRED, {"requestId": None}, "requestId"),
    Spoilt(EXPIRED, {"patientPhone": "55 0000 ninguno"}, "patientPhone"),
    Spoilt(EXPIRED, {"patientName": ["Paciente"]}, "patientName"),
    Spoilt(CANCELLED, {"reservationId": None}, "reservationId"),
    Spoilt(CANCELLED, {"reservationId": ["r-17"]}, "reservationId"),
    Spoilt(CANCELLED, {"appointmentTime": "2026-12-02T10:00:00"}, "appointmentTime"),
    Spoilt(CANCELLED, {"patientPhone": "ninguno 1234", "refundAmount": 200}, "patientPhone"),
    Spoilt(RESCHEDULED, {"newAppointmentTime": "mañana"}, "newAppointmentTime"),
    Spoilt(RESCHEDULED, {"newAppointmentTime": None}, "newAppointmentTime", "is missing"),
    Spoilt(RESCHEDULED, {"newAppointmentTime": to_text(THIRD)}, "newAppointmentTime", "expected"),
    Spoilt(
        RESCHEDULED,
        {"newAppointmentTime": YESTERDAY, "newSlotId": None},
        "appointmentTime",
        error="AppointmentInThePastError",
    ),
    Spoilt(RESCHEDULED, {"profileId": "dr-9"}, "newSlotId"),  # another doctor's
    Spoilt(RESCHEDULED, {"profileId": "dr-9", "newSlotId": None}, "dr-9", error="UnknownProfileError"),
    Spoilt(COMPLETED, {"reservationId": None}, "reservationId"),
    Spoilt(COMPLETED, {"followUpType": "2weeks"}, "followUpType"),
    Spoilt(COMPLETED, {"followUpType": 24}, "followUpType"),
    Spoilt(COMPLETED, {"followUpQuestions": "¿Bien?"}, "followUpQuestions"),
    Spoilt(COMPLETED, {"followUpQuestions": ["x" * 700]}, "followUpQuestions"),
    Spoilt(COMPLETED, {"appointmentDate": "2026-12-02"}, "appointmentDate"),
    Spoilt(COMPLETED, {"appointmentDate": "2026-12-09T15:00:00Z"}, "appointmentDate"),
    Spoilt(COMPLETED, {"patientPhone": "55 1234 ninguno"}, "patientPhone"),
    Spoilt(COMPLETED, {"followUpQuestions": ["¿Durmió bien?", 3]}, "followUpQuestions.1"),
    Spoilt(
        COMPLETED,
        {"reservationId": "r-99", "patientName": None, "patientPhone": None},
        "patientName, patientPhone",
    ),
    Spoilt(NO_SHOW, {"reservationId": None}, "reservationId"),
    Spoilt(GENERATE, {"targetDate": "tomorrow"}, "targetDate"),
    Spoilt(GENERATE, {"profileId": "dr-9"}, "dr-9", error="UnknownProfileError"),
    Spoilt(CLEANUP, {"profileId": None}, "profileId"),
    Spoilt(CLEANUP, {"cleanupDate": None}, "cleanupDate"),
    Spoilt(CLEANUP, {"cleanupDate": "25/11/2026"}, "cleanupDate"),
    Spoilt(CLEANUP, {"cleanupDate": "2026-02-30"}, "cleanupDate"),
    Spoilt(PRESCRIBED, {"frequency": "PRN"}, "frequency", "cada 8 horas"),
    Spoilt(PRESCRIBED, {"frequency": "8 y 20"}, "frequency", "08:00, 14:00 y 20:00"),
    Spoilt(PRESCRIBED, {"duration": "siempre"}, "duration", "2 semanas"),
    Spoilt(PRESCRIBED, {"duration": "hasta el 2026-11-01"}, "duration", "not before the start"),
    Spoilt(PRESCRIBED, {"startDate": "30/11/2026"}, "startDate", "2026-11-30T08:00"),
    Spoilt(PRESCRIBED, {"startDate": None}, "startDate", "is missing"),
    Spoilt(PRESCRIBED, {"patientPhone": "ninguno"}, "patientPhone", "country code"),
    Spoilt(PRESCRIBED, {"timezone": "America/Atlantis"}, "timezone", "IANA"),
    Spoilt(STOPPED, {"prescriptionId": None, "stopReason": "De viaje"}, "prescriptionId"),
]
NAMES = [f"{it.kind.name} {it.field} {number}" for number, it in enumerate(SPOILT)]


@dataclass(frozen=True)
class Said:
    """A stack on which all of them were said, about one visit and one request that are sound."""

    office: RequestsStack
    big: str
    misspelled: str
    events: dict[int, str] = field(default_factory=dict)
    between: list[object] = field(default_factory=list)

    def put(self, number: int, event: Spoilt) -> None:
        self.events[number] = self.office.put(event.kind.name, event.detail)

    @cached_property
    def executions(self) -> list[Execution]:
        """All runs, once they are over."""
        return self.office.stack.executions()

    def run(self, number: int) -> Execution:
        """The only run that an event began."""
        (run,) = [run for run in self.executions if run.input["id"] == self.events[number]]
        return run


@pytest.fixture(scope="module")
def said() -> Iterator[Said]:
    with clinic_stack(charges=[PAID]) as clinic:
        office = RequestsStack(clinic.stack)
        put_clinic(clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"])
        doctor(clinic)
        for place in PLACES:
            office.rows_of_bookings.put_slot(place)
        office.publish(profileId="dr-1", slotId=ROOM_FOR_TWO.slot_id, chargeId=PAID.charge_id)
        office.ask()
        found = Said(
            office,
            big=office.publish(junk=THREE_HUNDRED_KILOBYTES),
            misspelled=office.put("appointment/created ", detail()),
        )
        for number, event in enumerate(SPOILT):
            office.at(event.kind.at, partial(found.put, number, event))
        office.at(
            AN_HOUR_LATER + timedelta(minutes=1),
            lambda: found.between.extend([office.status(), office.places(), set(office.told())]),
        )
        office.stack.run_until_idle()
        yield found


def test_each_detail_type_that_begins_a_run_is_among_them() -> None:
    said_by_others = {kind for workflow in WORKFLOWS for kind in workflow.detail_types} - CITAS_OWN
    assert {it.kind.name for it in SPOILT} == said_by_others


@pytest.mark.parametrize(("number", "event"), list(enumerate(SPOILT)), ids=NAMES)
def test_the_run_fails_with_the_fields_name_and_keeps_its_event(
    said: Said, number: int, event: Spoilt
) -> None:
    run = said.run(number)
    assert (run.status, run.error) == ("FAILED", event.error)
    assert event.said in str(run.cause)
    assert event.accepted in str(run.cause)
    assert run.input["detail"] == event.detail
    assert [words for words in PRIVATE if words in str(run.cause)] == []


def test_none_of_them_gets_beyond_its_first_step_or_is_tried_again(said: Said) -> None:
    failed = {said.run(number).name: event.kind.step for number, event in enumerate(SPOILT)}
    calls = [call for call in said.office.stack.lambda_invocations if call.execution in failed]
    assert {call.execution: call.step for call in calls} == failed
    assert set(Counter(call.execution for call in calls).values()) == {1}


def test_the_visit_and_the_request_stand_as_if_nothing_had_been_said(said: Said) -> None:
    office = said.office
    assert said.between == ["pending", {"r-17": "booked", "q-1": "pending"}, {"request_doctor"}]
    assert [office.places(place.slot_id) for place in PLACES] == [{"r-17": "booked"}, {}, {}]
    row = office.reservation()
    assert row is not None
    assert (row["status"]["S"], set(office.intents().values())) == ("confirmed", {"sent"})
    assert [office.reservation(other) for other in ("r-18", "r-99", "q-2")] == [None] * 3
    assert (office.refunds, office.stack.items("PrescriptionsTable")) == ([], [])
    assert set(slots(office)) == {f"{to_text(place.start)} s-1" for place in PLACES}


def test_nobody_is_told_anything_of_them(said: Said) -> None:
    assert sorted(template for template, _ in said.office.sent()) == [
        *("appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"),
        *("request_expired_doctor", "request_expired_patient", "reservation_requested_doctor"),
    ]


def test_what_no_run_can_hold_or_no_rule_wants_is_kept_in_the_dead_letter_queue(said: Said) -> None:
    stack = said.office.stack
    assert not {said.big, said.misspelled} & {run.input["id"] for run in said.executions}
    found = {it.event_id: it for it in stack.undelivered_events()}
    assert set(found) == {said.big, said.misspelled}
    assert found[said.big].kept
    assert found[said.big].reason
    assert found[said.big].event["detail"]["junk"] == THREE_HUNDRED_KILOBYTES
    assert (found[said.misspelled].reason, found[said.misspelled].kept) == ("no rule wants it", True)
    client = stack.client("sqs")
    url = client.get_queue_url(QueueName="citas-dev-undelivered-events")["QueueUrl"]
    answer: Any = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    letters = {letter.event_id: letter for letter in map(DeadLetter.of, answer["Messages"])}
    letter = letters[said.misspelled]
    assert (letter.code, letter.reason) == ("NO_RULE", "no rule wants it")
    assert letter.detail_type == "appointment/created "

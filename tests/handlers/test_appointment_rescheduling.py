"""The steps of reschedulings in one process, on moto's DynamoDB, EventBridge and Step Functions."""

import json
from collections.abc import Iterator
from io import StringIO
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.domain.errors import InvalidEventError, InvalidStepInputError
from clinic.domain.instants import to_text
from tests.fakes.appointments.moving import FIRST, SECOND, move_envelope, slot
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import NOW, event
from tests.fakes.machines.bus import Recorder, recorded_bus
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, whatsapp_stub
from tests.fakes.stores.aws import account
from tests.fakes.stores.booking_rows import BookingRows

STEP = "RescheduleAppointment"
MESSAGE = "reservation#r-18#v000001#rescheduling"
MOVED = {
    "oldReservationId": "r-17",
    "newReservationId": "r-18",
    "outcome": "rescheduled",
    "changeId": "r-17#r-18#1",
    "eventTime": to_text(NOW),
    "oldSlotReleased": True,
    "newSlotReserved": True,
    "runs": [RUN],
    "notices": [{"intentId": MESSAGE, "kind": "rescheduling"}],
}
RECORD = {name: MOVED[name] for name in ("oldReservationId", "newReservationId", "outcome", "changeId")}


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppStub]:
    with whatsapp_stub() as stub:
        yield stub


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, whatsapp: WhatsAppStub) -> Iterator[ModuleType]:
    with (
        account(monkeypatch, whatsapp.url),
        time_machine.travel(NOW, tick=False),
        process("lambdas.appointment_rescheduling") as function,
    ):
        rows = BookingRows(boto3.client("dynamodb"))
        rows.put_slot(slot(FIRST))
        rows.put_slot(slot(SECOND))
        yield function


@pytest.fixture
def bus(function: ModuleType) -> Recorder:
    return recorded_bus()


@pytest.fixture
def log(function: ModuleType) -> StringIO:
    """What the function writes to its log."""
    written = StringIO()
    function.handler.logger.registered_handler.setStream(written)
    return written


def book(function: ModuleType, **changes: Any) -> None:
    place: dict[str, Any] = {
        "appointmentTime": to_text(FIRST),
        "profileId": "dr-1",
        "slotId": slot(FIRST).slot_id,
        **changes,
    }
    function.handler.application().planning.plan(event(**place), RUN, NOW)


def holders(function: ModuleType) -> tuple[set[str], set[str]]:
    rows = BookingRows(boto3.client("dynamodb"))
    first, second = rows.slot(slot(FIRST).slot_id), rows.slot(slot(SECOND).slot_id)
    return set(first.holders), set(second.holders)


def test_moving_returns_ids_only_and_changes_both_places(function: ModuleType) -> None:
    book(function)
    assert invoke(function, STEP, move_envelope()) == MOVED
    assert holders(function) == (set(), {"r-18"})


def test_again_it_returns_the_same_but_says_so(function: ModuleType) -> None:
    book(function)
    invoke(function, STEP, move_envelope())
    assert invoke(function, STEP, move_envelope()) == {**MOVED, "outcome": "already_rescheduled"}


def test_a_slot_that_is_gone_moves_nothing(function: ModuleType) -> None:
    book(function)
    answer = invoke(function, STEP, move_envelope(newSlotId="dr-1:s-1:never"))
    assert answer == {
        "oldReservationId": "r-17",
        "newReservationId": "r-18",
        "outcome": "slot_not_available",
        "changeId": "r-17#r-18#refused",
        "eventTime": to_text(NOW),
        "oldSlotReleased": False,
        "newSlotReserved": False,
        "runs": [],
        "notices": [
            {"intentId": "rescheduling#r-18#v000001#rescheduling_refused", "kind": "rescheduling_refused"}
        ],
    }
    assert holders(function) == ({"r-17"}, set())


def test_an_unknown_reservation_is_looked_for_again_at_a_whole_second(function: ModuleType) -> None:
    answer = invoke(function, STEP, move_envelope())
    assert (answer["outcome"], answer["oldSlotReleased"]) == ("unknown_reservation", False)
    assert answer["retryAt"].endswith("Z")
    assert "." not in answer["retryAt"]


def test_the_message_that_was_planned_is_the_one_that_is_sent(
    function: ModuleType, whatsapp: WhatsAppStub
) -> None:
    book(function)
    invoke(function, STEP, move_envelope(reschedulingReason="Viaje"))
    result = invoke(function, "SendNotice", {"intentId": MESSAGE})
    assert result["status"] == "sent"
    (sent,) = whatsapp.received
    assert (sent.body["to"], sent.body["template"]["name"]) == ("525500000001", "appointment_rescheduled")
    texts = [p["text"] for p in sent.body["template"]["components"][0]["parameters"]]
    assert "Viaje" in texts


def test_the_moved_appointment_is_announced_on_the_bus(function: ModuleType, bus: Recorder) -> None:
    book(function)
    invoke(function, STEP, move_envelope())
    answer = invoke(function, "StartReminders", {"newReservationId": "r-18"})
    assert answer == {"newReservationId": "r-18", "isStarted": True}
    (announced,) = bus.received()
    assert (announced["detail-type"], announced["source"]) == ("appointment/created", "citas")
    assert announced["detail"]["reservationId"] == "r-18"
    assert announced["detail"]["appointmentTime"] == to_text(SECOND)
    assert announced["detail"]["isAnnouncement"] is True


def test_runs_that_are_over_are_no_error(function: ModuleType) -> None:
    book(function)
    runs = invoke(function, STEP, move_envelope())["runs"]
    answer = invoke(function, "StopReminders", {"oldReservationId": "r-17", "runs": runs})
    assert answer == {"oldReservationId": "r-17", "stopped": 0}


def test_it_is_counted_by_ids(function: ModuleType) -> None:
    for _ in range(2):
        answer = invoke(function, "RecordRescheduling", {**RECORD, "eventTime": to_text(NOW)})
        assert answer == {"changeId": "r-17#r-18#1"}
    (row,) = boto3.client("dynamodb").scan(TableName="statistics")["Items"]
    assert row["subject"] == {"S": "r-17#r-18#1"}
    assert row["values"]["M"]["outcome"] == {"S": "rescheduled"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("oldReservationId", None),
        ("newAppointmentTime", None),
        ("newAppointmentTime", "mañana"),
        ("newReservationId", "r#18"),
        ("patientPhone", "Paciente-Privado"),
        ("newSlotId", 7),
    ],
)
def test_an_invalid_event_names_the_field_and_no_value(function: ModuleType, field: str, value: Any) -> None:
    with pytest.raises(InvalidEventError, match=f"^appointment/rescheduled is not valid: {field}") as raised:
        invoke(function, STEP, move_envelope("m-1", NOW, **{field: value}))
    assert str(value) not in str(raised.value).removeprefix(f"appointment/rescheduled is not valid: {field}")


@pytest.mark.parametrize(
    ("step", "payload"),
    [
        ("StartReminders", {}),
        ("StopReminders", {"oldReservationId": "r-17"}),
        ("RecordRescheduling", RECORD),
        (STEP, "text"),
        ("CancelReservation", move_envelope()),
    ],
)
def test_a_call_no_state_makes_is_refused(function: ModuleType, step: str, payload: Any) -> None:
    with pytest.raises((InvalidStepInputError, InvalidEventError)):
        invoke(function, step, payload)


def test_logs_carry_ids_and_no_patient_data(function: ModuleType, log: StringIO) -> None:
    book(function)
    private: dict[str, Any] = {"patientName": "Paciente Privada", "reschedulingReason": "Dolor de espalda"}
    invoke(function, STEP, move_envelope(**private))
    with pytest.raises(InvalidEventError):
        invoke(function, STEP, move_envelope(patientPhone="55 0000", **private))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["step_done", "step_failed"]
    assert lines[0]["outcome"] == "rescheduled"
    text = json.dumps(lines, ensure_ascii=False)
    for word in ("Paciente", "Dolor", "5500000", "55 0000"):
        assert word not in text

"""The step handlers in one process, on moto's DynamoDB and Secrets Manager."""

import gc
import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.domain.errors import (
    InvalidEventError,
    InvalidStepInputError,
    UnexpectedStepError,
)
from clinic.domain.instants import to_text
from tests.fakes.examples import IN_NINE_DAYS, NOW, envelope
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, error, whatsapp_stub
from tests.fakes.stores.aws import account


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppStub]:
    with whatsapp_stub() as stub:
        yield stub


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, whatsapp: WhatsAppStub) -> Iterator[ModuleType]:
    with (
        account(monkeypatch, whatsapp.url),
        time_machine.travel(NOW, tick=False),
        process("lambdas.appointment_reminders") as function,
    ):
        yield function


@pytest.fixture
def log(function: ModuleType) -> StringIO:
    """What the function writes to its log."""
    written = StringIO()
    function.handler.logger.registered_handler.setStream(written)
    return written


def test_planning_returns_ids_and_instants_only(function: ModuleType) -> None:
    assert invoke(function, "PlanReminders", envelope()) == {
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "confirmation": {"intentId": "reservation#r-17#v000001#confirmation"},
        "reminders": [
            {
                "intentId": "reservation#r-17#v000001#reminder_24h",
                "kind": "reminder_24h",
                "dueAt": to_text(IN_NINE_DAYS - timedelta(hours=24)),
            },
            {
                "intentId": "reservation#r-17#v000001#reminder_2h",
                "kind": "reminder_2h",
                "dueAt": to_text(IN_NINE_DAYS - timedelta(hours=2)),
            },
        ],
        "hasConflict": False,
    }


def test_the_garbage_collector_is_back_after_the_first_call(function: ModuleType) -> None:
    assert not gc.isenabled()
    with pytest.raises(InvalidEventError):
        invoke(function, "PlanReminders", "text")
    assert gc.isenabled()


def test_a_confirmation_leaves_with_the_token_from_secrets_manager(
    function: ModuleType, whatsapp: WhatsAppStub
) -> None:
    plan = invoke(function, "PlanReminders", envelope())
    answer = invoke(function, "SendConfirmation", plan["confirmation"])
    assert answer == {
        "intentId": "reservation#r-17#v000001#confirmation",
        "kind": "confirmation",
        "status": "sent",
        "reason": "accepted",
    }
    assert [(r.path, r.authorization, r.body["to"]) for r in whatsapp.received] == [
        ("/v23.0/100000000000001/messages", "Bearer secret", "525500000001")
    ]


def test_a_wait_whatsapp_asks_for_is_rounded_up_to_whole_seconds(
    function: ModuleType, whatsapp: WhatsAppStub
) -> None:
    plan = invoke(function, "PlanReminders", envelope())
    whatsapp.script = [error(131057)]
    with time_machine.travel(NOW + timedelta(seconds=2.5), tick=False):
        answer = invoke(function, "SendConfirmation", plan["confirmation"])
    assert (answer["status"], answer["retryAt"]) == ("deferred", to_text(NOW + timedelta(seconds=63)))


def test_a_call_a_moment_too_early_is_asked_for_again_a_second_later(function: ModuleType) -> None:
    reminder = invoke(function, "PlanReminders", envelope())["reminders"][0]
    due_at = IN_NINE_DAYS - timedelta(hours=24)
    with time_machine.travel(due_at - timedelta(milliseconds=40), tick=False):
        answer = invoke(function, "SendReminder", {"intentId": reminder["intentId"]})
    assert (answer["status"], answer["retryAt"]) == ("deferred", to_text(due_at + timedelta(seconds=1)))


def test_a_message_that_retries_did_not_save_is_asked_for_again(function: ModuleType) -> None:
    plan = invoke(function, "PlanReminders", envelope())
    answer = invoke(
        function, "RecordConfirmationFailure", {**plan["confirmation"], "error": "Lambda.Unknown"}
    )
    assert (answer["status"], answer["retryAt"]) == ("deferred", to_text(NOW + timedelta(seconds=15)))


def test_a_failure_is_recorded_by_its_name_a_day_later(function: ModuleType) -> None:
    plan = invoke(function, "PlanReminders", envelope())
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        answer = invoke(
            function, "RecordConfirmationFailure", {**plan["confirmation"], "error": "Lambda.Unknown"}
        )
    assert (answer["status"], answer["reason"]) == ("failed", "retries_exhausted:Lambda.Unknown")


@pytest.mark.parametrize("field", ["reservationId", "patientName", "patientPhone", "appointmentTime"])
def test_a_missing_field_is_named(function: ModuleType, field: str) -> None:
    event = envelope()
    del event["detail"][field]
    with pytest.raises(InvalidEventError, match=f"{field}: is missing"):
        invoke(function, "PlanReminders", event)


def test_of_a_visit_that_has_begun_and_of_an_import_nothing_is_to_be_confirmed(function: ModuleType) -> None:
    begun = envelope(appointmentTime="2026-11-22T15:00:00Z")
    imported = envelope(reservationId="r-18", isImport=True)
    first, second = (invoke(function, "PlanReminders", each) for each in (begun, imported))
    assert (first["outcome"], first["confirmation"], first["reminders"]) == ("walk_in", {}, [])
    assert (second["outcome"], second["confirmation"]) == ("planned", {})
    assert [reminder["kind"] for reminder in second["reminders"]] == ["reminder_24h", "reminder_2h"]


@pytest.mark.parametrize(
    ("step", "payload"),
    [
        ("SendLetter", {}),
        ("SendReminder", {}),
        ("SendReminder", {"intentId": "r-17"}),
        ("SendReminder", {"intentId": 17}),
        ("RecordReminderFailure", {"intentId": "reservation#r-17#v000001#confirmation"}),
        ("PlanReminders", "text"),
    ],
)
def test_a_call_no_state_makes_is_refused(function: ModuleType, step: str, payload: Any) -> None:
    with pytest.raises((InvalidStepInputError, InvalidEventError)):
        invoke(function, step, payload)


def test_a_fault_is_reported_by_kind_and_place_without_the_data_it_met(
    function: ModuleType, log: StringIO
) -> None:
    invoke(function, "PlanReminders", envelope())
    boto3.client("dynamodb").update_item(
        TableName="reservations",
        Key={"reservation_id": {"S": "r-17"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "Paciente Ejemplo"}},
    )
    with pytest.raises(UnexpectedStepError, match=r"ValueError at \w+\.py:\d+") as raised:
        invoke(function, "SendConfirmation", {"intentId": "reservation#r-17#v000001#confirmation"})
    assert "Paciente" not in str(raised.value) + log.getvalue()
    assert raised.value.__cause__ is None


def test_logs_carry_ids_and_no_patient_data(
    function: ModuleType, whatsapp: WhatsAppStub, log: StringIO
) -> None:
    plan = invoke(function, "PlanReminders", envelope(preparationInstructions="Ayuno de 8 horas"))
    whatsapp.script = [error(131026)]
    invoke(function, "SendConfirmation", plan["confirmation"])
    with pytest.raises(InvalidEventError):
        invoke(function, "PlanReminders", envelope(patientPhone="55 0000", patientName="Paciente Ejemplo"))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["step_done", "step_done", "step_failed"]
    assert lines[0]["reservationId"] == "r-17"
    text = json.dumps(lines, ensure_ascii=False)
    for private in ("Paciente", "5500000", "55 0000", "Ayuno", "Ficticia"):
        assert private not in text

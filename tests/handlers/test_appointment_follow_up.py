"""The step handlers of follow-ups in one process, on moto's DynamoDB and Secrets Manager."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from types import ModuleType

import pytest
import time_machine

from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from tests.fakes.appointments.visits import AFTERWARDS, completed_detail, no_show_detail, visit_envelope
from tests.fakes.examples import IN_NINE_DAYS
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, whatsapp_stub
from tests.fakes.stores.aws import account

COMPLETED = visit_envelope("appointment/completed", completed_detail())
NO_SHOW = visit_envelope("appointment/no-show", no_show_detail(), "v-2")
AFTER_24H = "reservation#r-17#v000001#follow_up_24h"
DAY = timedelta(days=1)


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppStub]:
    with whatsapp_stub() as stub:
        yield stub


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, whatsapp: WhatsAppStub) -> Iterator[ModuleType]:
    with (
        account(monkeypatch, whatsapp.url),
        time_machine.travel(AFTERWARDS, tick=False),
        process("lambdas.appointment_follow_up") as function,
    ):
        yield function


@pytest.fixture
def log(function: ModuleType) -> StringIO:
    """What the function writes to its log."""
    written = StringIO()
    function.handler.logger.registered_handler.setStream(written)
    return written


def test_planning_returns_ids_and_instants_only(function: ModuleType) -> None:
    assert invoke(function, "PlanFollowUps", COMPLETED) == {
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "followUps": [
            {"intentId": AFTER_24H, "kind": "follow_up_24h", "dueAt": to_text(IN_NINE_DAYS + DAY)},
            {
                "intentId": "reservation#r-17#v000001#follow_up_1week",
                "kind": "follow_up_1week",
                "dueAt": to_text(IN_NINE_DAYS + 7 * DAY),
            },
        ],
        "skipped": [],
    }


def test_what_is_skipped_is_said_with_its_reason(function: ModuleType) -> None:
    with time_machine.travel(IN_NINE_DAYS + 2 * DAY, tick=False):
        plan = invoke(function, "PlanFollowUps", COMPLETED)
    assert plan["skipped"] == [{"kind": "follow_up_24h", "reason": "known_after_due"}]
    assert [follow_up["kind"] for follow_up in plan["followUps"]] == ["follow_up_1week"]


def test_a_no_show_has_nothing_to_send(function: ModuleType) -> None:
    plan = invoke(function, "PlanFollowUps", NO_SHOW)
    assert (plan["outcome"], plan["followUps"], plan["skipped"]) == ("no_show", [], [])


def test_an_event_without_its_name_is_taken_as_completed(function: ModuleType) -> None:
    unnamed = {name: value for name, value in COMPLETED.items() if name != "detailType"}
    assert invoke(function, "PlanFollowUps", unnamed)["outcome"] == "planned"


def test_a_follow_up_leaves_with_its_questions_on_one_line(
    function: ModuleType, whatsapp: WhatsAppStub
) -> None:
    invoke(function, "PlanFollowUps", COMPLETED)
    with time_machine.travel(IN_NINE_DAYS + DAY, tick=False):
        answer = invoke(function, "SendFollowUp", {"intentId": AFTER_24H})
    assert (answer["status"], answer["kind"]) == ("sent", "follow_up_24h")
    (request,) = whatsapp.received
    template = request.body["template"]
    assert (template["name"], request.body["to"]) == ("follow_up_24h", "525500000001")
    assert template["components"][0]["parameters"][1]["text"] == (
        "Sobre su cita del miércoles, 2 de diciembre de 2026: "
        "1) ¿Cómo se siente después de la consulta? "
        "2) ¿Está tomando los medicamentos según lo indicado? "
        "3) ¿Tiene alguna pregunta sobre el tratamiento?"
    )


def test_a_failure_is_recorded_by_its_name(function: ModuleType) -> None:
    invoke(function, "PlanFollowUps", COMPLETED)
    failed = {"intentId": AFTER_24H, "error": "MessengerUnavailableError"}
    with time_machine.travel(IN_NINE_DAYS + DAY, tick=False):
        assert invoke(function, "RecordFollowUpFailure", failed)["status"] == "deferred"
    with time_machine.travel(IN_NINE_DAYS + 2 * DAY, tick=False):
        answer = invoke(function, "RecordFollowUpFailure", failed)
    assert (answer["status"], answer["reason"]) == ("failed", "retries_exhausted:MessengerUnavailableError")


def test_logs_carry_ids_and_no_patient_data(function: ModuleType, log: StringIO) -> None:
    detail = completed_detail(followUpQuestions=["¿Durmió bien?"])
    invoke(function, "PlanFollowUps", visit_envelope("appointment/completed", detail))
    wrong = completed_detail(reservationId="r-18", followUpType="mañana", patientPhone="55 0000")
    with pytest.raises(InvalidEventError):
        invoke(function, "PlanFollowUps", visit_envelope("appointment/completed", wrong))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["step_done", "step_failed"]
    text = json.dumps(lines, ensure_ascii=False)
    for private in ("Paciente", "5500000", "55 0000", "Durmió", "mañana"):
        assert private not in text

"""The steps of requests, answers, expiry and cleanup in one process, on moto."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from clinic.contracts.workflows import (
    EXPIRED_SLOTS_CLEANUP,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
    Workflow,
)
from clinic.domain.errors import (
    InvalidEventError,
    InvalidStepInputError,
    UnexpectedStepError,
    UnknownRequestError,
)
from clinic.domain.instants import to_text
from tests.fakes.examples import NOW
from tests.fakes.requests.desk import SLOT, TIME_IS_UP
from tests.fakes.requests.office_on_moto import Office, envelope, office_on_moto, requested

QUESTION = "request#q-1#v000001#request_doctor"
YES = envelope("reservation/approved", {"requestId": "q-1"})
NO = envelope("reservation/declined", {"requestId": "q-1", "declineReason": "Estaré de viaje"})
EXPIRED = envelope("reservation/request-expired", {"requestId": "q-1"}, TIME_IS_UP)
CLEANUP = envelope("slot/cleanup-expired", {"profileId": "dr-1", "cleanupDate": "2026-11-25"}, TIME_IS_UP)
FIRST_STEPS = {
    RESERVATION_REQUESTS: ("HoldSlot", requested()),
    REQUEST_DECISIONS: ("ApplyDecision", YES),
    REQUEST_EXPIRATION: ("ExpireRequest", EXPIRED),
    EXPIRED_SLOTS_CLEANUP: ("FindExpiredRequests", CLEANUP),
}
every_workflow = pytest.mark.parametrize("workflow", FIRST_STEPS, ids=lambda workflow: workflow.name)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with office_on_moto(monkeypatch, RESERVATION_REQUESTS) as office:
        yield office


def ask(office: Office, **changes: Any) -> Any:
    return office.step(RESERVATION_REQUESTS, "HoldSlot", requested(**changes))


def test_holding_returns_ids_and_instants_only(office: Office) -> None:
    assert ask(office) == {
        "requestId": "q-1",
        "outcome": "held",
        "isPending": True,
        "expiresAt": to_text(TIME_IS_UP),
        "notices": [{"intentId": QUESTION, "kind": "request_doctor"}],
    }
    assert office.rows.slot(SLOT.slot_id).pending == {"q-1"}


def test_the_question_leaves_once(office: Office) -> None:
    ask(office)
    for _ in range(2):
        answer = office.step(RESERVATION_REQUESTS, "SendNotice", {"intentId": QUESTION})
        assert (answer["status"], answer["kind"]) == ("sent", "request_doctor")
    assert office.templates() == ["reservation_requested_doctor"]
    assert office.whatsapp.received[0].body["to"] == "525500000090"


def test_a_question_that_could_not_be_asked_is_recorded(office: Office) -> None:
    ask(office)
    failed = {"intentId": QUESTION, "error": "MessengerUnavailableError"}
    assert office.step(RESERVATION_REQUESTS, "RecordNoticeFailure", failed)["status"] == "deferred"
    office.clock.move_to(TIME_IS_UP)
    answer = office.step(RESERVATION_REQUESTS, "RecordNoticeFailure", failed)
    assert (answer["status"], answer["reason"]) == ("failed", "retries_exhausted:MessengerUnavailableError")


def test_the_end_of_its_time_is_announced_while_nobody_has_answered(office: Office) -> None:
    ask(office)
    reference = {"requestId": "q-1"}
    office.clock.move_to(TIME_IS_UP)
    assert office.step(RESERVATION_REQUESTS, "AnnounceExpiry", reference) == {
        "requestId": "q-1",
        "isAnnounced": True,
    }
    assert office.events() == [("reservation/request-expired", "q-1")]
    office.step(REQUEST_EXPIRATION, "ExpireRequest", EXPIRED)
    assert not office.step(RESERVATION_REQUESTS, "AnnounceExpiry", reference)["isAnnounced"]
    assert office.events() == []


def test_an_approval_books_and_announces(office: Office) -> None:
    ask(office)
    assert office.step(REQUEST_DECISIONS, "ApplyDecision", YES) == {
        "requestId": "q-1",
        "outcome": "approved",
        "isBooked": True,
        "notices": [],
    }
    assert office.rows.slot(SLOT.slot_id).booked == {"q-1"}
    announced = office.step(REQUEST_DECISIONS, "AnnounceAppointment", {"requestId": "q-1"})
    assert announced == {"requestId": "q-1", "isAnnounced": True}
    assert office.events() == [("appointment/created", "q-1")]


def test_a_run_that_is_gone_is_not_stopped(office: Office) -> None:
    gone = "arn:aws:states:us-east-1:123456789012:execution:citas-test-reservation-requests:e-1"
    office.step(RESERVATION_REQUESTS, "HoldSlot", requested(), gone)
    office.step(REQUEST_DECISIONS, "ApplyDecision", YES)
    assert office.step(REQUEST_DECISIONS, "StopWaiting", {"requestId": "q-1"}) == {
        "requestId": "q-1",
        "isStopped": False,
    }


def test_a_refusal_plans_the_word_to_the_patient(office: Office) -> None:
    ask(office)
    answer = office.step(REQUEST_DECISIONS, "ApplyDecision", NO)
    (notice,) = answer["notices"]
    assert (answer["outcome"], notice["kind"]) == ("declined", "request_declined")
    office.step(REQUEST_DECISIONS, "SendNotice", {"intentId": notice["intentId"]})
    assert office.templates() == ["reservation_declined_patient"]


def test_an_answer_before_its_request_says_when_to_ask_again(office: Office) -> None:
    office.clock.move_to(NOW + timedelta(seconds=20.4))
    answer = office.step(REQUEST_DECISIONS, "ApplyDecision", YES)
    assert (answer["outcome"], answer["retryAt"]) == ("unknown_request", to_text(NOW + timedelta(seconds=41)))
    office.clock.move_to(NOW + timedelta(hours=24))
    with pytest.raises(UnknownRequestError, match="q-1"):
        office.step(REQUEST_DECISIONS, "ApplyDecision", YES)


def test_a_call_a_moment_too_early_is_asked_for_again_a_second_later(office: Office) -> None:
    ask(office)
    office.clock.move_to(TIME_IS_UP - timedelta(milliseconds=40))
    answer = office.step(REQUEST_EXPIRATION, "ExpireRequest", EXPIRED)
    assert (answer["outcome"], answer["isReleased"]) == ("not_yet_due", False)
    assert answer["retryAt"] == to_text(TIME_IS_UP + timedelta(seconds=1))


def test_an_expiry_frees_tells_and_counts(office: Office) -> None:
    ask(office)
    office.clock.move_to(TIME_IS_UP)
    answer = office.step(REQUEST_EXPIRATION, "ExpireRequest", EXPIRED)
    assert (answer["outcome"], answer["isReleased"]) == ("expired", True)
    assert [notice["kind"] for notice in answer["notices"]] == ["request_expired", "request_expired_doctor"]
    office.step(REQUEST_EXPIRATION, "RecordExpiration", {"requestId": "q-1"})
    assert (office.rows.slot(SLOT.slot_id).holders, office.statistics()) == (
        frozenset(),
        ["request_expired#q-1"],
    )


def test_a_cleanup_finds_frees_announces_and_counts(office: Office) -> None:
    ask(office)
    office.clock.move_to(TIME_IS_UP)
    found = office.step(EXPIRED_SLOTS_CLEANUP, "FindExpiredRequests", CLEANUP)
    assert found == {
        "profileId": "dr-1",
        "cleanupDate": "2026-11-25",
        "eventTime": to_text(TIME_IS_UP),
        "requests": [{"requestId": "q-1"}],
    }
    answer = office.step(EXPIRED_SLOTS_CLEANUP, "ExpireRequest", found["requests"][0])
    assert (answer["outcome"], answer["isReleased"]) == ("expired", True)
    assert office.events() == [("reservation/request-expired", "q-1")]
    report = {key: found[key] for key in ("profileId", "cleanupDate", "eventTime")}
    report |= {"slotsCleaned": 1, "slotsFailed": 0}
    assert office.step(EXPIRED_SLOTS_CLEANUP, "RecordCleanup", report) == report
    assert office.statistics() == ["slot_cleanup#dr-1#2026-11-25"]


@every_workflow
@pytest.mark.parametrize("payload", ["text", None, [], {}, {"eventId": "e-1"}])
def test_what_is_no_event_is_refused(office: Office, workflow: Workflow, payload: Any) -> None:
    with pytest.raises(InvalidEventError, match="the event's envelope is not valid"):
        office.step(workflow, FIRST_STEPS[workflow][0], payload)


@every_workflow
def test_an_event_of_another_kind_is_refused(office: Office, workflow: Workflow) -> None:
    step, event = FIRST_STEPS[workflow]
    with pytest.raises(InvalidEventError, match="detail-type: expected"):
        office.step(workflow, step, {**event, "detail-type": "appointment/created"})


@every_workflow
def test_a_missing_field_is_named(office: Office, workflow: Workflow) -> None:
    step, event = FIRST_STEPS[workflow]
    required = "profileId" if workflow is EXPIRED_SLOTS_CLEANUP else "requestId"
    detail = {name: value for name, value in event["detail"].items() if name != required}
    with pytest.raises(InvalidEventError, match=f"{required}: is missing") as raised:
        office.step(workflow, step, {**event, "detail": detail})
    assert "Paciente" not in str(raised.value)


@pytest.mark.parametrize(
    ("workflow", "step"),
    [
        (RESERVATION_REQUESTS, "AnnounceExpiry"),
        (REQUEST_DECISIONS, "AnnounceAppointment"),
        (REQUEST_DECISIONS, "StopWaiting"),
        (REQUEST_EXPIRATION, "RecordExpiration"),
        (EXPIRED_SLOTS_CLEANUP, "ExpireRequest"),
        (EXPIRED_SLOTS_CLEANUP, "RecordCleanup"),
        (RESERVATION_REQUESTS, "SendNotice"),
        (REQUEST_DECISIONS, "RecordNoticeFailure"),
    ],
)
@pytest.mark.parametrize("payload", [{}, "text", {"requestId": "q#1"}, {"requestId": "q-1", "name": "x"}])
def test_a_call_no_state_makes_is_refused(
    office: Office, workflow: Workflow, step: str, payload: Any
) -> None:
    with pytest.raises(InvalidStepInputError):
        office.step(workflow, step, payload)


def test_an_appointment_nobody_asked_for_is_not_announced(office: Office) -> None:
    with pytest.raises(UnknownRequestError, match="q-404"):
        office.step(REQUEST_DECISIONS, "AnnounceAppointment", {"requestId": "q-404"})


def test_neither_logs_nor_errors_hold_anybodys_data(office: Office) -> None:
    ask(office)
    office.step(RESERVATION_REQUESTS, "SendNotice", {"intentId": QUESTION})
    with pytest.raises(InvalidEventError):
        ask(office, request_id="q-2", patientPhone="55 0000 ninguno", patientName="Paciente Ejemplo")
    boto3.client("dynamodb").update_item(
        TableName="requests",
        Key={"request_id": {"S": "q-1"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "Paciente Ejemplo"}},
    )
    with pytest.raises(UnexpectedStepError, match=r"ValueError at \w+\.py:\d+") as raised:
        office.step(REQUEST_DECISIONS, "ApplyDecision", NO)
    lines = [json.loads(line) for line in office.log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["step_done", "step_done", "step_failed", "step_failed"]
    assert lines[0]["requestId"] == "q-1"
    text = json.dumps(lines, ensure_ascii=False) + str(raised.value)
    for private in ("Paciente", "5500000", "55 0000", "viaje", "Ficticia", "ninguno"):
        assert private not in text

"""The steps of cancellations in one process, on moto, with a Stripe and a WhatsApp over HTTP."""

import json
from collections.abc import Iterator
from io import StringIO
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.domain.errors import (
    InvalidEventError,
    InvalidStepInputError,
    PaymentsAccountError,
    PaymentsUnavailableError,
    UnknownReservationError,
)
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, cancellation_envelope
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import NOW, event
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, whatsapp_stub
from tests.fakes.payments import StripeStub, error, stripe_stub
from tests.fakes.stores.aws import account

STEP = "CancelReservation"
PATIENT = "reservation#r-17#v000001#cancellation"


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppStub]:
    with whatsapp_stub() as stub:
        yield stub


@pytest.fixture
def stripe() -> Iterator[StripeStub]:
    with stripe_stub() as stub:
        yield stub


@pytest.fixture
def function(
    monkeypatch: pytest.MonkeyPatch, whatsapp: WhatsAppStub, stripe: StripeStub
) -> Iterator[ModuleType]:
    stripe_url = stripe.url.removesuffix("/v1")
    with (
        account(monkeypatch, whatsapp.url, PAYMENTS_API_URL=stripe_url),
        time_machine.travel(AN_HOUR_LATER, tick=False),
        process("lambdas.appointment_cancellation") as function,
    ):
        yield function


@pytest.fixture
def log(function: ModuleType) -> StringIO:
    """What the function writes to its log."""
    written = StringIO()
    function.handler.logger.registered_handler.setStream(written)
    return written


def book(function: ModuleType, **changes: Any) -> None:
    function.handler.application().planning.plan(event(**changes), RUN, NOW)


def test_cancelling_returns_ids_only(function: ModuleType) -> None:
    book(function)
    assert invoke(function, STEP, cancellation_envelope()) == {
        "reservationId": "r-17",
        "outcome": "cancelled",
        "isRefundDue": False,
        "hasRuns": True,
        "notices": [{"intentId": PATIENT, "kind": "cancellation"}],
    }


def test_a_booking_that_has_not_come_is_asked_for_again_at_a_whole_second(function: ModuleType) -> None:
    assert invoke(function, STEP, cancellation_envelope()) == {
        "reservationId": "r-17",
        "outcome": "unknown_reservation",
        "isRefundDue": False,
        "hasRuns": False,
        "notices": [],
        "retryAt": "2026-11-23T16:00:15Z",
    }


def test_a_booking_that_never_comes_fails(function: ModuleType) -> None:
    with (
        time_machine.travel("2026-11-24T16:00:00Z", tick=False),
        pytest.raises(UnknownReservationError, match="r-17"),
    ):
        invoke(function, STEP, cancellation_envelope())


def test_a_refund_leaves_with_the_key_from_secrets_manager(function: ModuleType, stripe: StripeStub) -> None:
    book(function, chargeId="ch_1")
    assert invoke(function, STEP, cancellation_envelope(refundAmount=500))["isRefundDue"]
    assert invoke(function, "RefundPayment", {"reservationId": "r-17"}) == {
        "reservationId": "r-17",
        "status": "made",
        "notices": [{"intentId": PATIENT, "kind": "cancellation"}],
    }
    (request,) = stripe.received
    assert (request.method, request.path) == ("POST", "/v1/refunds")
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["idempotency-key"] == "refund#r-17"


def test_a_refusal_is_told_by_its_code(function: ModuleType, stripe: StripeStub) -> None:
    book(function, chargeId="ch_1")
    invoke(function, STEP, cancellation_envelope(refundAmount=500))
    stripe.script = [error(400, code="charge_already_refunded")]
    answer = invoke(function, "RefundPayment", {"reservationId": "r-17"})
    assert (answer["status"], answer["reason"]) == ("refused", "charge_already_refunded")


@pytest.mark.parametrize(("status", "raised"), [(500, PaymentsUnavailableError), (401, PaymentsAccountError)])
def test_what_may_still_be_made_raises_and_is_recorded_by_its_name(
    function: ModuleType, stripe: StripeStub, status: int, raised: type[Exception]
) -> None:
    book(function, chargeId="ch_1")
    invoke(function, STEP, cancellation_envelope(refundAmount=500))
    stripe.script = [error(status)]
    with pytest.raises(raised):
        invoke(function, "RefundPayment", {"reservationId": "r-17"})
    answer = invoke(function, "RecordRefundFailure", {"reservationId": "r-17", "error": raised.__name__})
    assert (answer["status"], answer["reason"]) == ("unsettled", raised.__name__)
    assert answer["notices"] == [{"intentId": PATIENT, "kind": "cancellation"}]


def test_the_patients_notice_leaves_and_the_report_says_so(
    function: ModuleType, whatsapp: WhatsAppStub
) -> None:
    book(function)
    invoke(function, STEP, cancellation_envelope())
    assert invoke(function, "SendNotice", {"intentId": PATIENT})["status"] == "sent"
    assert invoke(function, "StopReminders", {"reservationId": "r-17"}) == {
        "reservationId": "r-17",
        "runsStopped": 0,
    }
    assert invoke(function, "RecordCancellation", {"reservationId": "r-17", "outcome": "cancelled"}) == {
        "reservationId": "r-17",
        "outcome": "cancelled",
        "slotReleased": False,
        "patientNotified": True,
        "doctorNotified": False,
        "refundProcessed": False,
        "remindersCancelled": True,
        "refund": "none",
    }
    (sent,) = whatsapp.received
    assert sent.body["template"]["name"] == "appointment_cancelled"


def test_it_is_counted_without_names_or_reasons(function: ModuleType) -> None:
    book(function, chargeId="ch_1")
    envelope = cancellation_envelope(cancellationReason="Dolor", cancelledBy="Dra. Ficticia", refundAmount=5)
    invoke(function, STEP, envelope)
    for _ in range(2):
        invoke(function, "RecordCancellation", {"reservationId": "r-17", "outcome": "cancelled"})
    (row,) = boto3.client("dynamodb").scan(TableName="statistics")["Items"]
    assert (row["day"], row["entry"]) == ({"S": "2026-11-23"}, {"S": "cancellation#r-17"})
    assert row["values"]["M"] == {
        "cancelled_by": {"S": "other"},
        "reason_given": {"S": "yes"},
        "refund": {"S": "due"},
        "refund_amount": {"S": "5.00"},
        "refund_currency": {"S": "MXN"},
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reservationId": None}, "reservationId"),
        ({"reservationId": "r#17"}, "reservationId"),
        ({"patientPhone": "55 1234"}, "patientPhone"),
        ({"appointmentTime": "mañana"}, "appointmentTime"),
        ({"cancellationReason": ["Viaje"]}, "cancellationReason"),
    ],
)
def test_a_field_that_is_wrong_is_named(function: ModuleType, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEventError, match=f"{field}: "):
        invoke(function, STEP, cancellation_envelope(**changes))


@pytest.mark.parametrize(
    ("step", "payload"),
    [
        ("RefundPayment", {}),
        ("RefundPayment", {"reservationId": "r#17"}),
        ("RecordRefundFailure", {"reservationId": "r-17"}),
        ("StopReminders", {"reservationId": 17}),
        ("RecordCancellation", {"reservationId": "r-17"}),
    ],
)
def test_a_call_no_state_makes_is_refused(function: ModuleType, step: str, payload: Any) -> None:
    with pytest.raises(InvalidStepInputError):
        invoke(function, step, payload)


def test_logs_carry_ids_and_no_patient_data(function: ModuleType, stripe: StripeStub, log: StringIO) -> None:
    book(function, chargeId="ch_1")
    envelope = cancellation_envelope(
        patientName="Paciente Ejemplo", cancellationReason="Dolor de espalda", refundAmount="412.75"
    )
    invoke(function, STEP, envelope)
    stripe.script = [error(500)]
    with pytest.raises(PaymentsUnavailableError):
        invoke(function, "RefundPayment", {"reservationId": "r-17"})
    invoke(
        function,
        "SendNotice",
        {"intentId": invoke(function, "RefundPayment", {"reservationId": "r-17"})["notices"][0]["intentId"]},
    )
    invoke(function, "RecordCancellation", {"reservationId": "r-17", "outcome": "cancelled"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines].count("step_failed") == 1
    assert "r-17" in log.getvalue()
    for private in ("Paciente", "5500000", "Dolor", "412", "ch_1", "secret", "Ficticia"):
        assert private not in log.getvalue()

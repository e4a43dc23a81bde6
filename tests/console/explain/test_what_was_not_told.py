"""`citas explain` names what a doctor or a patient has not been told, and how much goes back."""

import json
from decimal import Decimal

from pynamodb.connection import Connection

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_to_row
from clinic.adapters.dynamodb.reservations import ReservationModel, reservation_to_row
from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.messages.intent import IntentId, IntentStatus, Reason
from clinic.domain.money import Money
from tests.console.conftest import Citas
from tests.fakes.examples import NOW
from tests.fakes.stores.rows import details, intent

REGION = "us-east-1"
SUBJECT = "reservation#r-17"


def test_a_doctor_who_was_not_told_is_mentioned_with_the_reason(citas: Citas, stage: Connection) -> None:
    messages = bind(IntentModel, "citas-dev-messages", stage)
    for kind, status, reason in (
        ("cancellation_doctor", IntentStatus.FAILED, "whatsapp:131026"),
        ("request_doctor", IntentStatus.SKIPPED, Reason.REQUEST_CLOSED),
    ):
        row = intent(id=IntentId(SUBJECT, 2, kind), status=status, reason=reason)
        intent_to_row(messages, row).save()
    told = "the doctor was not told: cancellation: WhatsApp can't reach this number (131026)"
    shown = citas("explain", SUBJECT).stdout
    assert told in shown
    assert json.loads(citas("explain", SUBJECT, "--json").stdout)[0]["not_told"] == [told]


def test_a_patient_who_was_not_told_of_a_cancellation_or_a_new_time_is_mentioned_with_the_reason(
    citas: Citas, stage: Connection
) -> None:
    messages = bind(IntentModel, "citas-dev-messages", stage)
    for kind, status, reason in (
        ("cancellation", IntentStatus.SKIPPED, Reason.OPTED_OUT),
        ("rescheduling", IntentStatus.FAILED, "whatsapp:131026"),
        ("rescheduling_refused", IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED),  # there is nothing to tell
        ("reminder_2h", IntentStatus.SKIPPED, Reason.OPTED_OUT),  # that is what was asked for
    ):
        intent_to_row(messages, intent(id=IntentId(SUBJECT, 3, kind), status=status, reason=reason)).save()
    told = [
        "the patient was not told: cancellation: the person does not want such messages",
        "the patient was not told: new time: WhatsApp can't reach this number (131026)",
    ]
    shown = citas("explain", SUBJECT).stdout
    assert all(sentence in shown for sentence in told)
    assert json.loads(citas("explain", SUBJECT, "--json").stdout)[0]["not_told"] == told


def test_a_refund_is_named_with_its_amount(citas: Citas, stage: Connection) -> None:
    rows = bind(ReservationModel, "citas-dev-reservations", stage)
    refund = Refund(Money(Decimal(500), "MXN"), "ch_1", RefundProgress.MADE, "re_1")
    cancelled = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW).cancelled(
        Cancellation(NOW, refund=refund), NOW
    )
    reservation_to_row(rows, cancelled).save()
    lines = [line.strip() for line in citas("explain", SUBJECT).stdout.splitlines()]
    assert "refund        made 500.00 MXN" in lines

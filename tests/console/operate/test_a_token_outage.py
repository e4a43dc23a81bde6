"""While WhatsApp's token is void every workflow that sends fails at once; `citas retry` mends it, once."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    MEDICATION_REMINDERS,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
)
from clinic.domain.instants import to_text
from console.main import app
from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET, REGION
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.visits import completed_detail
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.fakes.stores.directory_rows import put_clinic, put_profile
from tests.workflows.clinic_stack import clinic_stack
from tests.workflows.requested import RequestsStack

NEW_TOKEN = "next-access-token"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SLOTS = [slot(IN_NINE_DAYS + n * HOUR) for n in range(4)]
ENDS = NOW + 26 * HOUR
SENDING = [
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    MEDICATION_REMINDERS,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
]


@dataclass(frozen=True)
class OperatedStack(RequestsStack):
    """A local stack, and an operator's words for it."""

    def citas(self, *arguments: str) -> Result:
        """A command, asked of this stack."""
        where = ("--endpoint-url", self.stack.endpoint_url, "--region", REGION)
        return CliRunner().invoke(app, [*arguments, *where])

    def document(self, *arguments: str) -> Any:
        """What a command prints for programs."""
        result = self.citas(*arguments, "--json")
        assert result.stderr == ""
        return json.loads(result.stdout)

    def lose_the_token(self) -> None:
        """WhatsApp lets in another one from now on."""
        self.stack.simulator._access_token = NEW_TOKEN

    def mend_the_token(self) -> None:
        """The operator puts the new one where the functions read it."""
        self.stack.client("secretsmanager").put_secret_value(
            SecretId=self.stack.outputs["WhatsAppSecretName"],
            SecretString=json.dumps({"access_token": NEW_TOKEN}),
        )

    def until(self, instant: datetime) -> None:
        """Let time pass until then."""
        self.stack.advance(seconds=(instant - self.stack.clock.now()).total_seconds())


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[OperatedStack]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OPERATOR_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OPERATOR_SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    with clinic_stack(keeps_run_ledger=True) as clinic:
        office = OperatedStack(clinic.stack)
        # The stack's time is virtual: between two looks of the command it passes here.
        monkeypatch.setattr("console.operate.retry._a_moment", lambda: clinic.stack.advance(seconds=1))
        client, directory = clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"]
        put_profile(client, directory)
        put_clinic(client, directory)
        for each in SLOTS:
            office.rows_of_bookings.put_slot(each)
        yield office


def everybody_writes(office: OperatedStack) -> None:
    """One event for each workflow that sends; the token is void before any of their messages is due."""
    later = to_text(IN_NINE_DAYS + 24 * HOUR)
    office.publish(reservationId="r-cancelled", isImport=True, profileId="dr-1", appointmentTime=later)
    office.publish(reservationId="r-moved", isImport=True)
    seen = NOW - 23.5 * HOUR
    office.publish(reservationId="r-seen", appointmentTime=to_text(seen))
    office.ask("q-declined", slotId=SLOTS[0].slot_id)
    office.ask("q-silent", NOW + HOUR, slotId=SLOTS[1].slot_id)
    office.until(NOW + MINUTE)
    office.lose_the_token()
    office.put("reservation/cancelled", {"reservationId": "r-cancelled"})
    office.put("appointment/rescheduled", {"oldReservationId": "r-moved", "newAppointmentTime": later})
    office.put(
        "appointment/completed", completed_detail(reservationId="r-seen", appointmentDate=to_text(seen))
    )
    office.decline("q-declined")
    office.ask("q-asked", ENDS, slotId=SLOTS[2].slot_id)
    office.publish(reservationId="r-new")
    first_dose = to_text(NOW + HOUR)
    office.put("prescription/created", prescription_detail(startDate=first_dose, duration="1 día"))


def test_a_token_outage_is_loud_in_every_workflow_that_sends_and_mended_by_a_retry(
    office: OperatedStack,
) -> None:
    everybody_writes(office)
    office.until(NOW + 2 * MINUTE)
    first = office.document("health")["waitingRuns"]
    asking = [run for run in first if run["workflow"] == RESERVATION_REQUESTS.name]
    assert [(run["requestId"], run["error"]) for run in asking] == [("q-asked", "MessengerAccountError")]

    office.until(NOW + HOUR + 5 * MINUTE)
    before = len(office.messages)
    sick = office.document("health")
    assert (sick["isWell"], {run["error"] for run in sick["waitingRuns"]}) == (
        False,
        {"MessengerAccountError"},
    )
    assert "request#q-asked#v000001#request_doctor" in sick["heldUpIntents"]
    waiting = Counter(run["workflow"] for run in sick["waitingRuns"])
    assert set(waiting) == {workflow.name for workflow in SENDING}
    assert "MessengerAccountError" in office.citas("health").stdout

    too_early = office.document("retry", "--yes")
    assert too_early["reasons"] == {"failed_again": 1, "not_mended": waiting.total() - 1}
    office.stack.advance(minutes=1)
    assert len(office.messages) == before

    office.mend_the_token()
    mended = office.document("retry", "--yes")
    assert mended["reasons"] == {"redriven": waiting.total()}
    office.stack.advance(minutes=2)
    assert Counter(message.template for message in office.messages[before:]) == {
        "appointment_cancelled": 1,
        "appointment_cancelled_doctor": 1,
        "appointment_rescheduled": 1,
        "follow_up_24h": 1,
        "appointment_confirmed": 1,
        "medication_reminder": 1,
        "reservation_declined_patient": 1,
        "reservation_requested_doctor": 1,
        "request_expired_patient": 1,
        "request_expired_doctor": 1,
    }
    well = office.document("health")
    assert (well["waitingRuns"], well["heldUpIntents"]) == ([], [])
    assert office.document("retry", "--yes")["retried"] == 0

    office.until(ENDS + 5 * MINUTE)
    closed = office.rows_of_bookings.request("q-asked")
    assert closed is not None
    assert (closed.status.value, closed.expires_at) == ("expired", ENDS)
    assert closed.updated_at - ENDS <= 5 * MINUTE
    assert office.places(SLOTS[2].slot_id) == {}
    everything = Counter((message.template, message.to) for message in office.messages)
    assert everything["request_expired_patient", "525500000001"] == 2  # of q-silent and of q-asked


def test_a_request_whose_doctor_was_never_asked_ends_in_time_though_nobody_retries(
    office: OperatedStack,
) -> None:
    office.lose_the_token()
    office.ask("q-asked", ENDS, slotId=SLOTS[2].slot_id)
    office.until(NOW + HOUR)
    assert office.run(RESERVATION_REQUESTS).status == "FAILED"
    office.mend_the_token()
    office.until(ENDS + 5 * MINUTE)
    closed = office.rows_of_bookings.request("q-asked")
    assert closed is not None
    assert (closed.status.value, closed.updated_at - ENDS <= 5 * MINUTE) == ("expired", True)
    office.stack.run_until_idle()
    # It failed more than a day ago, which is said.
    unasked = office.document("retry", "--dry-run")
    assert (unasked["reasons"], unasked["older"]) == ({}, 1)
    # Asked for again once it is over, nobody is asked any more.
    assert office.document("retry", "--since", "7d", "--yes")["reasons"] == {"redriven": 1}
    office.stack.run_until_idle()
    assert office.told("q-asked") == {
        "request_doctor": "skipped",
        "request_expired": "sent",
        "request_expired_doctor": "sent",
    }
    assert office.document("health")["waitingRuns"] == []

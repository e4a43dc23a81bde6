"""`citas explain`: every message of a subject and why, from a run's result and from a deployed stage."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from pynamodb.connection import Connection
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.channel import DynamoChannel
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_to_row
from clinic.adapters.dynamodb.requests import DynamoRequests, RequestModel, request_to_row
from clinic.adapters.dynamodb.reservations import ReservationModel, reservation_to_row
from clinic.adapters.dynamodb.runs import DynamoRunLedger
from clinic.domain.appointments.conflict import Conflict
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.intent import IntentId, IntentStatus, Reason
from clinic.domain.messages.limits import Limit
from clinic.domain.operations.runs import Run, RunStatus
from clinic.domain.requests.request import RequestStatus, ReservationRequest
from tests.console.conftest import Citas, event
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.rows import details, intent

REGION = "us-east-1"
SECOND = timedelta(seconds=1)
SUBJECT = "reservation#r-17"
PERSONAL = ("Paciente Ejemplo", "5500000001", "Dra. Ficticia", "Ayuno")
READ = "2026-12-01 09:00 read 2 attempts, accepted 09:00:01, on the phone 09:00:03, read 13:00:00"
Events = Callable[..., Path]


@pytest.fixture(name="aws")
def aws_fixture(stage: Connection) -> Connection:
    fill(stage)
    return stage


def fill(connection: Connection) -> None:
    """A reservation that moved once, with a message in each state that matters; and its request."""
    messages = bind(IntentModel, "citas-dev-messages", connection)
    reservation = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
    reservations = bind(ReservationModel, "citas-dev-reservations", connection)
    reservation_to_row(reservations, replace(reservation, version=2)).save()
    asked = ReservationRequest(
        "r-17", details(), "+525500000090", IN_NINE_DAYS, RequestStatus.APPROVED, NOW, NOW, run="run-1"
    )
    request_to_row(bind(RequestModel, "citas-dev-requests", connection), asked).save()
    for row in (
        intent(
            id=IntentId(SUBJECT, 1, "reminder_24h"),
            status=IntentStatus.SUPERSEDED,
            reason=Reason.APPOINTMENT_MOVED,
        ),
        intent(
            id=IntentId(SUBJECT, 2, "reminder_24h"),
            status=IntentStatus.READ,
            reason=Reason.READ,
            attempts=2,
            message_id="wamid.1",
            sent_at=IN_NINE_DAYS - timedelta(hours=24) + SECOND,
            delivered_at=IN_NINE_DAYS - timedelta(hours=24) + 3 * SECOND,
            read_at=IN_NINE_DAYS - timedelta(hours=20),
            to="+525500000001",
            parameters={"patient_name": "Paciente Ejemplo"},
        ),
        intent(id=IntentId(SUBJECT, 2, "reminder_2h"), due_at=IN_NINE_DAYS - timedelta(hours=2)),
    ):
        intent_to_row(messages, row).save()


@pytest.fixture(name="result")
def result_fixture(citas: Citas, events: Events, tmp_path: Path) -> Path:
    """What a run on the fake stack wrote."""
    out = tmp_path / "out.json"
    citas("run", events(event(), event("2026-12-02T01:00:00Z", reservationId="r-2")), "--json", out)
    return out


def test_a_runs_result_tells_every_message_of_a_reservation(citas: Citas, result: Path) -> None:
    told = citas("explain", "r-2", "--from", result)

    assert told.exit_code == 0, told.output
    assert "reservation r-2: confirmed, version 1" in told.stdout
    (line,) = (line for line in told.stdout.splitlines() if "24h reminder" in line)
    assert "skipped" in line
    assert "the visit was booked after it was due" in line
    (line,) = (line for line in told.stdout.splitlines() if "2h reminder" in line)
    assert line.split()[2:5] == ["2026-12-02", "08:00", "sent"]
    assert "accepted 08:00:00, no word of its delivery" in line


def test_a_deployed_stage_tells_every_message_on_the_clock_of_the_reservations_zone(
    citas: Citas, aws: Connection
) -> None:
    told = citas("explain", SUBJECT, "--stage", "dev")

    assert told.exit_code == 0, told.output
    assert "reservation r-17: confirmed, version 2" in told.stdout
    assert "visit         2026-12-02 09:00:00" in told.stdout
    lines = [line.strip() for line in told.stdout.splitlines() if "reminder" in line]
    assert [" ".join(line.split()) for line in lines] == [
        "24h reminder 2026-12-01 09:00 superseded the visit was moved (superseded 2026-11-23 09:00:00)",
        f"24h reminder (version 2) {READ}",
        "2h reminder (version 2) 2026-12-02 07:00 planned not sent yet",
    ]


def test_a_program_reads_the_same_as_json(citas: Citas, aws: Connection) -> None:
    (account,) = json.loads(citas("explain", SUBJECT, "--json").stdout)

    assert (account["subject"], account["time_zone"]) == (SUBJECT, "America/Mexico_City")
    assert account["record"]["version"] == 2
    messages: list[dict[str, Any]] = account["messages"]
    assert [(row["version"], row["status"], row["reason_in_words"]) for row in messages] == [
        (1, "superseded", "the visit was moved"),
        (2, "read", "the person has read it"),
        (2, "planned", None),
    ]
    assert messages[1]["delivered_at"] == "2026-12-01T15:00:03Z"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_neither_name_nor_number_nor_text_is_shown(citas: Citas, aws: Connection, form: list[str]) -> None:
    told = citas("explain", "r-17", *form).stdout

    assert [word for word in PERSONAL if word in told] == []


def test_a_bare_id_tells_all_that_is_called_so(citas: Citas, aws: Connection) -> None:
    told = citas("explain", "r-17", "--json")

    assert [account["subject"] for account in json.loads(told.stdout)] == [SUBJECT, "request#r-17"]


@pytest.mark.parametrize("name", ["q-5", "r-5", "request#q-5", "reservation#r-5"])
def test_a_request_and_its_reservation_are_told_by_either_id(
    citas: Citas, aws: Connection, name: str
) -> None:
    asked = ReservationRequest(
        "q-5", details(reservation_id="r-5"), "+525500000090", IN_NINE_DAYS, RequestStatus.APPROVED, NOW, NOW
    )
    requests = DynamoRequests.open(aws, "citas-dev-requests")
    with TransactWrite(connection=aws) as transaction:
        requests.write(transaction, [(None, asked)])
        requests.name(transaction, [(None, asked)])
    booked = Reservation.booked(asked.details, NOW)
    reservation_to_row(bind(ReservationModel, "citas-dev-reservations", aws), booked).save()
    told = json.loads(citas("explain", name, "--json").stdout)
    assert {account["subject"] for account in told} == {"request#q-5", "reservation#r-5"}


def test_one_message_can_be_asked_for_by_its_id(citas: Citas, aws: Connection) -> None:
    (account,) = json.loads(citas("explain", f"{SUBJECT}#v000002#reminder_2h", "--json").stdout)

    assert [row["kind"] for row in account["messages"]] == ["reminder_2h"]


def test_a_booking_that_was_refused_is_found_on_a_stage_with_its_reason(
    citas: Citas, aws: Connection
) -> None:
    run = Run(
        workflow="appointment-reminders",
        name="e-9",
        arn="arn:aws:states:us-east-1:123456789012:execution:citas-dev-appointment-reminders:e-9",
        status=RunStatus.FAILED,
        started_at=NOW,
        stopped_at=NOW,
        error="SlotNotAvailableError",
        reason="slot dr-1:s-1:20261202T1500Z is full",
        busy=timedelta(seconds=1),
        transitions=3,
        subjects={"reservationId": "r-9"},
    )
    store = DynamoRunLedger.open_table(aws, "citas-dev-runs")
    store.note(run)
    store.note(replace(run, name="e-8", arn=f"{run.arn}0", subjects={"reservationId": "r-8"}))
    told = citas("explain", "r-9")
    assert told.exit_code == 0, told.output
    assert "appointment-reminders, run e-9: SlotNotAvailableError: slot dr-1:s-1:20261202T1500Z is full" in (
        told.stdout
    )
    (account,) = json.loads(citas("explain", "r-9", "--json").stdout)
    assert (account["record"], [it["run"] for it in account["failures"]]) == (None, ["e-9"])


def test_a_booking_that_was_refused_is_found_in_a_result(citas: Citas, result: Path) -> None:
    document = json.loads(result.read_text())
    (first, *_) = document["events"]
    document["reservations"] = [row for row in document["reservations"] if row["reservation_id"] != "r-1"]
    document["messages"] = [row for row in document["messages"] if row["subject"] != "reservation#r-1"]
    document["events_failed"] = [
        {
            "line": 1,
            "event_id": first["event_id"],
            "detail_type": first["detail_type"],
            "where": "execution",
            "reason": "SlotNotAvailableError: slot x is full",
        }
    ]
    result.write_text(json.dumps(document))
    told = citas("explain", "r-1", "--from", result)
    assert told.exit_code == 0, told.output
    assert "SlotNotAvailableError: slot x is full" in told.stdout
    assert "slot x is full" not in citas("explain", "r-2", "--from", result).stdout


def test_a_message_that_waits_for_a_stopped_template_says_until_when(citas: Citas, aws: Connection) -> None:
    due = IN_NINE_DAYS - timedelta(hours=2)
    channel = DynamoChannel.open(aws, "citas-dev-channel", "citas-dev-consents", Limit(80, 80))
    template = intent(id=IntentId(SUBJECT, 2, "reminder_2h"), due_at=due).template
    until = Breaker(due + timedelta(hours=1), 1, 132015)
    assert channel.record(template, "es_MX", None, until)
    told = citas("explain", SUBJECT)
    assert "waits: WhatsApp has stopped its template until 2026-12-02 08:00:00" in told.stdout
    (account,) = json.loads(citas("explain", SUBJECT, "--json").stdout)
    assert [row["waits_until"] for row in account["messages"]] == [None, None, "2026-12-02T14:00:00Z"]


def test_each_attempt_that_whatsapp_did_not_accept_is_told_with_its_instant_and_reason(
    citas: Citas, aws: Connection
) -> None:
    due = IN_NINE_DAYS - timedelta(hours=2)
    tries = ("2026-12-02T13:00:01Z MessengerUnavailableError", "2026-12-02T13:02:00Z whatsapp:131000")
    failed = intent(
        id=IntentId(SUBJECT, 2, "reminder_2h"),
        due_at=due,
        status=IntentStatus.FAILED,
        reason="whatsapp:131000",
        attempts=2,
        updated_at=due + timedelta(minutes=2),
        failed_tries=tries,
    )
    intent_to_row(bind(IntentModel, "citas-dev-messages", aws), failed).save()
    told = " ".join(citas("explain", SUBJECT).stdout.split())
    assert (
        "something went wrong at WhatsApp (131000) "
        "(2 attempts, tried 07:00:01: MessengerUnavailableError, failed 07:02:00)" in told
    )
    (account,) = json.loads(citas("explain", SUBJECT, "--json").stdout)
    assert [row["failed_tries"] for row in account["messages"]] == [[], [], [*tries]]

    waits = replace(failed, status=IntentStatus.PLANNED)
    intent_to_row(bind(IntentModel, "citas-dev-messages", aws), waits).save()
    told = " ".join(citas("explain", SUBJECT).stdout.split())
    assert "tried 07:02:00: something went wrong at WhatsApp (131000)" in told


@pytest.mark.parametrize("name", ["r-99", "prescription#r-17", f"{SUBJECT}#v000009#reminder_2h"])
def test_what_is_not_there_is_said_with_a_status_of_its_own(
    citas: Citas, aws: Connection, result: Path, name: str
) -> None:
    told = citas("explain", name)
    told_of_the_run = citas("explain", name, "--from", result)

    assert (told.exit_code, told.stderr) == (4, f"citas: stage dev: nothing is called {name!r}\n")
    assert (told_of_the_run.exit_code, told_of_the_run.stdout) == (4, "")


@pytest.mark.parametrize("name", ["", " ", "clinic#main", "reservation#", "#r-17", "reservation#a#b"])
def test_what_is_no_subject_is_refused_with_what_would_be(citas: Citas, name: str) -> None:
    told = citas("explain", name)

    assert told.exit_code == 2
    assert "expected an id such as r-17, or reservation#r-17" in told.stderr


def test_a_stage_that_is_not_deployed_is_said_to_be_none(citas: Citas, aws: Connection) -> None:
    told = citas("explain", "r-17", "--stage", "prod")

    assert told.exit_code == 3
    assert told.stderr.startswith("citas: stage prod: not deployed there")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "nobodys"], "The config profile (nobodys) could not be found"),
        (["--endpoint-url", "nowhere"], "Invalid endpoint: nowhere"),
        (["--endpoint-url", "http://127.0.0.1:9"], "Could not connect to the endpoint URL"),
    ],
)
def test_a_stage_that_can_not_be_reached_ends_with_3_and_one_line(
    citas: Citas, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)

    told = citas("explain", "r-17", "--region", REGION, *options)

    assert told.exit_code == 3
    assert told.stderr.startswith("citas: stage dev: ")
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "expected what citas run --json writes"),
        ("[", "not JSON"),
        ('{"format_version": 2}', "start: missing"),
    ],
)
def test_a_file_that_is_no_result_is_refused(citas: Citas, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "out.json"
    file.write_text(text)

    told = citas("explain", "r-1", "--from", file)

    assert told.exit_code == 2
    assert said in told.stderr


def test_a_result_from_before_a_list_was_added_is_read(citas: Citas, result: Path) -> None:
    document = json.loads(result.read_text())
    for name in ("prescriptions", "consents"):
        del document[name]
    result.write_text(json.dumps(document))

    assert citas("explain", "r-1", "--from", result).exit_code == 0


def test_a_long_label_stands_apart_from_what_it_says(citas: Citas, aws: Connection) -> None:
    boto3.client("dynamodb").update_item(
        TableName="citas-dev-requests",
        Key={"request_id": {"S": "r-17"}},
        UpdateExpression="SET closed_because = :why",
        ExpressionAttributeValues={":why": {"S": "not_answered"}},
    )
    assert "closed because not_answered" in citas("explain", "request#r-17").stdout


@pytest.mark.parametrize(("told_at", "shown"), [(NOW, f"{NOW:%Y-%m-%d} 09:00:00"), (None, "not yet")])
def test_when_a_conflict_was_told_is_on_the_clock_of_the_reservations_zone(
    citas: Citas, aws: Connection, told_at: datetime | None, shown: str
) -> None:
    rows = bind(ReservationModel, "citas-dev-reservations", aws)
    met = Conflict(NOW, frozenset({"dr-1:s-1"}), frozenset(), told_at)
    reservation = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
    reservation_to_row(rows, replace(reservation, conflict=met)).save()
    lines = [line.strip() for line in citas("explain", SUBJECT).stdout.splitlines()]
    assert "conflict      meets dr-1:s-1" in lines
    assert f"conflict told {shown}" in lines

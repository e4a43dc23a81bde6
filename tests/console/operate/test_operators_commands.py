"""`citas publish|runs|slots|dlq` on a stage that is deployed on moto."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from clinic.domain.instants import to_text
from clinic.domain.operations.runs import RunStatus
from console.main import app
from tests.console.account import ACCOUNT, MINUTE, NOW, PERSONAL, Account, put_slot
from tests.console.conftest import Citas

NOBODY = "no `citas dev` of yours answers at http://localhost:4566: start one"
MACHINE = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def detail(tmp_path: Path) -> Path:
    path = tmp_path / "detail.json"
    path.write_text('{"reservationId": "r-1"}', encoding="utf-8")
    return path


def test_an_event_is_put_on_the_stages_bus(citas: Citas, account: Account, detail: Path) -> None:
    done = citas("publish", "reservation/cancelled", detail)
    assert done.exit_code == 0, done.output
    (heard,) = account.on_the_bus()
    assert (heard["detail-type"], heard["source"]) == ("reservation/cancelled", "citas.operator")
    assert heard["detail"] == {"reservationId": "r-1"}
    assert heard["id"] in done.stdout


@pytest.mark.parametrize(
    ("arguments", "stdin", "problem"),
    [
        (("appointment/made", "-"), "{}", "no workflow begins with 'appointment/made'"),
        (("reservation/cancelled", "-"), "[]", "expected a JSON object"),
        (("reservation/cancelled", "-"), "{", "-"),
        (("reservation/cancelled", "no/such.json"), None, "no/such.json"),
    ],
)
def test_what_is_no_event_reaches_no_bus(
    citas: Citas, account: Account, arguments: tuple[str, ...], stdin: str | None, problem: str
) -> None:
    done = citas("publish", *arguments, stdin=stdin)
    assert done.exit_code == 2
    assert problem in done.stderr
    assert account.on_the_bus() == []


def test_to_prod_nothing_is_published_unasked(citas: Citas, account: Account, detail: Path) -> None:
    done = citas("publish", "reservation/cancelled", detail, "--stage", "prod")
    assert (done.exit_code, "--yes" in done.stderr) == (2, True)
    assert account.on_the_bus() == []


def test_the_newest_runs_come_first_with_what_they_failed_of(citas: Citas, account: Account) -> None:
    account.run("a", RunStatus.SUCCEEDED, 3 * MINUTE)
    account.run(
        "b", RunStatus.FAILED, 2 * MINUTE, error="InvalidEventError", reason="patientName: is missing"
    )
    account.run("c", RunStatus.RUNNING, workflow="request-expiration")
    account.run("old", RunStatus.FAILED, timedelta(days=2), error="Old")
    done = citas("runs", "list", "--json")
    assert [(row["name"], row["status"]) for row in json.loads(done.stdout)] == [
        ("c", "RUNNING"),
        ("b", "FAILED"),
        ("a", "SUCCEEDED"),
    ]
    shown = citas("runs", "list").stdout
    assert "3 runs since 2026-11-29T15:00:01Z" in shown
    assert "1  InvalidEventError" in shown


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--status", "FAILED"), ["b"]),
        (("--workflow", "request-expiration"), ["c"]),
        (("--since", "7d", "--status", "FAILED"), ["b", "old"]),
        (("--since", to_text(NOW - timedelta(seconds=90))), ["c"]),
        (("--limit", "2"), ["c", "b"]),
    ],
)
def test_runs_are_narrowed(
    citas: Citas, account: Account, options: tuple[str, ...], names: list[str]
) -> None:
    account.run("a", RunStatus.SUCCEEDED, 3 * MINUTE)
    account.run("b", RunStatus.FAILED, 2 * MINUTE, error="InvalidEventError")
    account.run("c", RunStatus.RUNNING, workflow="request-expiration")
    account.run("old", RunStatus.FAILED, timedelta(days=2), error="Old")
    done = citas("runs", "list", "--json", *options)
    assert [row["name"] for row in json.loads(done.stdout)] == names


@pytest.mark.parametrize("since", ["yesterday", "-3d", "2026-11-30"])
def test_a_time_that_is_none_is_refused(citas: Citas, account: Account, since: str) -> None:
    done = citas("runs", "list", f"--since={since}")
    assert (done.exit_code, "--since" in done.stderr) == (2, True)
    assert account.on_the_bus() == []


def start(name: str) -> str:
    states = boto3.client("stepfunctions")
    machine = states.create_state_machine(
        name="citas-dev-appointment-reminders",
        definition=json.dumps(MACHINE),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/states",
    )
    started = states.start_execution(stateMachineArn=machine["stateMachineArn"], name=name)
    return str(started["executionArn"])


def test_one_run_is_shown_by_its_name_or_its_arn(citas: Citas, account: Account) -> None:
    start("b")
    run = account.run("b", RunStatus.FAILED, error="InvalidEventError", reason="patientName: is missing")
    for name in ("b", run.arn):
        shown = citas("runs", "show", name)
        assert shown.exit_code == 0, shown.output
        for line in ("status       FAILED", "error        InvalidEventError", "reservationId r-b"):
            assert line in shown.stdout
    assert json.loads(citas("runs", "show", "b", "--json").stdout)["reason"] == "patientName: is missing"


@pytest.mark.parametrize("command", ["show", "stop"])
def test_a_run_that_nobody_knows_is_said_to_be_unknown(citas: Citas, account: Account, command: str) -> None:
    account.run("a", RunStatus.SUCCEEDED)
    done = citas("runs", command, "nobody")
    assert (done.exit_code, "no run is called 'nobody'" in done.stderr) == (4, True)


def test_a_run_is_stopped_only_if_the_operator_says_so(citas: Citas, account: Account) -> None:
    arn = start("c")
    account.run("c", RunStatus.RUNNING)
    states = boto3.client("stepfunctions")
    assert citas("runs", "stop", "c").exit_code == 2
    assert states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    assert citas("runs", "stop", "c", "--yes").exit_code == 0
    assert states.describe_execution(executionArn=arn)["status"] == "ABORTED"
    again = citas("runs", "stop", "c", "--yes")  # the run ledger has not heard of it yet
    assert (again.exit_code, again.stdout) == (1, "c does not run: it ended ABORTED\n")


def test_a_doctors_coming_slots_are_shown_with_their_holders(citas: Citas, account: Account) -> None:
    put_slot(NOW + timedelta(hours=1), ["r-1", "r-2"])
    put_slot(NOW + timedelta(hours=2), [])
    put_slot(NOW + timedelta(days=9), [])
    put_slot(NOW - timedelta(hours=1), ["r-0"])
    rows = json.loads(citas("slots", "dr-1", "--json").stdout)
    assert [(row["status"], row["booked"]) for row in rows] == [("booked", ["r-1", "r-2"]), ("available", [])]
    shown = citas("slots", "dr-1").stdout
    assert "2 slots of dr-1 in 7 days, 1 with a free place, 0 blocked" in shown
    assert "dr-1:s-1:20261130T1700Z" in shown
    assert "10:00" in shown  # 16:00 UTC, in Mexico City
    assert account.on_the_bus() == []


def test_a_slot_whose_doctor_is_busy_then_is_shown_as_blocked(citas: Citas, account: Account) -> None:
    for hours in (1, 2):
        put_slot(NOW + timedelta(hours=hours), [])
    taken = [{"S": to_text(NOW + 45 * MINUTE)}, {"S": to_text(NOW + 65 * MINUTE)}]
    sheet = {"slot_id": {"S": f"day#{NOW:%Y-%m-%d}"}, "taken": {"M": {"elsewhere": {"L": taken}}}}
    whole: Any = {"profile_id": {"S": "dr-1"}, **sheet}
    boto3.client("dynamodb").put_item(TableName="citas-dev-slots", Item=whole)
    assert [row["status"] for row in json.loads(citas("slots", "dr-1", "--json").stdout)] == [
        "blocked",
        "available",
    ]


def test_a_doctor_that_nobody_knows_is_said_to_be_unknown(citas: Citas, account: Account) -> None:
    done = citas("slots", "dr-404")
    assert (done.exit_code, "no profile is called 'dr-404'" in done.stderr) == (4, True)
    assert account.on_the_bus() == []


def test_dead_letters_are_listed_by_ids_and_stay(citas: Citas, account: Account) -> None:
    account.dead_letter(1)
    account.dead_letter(2)
    for _ in range(2):
        done = citas("dlq", "list")
        assert done.exit_code == 0, done.output
        assert "2 events in citas-dev-undelivered-events and citas-dev-unrecorded-runs" in done.stdout
        assert "r-1" in done.stdout
        assert "NO_PERMISSIONS" in done.stdout
        assert not any(text in done.stdout for text in PERSONAL)
        account.clock.shift(1)


def test_dead_letters_go_back_to_the_bus_only_if_the_operator_says_so(citas: Citas, account: Account) -> None:
    account.dead_letter(1)
    refused = citas("dlq", "redrive")
    assert (refused.exit_code, "--yes" in refused.stderr) == (2, True)
    assert account.on_the_bus() == []
    account.clock.shift(1)
    done = citas("dlq", "redrive", "--yes", "--json")
    assert json.loads(done.stdout) == {"redriven": 1, "left": 0}
    (heard,) = account.on_the_bus()
    assert (heard["detail-type"], heard["source"]) == ("appointment/created", "citas.publisher")
    assert heard["detail"]["patientName"] == PERSONAL[0]
    assert json.loads(citas("dlq", "list", "--json").stdout) == []


def test_a_dead_letter_of_citas_own_goes_to_the_workflow_that_did_not_take_it(
    citas: Citas, account: Account
) -> None:
    machine = start("another").rpartition(":")[0].replace(":execution:", ":stateMachine:")
    for _ in range(2):  # SQS may hand it over twice
        account.dead_letter(1, source="citas", target=machine)
        done = citas("dlq", "redrive", "--yes", "--json")
        assert json.loads(done.stdout) == {"redriven": 1, "left": 0}
    states = boto3.client("stepfunctions")
    (run,) = (
        it for it in states.list_executions(stateMachineArn=machine)["executions"] if it["name"] != "another"
    )
    assert run["name"] == "e-1"
    event = json.loads(states.describe_execution(executionArn=run["executionArn"])["input"])
    assert (event["id"], event["source"], event["detail"]["reservationId"]) == ("e-1", "citas", "r-1")
    assert account.on_the_bus() == [], "the bus would refuse it to an operator"


@pytest.mark.parametrize("width", ["40", "200"])
def test_no_text_from_outside_is_taken_for_markup(
    citas: Citas, account: Account, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    account.dead_letter(1, "[bold]x", about="[/big]")
    account.run("[red]", RunStatus.FAILED, error="Error[/]", reason="[link=x]y")
    letters, runs = citas("dlq", "list"), citas("runs", "list")
    assert (letters.exit_code, runs.exit_code) == (0, 0)
    for text, shown in (("[bold]x", letters), ("[/big]", letters), ("Error[/]", runs), ("[link=x]y", runs)):
        assert text in shown.stdout
    assert citas("dlq", "redrive", "--yes").exit_code == 0


def test_one_dead_letter_is_shown_without_what_is_a_persons(citas: Citas, account: Account) -> None:
    account.dead_letter(1)
    account.dead_letter(22)
    shown = citas("dlq", "show", "e-2")
    assert shown.exit_code == 0
    for text in ("e-22", "r-22", "NO_PERMISSIONS", "patientPhone", "citas.publisher"):
        assert text in shown.stdout
    assert not any(text in shown.stdout for text in PERSONAL)
    account.clock.shift(1)
    whole = json.loads(citas("dlq", "show", "e-1", "--with-personal-data", "--json").stdout)
    assert whole["detail"]["patientName"] == PERSONAL[0]
    account.clock.shift(1)
    assert citas("dlq", "show", "e-3").exit_code == 4
    account.clock.shift(1)
    assert citas("dlq", "show", "e-").exit_code == 2


def test_one_dead_letter_is_dropped_only_if_the_operator_says_so(citas: Citas, account: Account) -> None:
    account.dead_letter(1)
    account.dead_letter(2)
    assert citas("dlq", "drop", "e-1").exit_code == 2
    account.clock.shift(1)
    dropped = citas("dlq", "drop", "e-1", "--yes")
    assert dropped.exit_code == 0, dropped.output
    account.clock.shift(61)
    assert [it["event_id"] for it in json.loads(citas("dlq", "list", "--json").stdout)] == ["e-2"]
    assert account.on_the_bus() == []


def test_a_run_is_found_by_how_its_name_begins(citas: Citas, account: Account) -> None:
    start("6f0c-1")
    account.run("6f0c-1", RunStatus.FAILED, error="InvalidEventError", reason="patientName: is missing")
    account.run("6f1d-2", RunStatus.SUCCEEDED)
    assert json.loads(citas("runs", "show", "6f0", "--json").stdout)["name"] == "6f0c-1"
    several = citas("runs", "show", "6f")
    assert (several.exit_code, "6f0c-1" in several.stderr, "6f1d-2" in several.stderr) == (2, True, True)


def test_a_run_that_nobody_knows_is_said_to_be_none_though_a_count_of_runs_stands_beside_them(
    citas: Citas, account: Account
) -> None:
    account.run("6f0c-1", RunStatus.RUNNING)  # the count is written with it
    for command in ("show", "stop", "drop"):
        nobody = citas("runs", command, "7a", *([] if command == "show" else ["--yes"]))
        assert isinstance(nobody.exception, SystemExit)
        assert "no run is called '7a'" in nobody.stderr


def test_a_list_of_runs_says_why_they_failed(citas: Citas, account: Account) -> None:
    account.run("a", RunStatus.FAILED, error="InvalidEventError", reason="patientName: is missing")
    assert "patientName: is missing" in citas("runs", "list").stdout


def test_what_is_no_event_is_left_in_the_queue(citas: Citas, account: Account) -> None:
    boto3.client("sqs").send_message(QueueUrl=account.queue, MessageBody="no json")
    done = citas("dlq", "redrive", "--yes", "--json")
    assert json.loads(done.stdout) == {"redriven": 0, "left": 1}


def test_what_no_rule_wants_is_left_in_the_queue(citas: Citas, account: Account) -> None:
    for detail_type in ("appointment/created ", "appointment/made", "appointment/created"):
        event: dict[str, Any] = {
            "id": f"e-{detail_type}",
            "detail-type": detail_type,
            "source": "x",
            "detail": {},
        }
        boto3.client("sqs").send_message(QueueUrl=account.queue, MessageBody=json.dumps(event))
    done = citas("dlq", "redrive", "--yes")
    assert "1 event handed over again, 2 left in the queue; 2 events nobody would take up" in done.stdout
    assert [heard["detail-type"] for heard in account.on_the_bus()] == ["appointment/created"]


@pytest.mark.parametrize("lacking", ["AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"])
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            ("say", "+525500000101", "BAJA"),
            NOBODY,
        ),
        (
            ("health", "--endpoint-url", "http://localhost:4566"),
            NOBODY,
        ),
        (("health",), "a running `citas dev` is reached with --endpoint-url http://localhost:4566"),
        (("runs", "list"), "(--region, --profile, or AWS's variables)"),
    ],
)
def test_without_a_region_or_credentials_it_is_said_how_a_stage_is_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacking: str, command: tuple[str, ...], said: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in (lacking, "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    done = CliRunner().invoke(app, list(command))
    assert (done.exit_code, done.stdout) == (3, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    "command", [("runs", "list"), ("slots", "dr-1"), ("dlq", "list"), ("runs", "show", "a")], ids=" ".join
)
def test_a_stage_that_is_not_deployed_is_said_not_to_be(
    citas: Citas, account: Account, command: tuple[str, ...]
) -> None:
    done = citas(*command, "--stage", "prod")
    assert done.exit_code == 3
    assert "stage prod" in done.stderr
    assert account.on_the_bus() == []

"""`citas dev` on a fake stack: what it drives, what it prints, and how it ends."""

import json
import shlex
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.domain.instants import from_text
from tests.console.conftest import event
from tests.dev.conftest import Dev
from tests.dev.fake_dev_stack import START, FakeDevStack, Opener

BOOKING: dict[str, Any] = json.loads(event())["detail"]


def book(stack: FakeDevStack) -> None:
    stack.publish("appointment/created", json.dumps(BOOKING), "citas.publisher")


def rest(_stack: FakeDevStack) -> None:
    """Nothing happens."""


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_in_real_time_the_stack_follows_the_machine(dev: Dev) -> None:
    opener = Opener(rest, rest)

    assert dev("dev", opener=opener).exit_code == 0
    assert opener.stack.driven == [START + timedelta(minutes=1), START + timedelta(minutes=2)]


def test_a_machine_whose_clock_is_set_back_does_not_turn_the_stacks_back(dev: Dev) -> None:
    def set_back(stack: FakeDevStack) -> None:
        stack.machine -= timedelta(hours=1)

    opener = Opener(rest, set_back)

    assert dev("dev", opener=opener).exit_code == 0
    assert opener.stack.driven == [START + timedelta(minutes=1)] * 2


def test_virtual_time_stands_still_by_itself(dev: Dev) -> None:
    opener = Opener(book, rest, rest)

    assert dev("dev", "--clock", "virtual", opener=opener).exit_code == 0
    assert set(opener.stack.driven) == {START}


def test_what_happens_is_printed_as_it_does(dev: Dev) -> None:
    result = dev("dev", "--clock", "virtual", opener=Opener(book))

    assert "event    appointment/created for r-1\n" in result.stdout
    assert "run      appointment-reminders for r-1 begins\n" in result.stdout
    assert "message  r-1 confirmation → +525500000001\n" in result.stdout
    assert "│ Hola, Ana Ficticia." in result.stdout


def test_it_says_where_it_is_and_what_to_type_next(dev: Dev) -> None:
    result = dev("dev", "--port", 4599, "--clock", "virtual", opener=Opener())

    assert "endpoint   http://127.0.0.1:4599\n" in result.stdout
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:4599\n" in result.stdout
    assert "aws events put-events --entries '[{" in result.stdout
    assert "citas clock jump 23h --port 4599\n" in result.stdout
    assert "citas explain r-1\n" in result.stdout


def test_the_commands_it_shows_lead_to_a_reminder(dev: Dev) -> None:
    result = dev("dev", "--clock", "virtual", opener=Opener())
    [put] = [line for line in result.stdout.splitlines() if "put-events" in line]
    [entry] = json.loads(shlex.split(put)[-1])
    visit = from_text(json.loads(entry["Detail"])["appointmentTime"])

    assert entry["EventBusName"] == "citas-dev"
    assert START < visit - timedelta(hours=24) <= START + timedelta(hours=23)


def test_a_program_gets_one_object_a_line(dev: Dev) -> None:
    result = dev("dev", "--clock", "virtual", "--json", opener=Opener(book))

    up, *between, down = lines(result.stdout)
    assert (up["what"], up["clock"], up["outputs"]["EventBusName"]) == ("up", "virtual", "citas-dev")
    assert [line["what"] for line in between] == ["event", "run_started", "message"]
    assert between[0]["reservation_id"] == "r-1"
    assert between[1]["arn"].startswith("arn:aws:states:")
    assert "Hola, Ana Ficticia." in between[2]["text"]
    assert down == {"what": "down", "at": "2026-11-23T15:00:00Z"}


def test_a_failed_run_and_an_event_without_a_run_are_told(dev: Dev) -> None:
    def fail(stack: FakeDevStack) -> None:
        stack.publish("appointment/created", json.dumps({"reservationId": "r-2"}))

    result = dev("dev", "--clock", "virtual", opener=Opener(fail))

    assert (
        "appointment-reminders for r-2 failed: InvalidEventError: appointmentTime: is missing"
        in result.stdout
    )


def test_ctrl_c_closes_the_stack_and_leaves_no_socket(dev: Dev, runtime: Path) -> None:
    seen: list[Path] = []
    opener = Opener(lambda _stack: seen.extend(runtime.iterdir()))
    threads = threading.active_count()

    result = dev("dev", opener=opener)

    assert (result.exit_code, opener.stack.closed) == (0, True)
    assert sorted(path.name for path in seen) == ["dev-4566.env", "dev-4566.sock"]
    assert not runtime.exists()
    assert threading.active_count() == threads
    assert "Ended at 2026-11-23T15:01:00Z." in result.stdout


def test_a_clinic_is_put_into_the_directory(dev: Dev, tmp_path: Path) -> None:
    clinic = tmp_path / "clinic.json"
    parts = {"id": "c-1", "name": "Clínica Ejemplo", "address": "Calle Ficticia 1"}
    parts |= {"time_zone": "America/Tijuana", "phone": "+52 55 0000 0101"}
    clinic.write_text(json.dumps({"clinics": [parts]}))
    opener = Opener(book)

    result = dev("dev", "--clinic", clinic, opener=opener)

    assert result.exit_code == 0, result.stderr
    assert "Monday 2026-11-23  America/Tijuana, then day and time in UTC\n  07:00:00" in result.stdout
    assert list(opener.stack.tables["directory"]) == [("clinic#c-1", "clinic")]


def test_faults_reach_the_stack_and_one_that_never_acted_is_named_in_the_end(
    dev: Dev, tmp_path: Path
) -> None:
    file = tmp_path / "faults.json"
    file.write_text(
        json.dumps({"whatsapp": [{"call": 3, "status": 500}], "events": [{"line": 1, "delivered": 2}]})
    )
    opener = Opener()

    result = dev("dev", "--faults", file, opener=opener)

    assert result.exit_code == 0
    [asked] = opener.asked
    assert asked.faults is not None
    assert asked.faults.whatsapp[0].status == 500
    said = " ".join(result.stderr.split())
    assert "faults.json: events: there are no lines of an EVENTS.jsonl here" in said
    assert "faults.json: whatsapp[0] never acted" in said


@pytest.mark.parametrize("watches", [True, False])
def test_the_health_check_fires_unless_it_is_not_wanted(dev: Dev, *, watches: bool) -> None:
    opener = Opener()

    dev("dev", *([] if watches else ["--no-watch"]), opener=opener)

    assert [it.watches for it in opener.asked] == [watches]


def test_an_unknown_field_of_the_faults_is_named_before_anything_starts(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"whatsapp": [{"statis": 500}]}')
    opener = Opener()

    result = dev("dev", "--faults", file, opener=opener)

    assert (result.exit_code, opener.stacks) == (2, [])
    assert "faults.json: whatsapp[0].statis: unknown field; did you mean 'status'?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "--port"),
        (["--port", "http"], "--port"),
        (["--clock", "fast"], "--clock"),
        (["--clinic", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["--faults", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["--clinic", "-", "--faults", "-"], "only one file can be standard input (-)"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_starts(dev: Dev, arguments: list[str], said: str) -> None:
    opener = Opener()

    result = dev("dev", *arguments, opener=opener)

    assert (result.exit_code, opener.stacks) == (2, [])
    assert said in result.stderr

"""`citas run`: exit statuses, what stands where, and what a person reads."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from console.output.schema import SCHEMA_FILE
from console.run.stack import StackRequest
from tests.console.conftest import Citas, event
from tests.console.fake_stack import FakeStack, undelivered

Events = Callable[..., Path]


def test_a_calm_run_prints_timeline_and_audit_and_ends_with_0(citas: Citas, events: Events) -> None:
    result = citas("run", events(event()))

    assert result.exit_code == 0, result.output
    assert re.search(r"Monday 2026-11-23 +America/Mexico_City", result.stdout)
    assert re.search(r"09:00:00 +23T15:00:00Z +event +appointment/created for r-1 \(line 1\)", result.stdout)
    assert re.search(r"message +r-1 2h reminder → \+525500000001\n +│ Hola, Ana Ficticia\.", result.stdout)
    assert "Messages      3 sent" in result.stdout
    assert "The audit holds." in result.stdout


def test_a_screen_said_to_be_no_columns_wide_is_written_to_all_the_same(
    citas: Citas, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "0")

    assert "The audit holds." in citas("run", events(event())).stdout


def test_the_timeline_is_in_the_clinics_zone(citas: Citas, events: Events, tmp_path: Path) -> None:
    clinic = {
        "id": "main",
        "name": "N",
        "address": "A",
        "time_zone": "America/Tijuana",
        "phone": "+525500000001",
    }
    file = tmp_path / "clinic.json"
    file.write_text(json.dumps({"clinics": [clinic]}))

    result = citas("run", events(event()), "--clinic", file)

    assert re.search(r"07:00:00 +23T15:00:00Z", result.stdout)


def test_clinic_data_is_in_the_directory_before_the_first_event(
    citas: Citas, events: Events, stacks: list[FakeStack]
) -> None:
    citas("run", events(event()), "--clinic", "examples/demo/clinic.json")

    assert ("clinic#main", "clinic") in stacks[0].tables["directory"]
    assert ("profile#dra-rios", "service#consulta") in stacks[0].tables["directory"]


def test_json_to_standard_output_is_all_there_is_on_it(citas: Citas, events: Events) -> None:
    result = citas("run", events(event()), "--json", "-")

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    assert [row["kind"] for row in document["messages"]] == ["confirmation", "reminder_24h", "reminder_2h"]
    assert [row["due_at"] for row in document["messages"]] == [
        "2026-11-23T15:00:00Z",
        "2026-12-01T16:00:00Z",
        "2026-12-02T14:00:00Z",
    ]


def test_the_same_input_gives_the_same_file(citas: Citas, events: Events, tmp_path: Path) -> None:
    path = events(event(), event("2026-11-23T15:00:00Z", reservationId="r-0"))

    for name in ("a.json", "b.json"):
        citas("run", path, "--json", tmp_path / name)

    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_run_cut_short_says_so_and_its_open_intents_are_no_breach(citas: Citas, events: Events) -> None:
    result = citas("run", events(event()), "--until", "+1d", "--json", "-")

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (document["until"], document["complete"]) == ("2026-11-24T15:00:00Z", False)
    assert [row["status"] for row in document["messages"]] == ["sent", "planned", "planned"]


def test_events_after_the_end_are_not_published_and_counted(citas: Citas, events: Events) -> None:
    result = citas(
        "run", events(event(), event("2026-12-01T00:00:00Z", reservationId="r-2")), "--until", "+1d"
    )

    assert "1 event after --until, not published" in result.stderr
    assert "Events        1 published" in result.stdout


def test_what_somebody_writes_reaches_the_clinics_number_at_its_instant(
    citas: Citas, events: Events, stacks: list[FakeStack]
) -> None:
    writes = '{"at": "2026-11-24T15:00:00Z", "inbound": {"from": "+525500000101", "text": "BAJA"}}'
    late = writes.replace("11-24", "12-24")

    result = citas("run", events(event(), writes, late), "--until", "+9d")

    received = [(at.isoformat(), *rest) for at, *rest in stacks[0].received]
    assert received == [("2026-11-24T15:00:00+00:00", "+525500000101", "BAJA", 2)]
    assert re.search(r"inbound +\+525500000101 writes \(line 2\)\n +│ BAJA", result.stdout)
    assert "Events        1 published" in result.stdout


def test_virtual_time_may_begin_before_the_first_event(citas: Citas, events: Events) -> None:
    result = citas("run", events(event()), "--start", "2026-11-01T00:00:00Z", "--json", "-")

    assert json.loads(result.stdout)["start"] == "2026-11-01T00:00:00Z"


def test_a_malformed_detail_is_the_workflows_to_refuse(citas: Citas, events: Events) -> None:
    line = json.loads(event())
    del line["detail"]["appointmentTime"]

    result = citas("run", events(json.dumps(line)), "--json", "-")

    (failed,) = json.loads(result.stdout)["events_failed"]
    assert result.exit_code == 0
    assert (failed["line"], failed["where"]) == (1, "execution")
    assert failed["reason"] == "InvalidEventError: appointmentTime: is missing"


def test_an_event_the_bus_refuses_is_listed(citas: Citas, events: Events) -> None:
    result = citas("run", events('{"at": "2026-11-23T15:00:00Z", "detail-type": "x", "detail": 7}'))

    assert result.exit_code == 0
    assert "Failed        line 1, refused: MalformedDetail" in result.stdout


def test_an_event_that_starts_no_workflow_is_warned_about_and_fails_the_audit(
    citas: Citas, events: Events
) -> None:
    result = citas("run", events(event(detail_type="appointment/creatd")))

    assert result.exit_code == 1
    assert "line 1: no workflow begins with 'appointment/creatd'" in result.stderr
    assert "I8: line 1, event-1: appointment/creatd was accepted" in result.stdout
    assert "The audit does not hold." in result.stdout


def test_a_duplicate_message_fails_the_audit(citas: Citas, events: Events) -> None:
    class Stammering(FakeStack):
        def send(self, intent: dict[str, Any], detail: dict[str, Any]) -> None:
            super().send(intent, detail)
            self.simulator.sent.append(self.simulator.sent[-1])

    result = citas("run", events(event()), stack=Stammering)

    assert result.exit_code == 1
    assert "I4: reservation#r-1#v000001#confirmation: sent 2 times" in result.stdout


def test_an_event_in_a_dead_letter_queue_is_listed_with_its_reason(citas: Citas, events: Events) -> None:
    class Undelivering(FakeStack):
        def start_run(self, event_id: str, detail: dict[str, Any]) -> None:
            self.undelivered.append(undelivered(event_id, None, "NO_PERMISSIONS"))

    result = citas("run", events(event()), "--json", "-", stack=Undelivering)

    (failed,) = json.loads(result.stdout)["events_failed"]
    assert failed == {
        "line": 1,
        "event_id": "event-1",
        "detail_type": "appointment/created",
        "where": "dlq",
        "reason": "NO_PERMISSIONS",
    }


def test_a_strict_run_fails_if_an_event_failed_though_the_audit_holds(citas: Citas, events: Events) -> None:
    calm = citas("run", events(event()), "--strict")
    refused = events('{"at": "2026-11-23T15:00:00Z", "detail-type": "x", "detail": 7}')
    lenient, strict = citas("run", refused), citas("run", refused, "--strict")

    assert (calm.exit_code, lenient.exit_code, strict.exit_code) == (0, 0, 1)
    assert "citas: 1 event failed" in strict.stderr


@pytest.mark.parametrize("watches", [True, False])
def test_a_watched_run_asks_for_a_stack_that_watches(citas: Citas, events: Events, *, watches: bool) -> None:
    asked: list[StackRequest] = []

    class Asked(FakeStack):
        def __init__(self, request: StackRequest) -> None:
            asked.append(request)
            super().__init__(request)

    citas("run", events(event()), *(["--watch"] if watches else []), stack=Asked)

    assert [(it.watches, it.keeps_run_ledger) for it in asked] == [(watches, watches)]


def test_a_long_timeline_is_shortened_with_a_note(citas: Citas, events: Events) -> None:
    lines = [event(reservationId=f"r-{number}") for number in range(30)]

    short, full = citas("run", events(*lines)), citas("run", events(*lines), "--full")

    assert "… and 120 more entries up to the end; --full shows them all" in short.stdout
    assert "more entries" not in full.stdout
    assert full.stdout.count("→ +525500000001") == 90


def test_markup_and_control_characters_in_a_name_do_no_harm(citas: Citas, events: Events) -> None:
    result = citas(
        "run", events(event(patientName='[red]Ana[/] \x1b]0;x\x07\u202e José "Pepe" O\'Neil Ñandú 😀'))
    )

    assert 'Hola, [red]Ana[/] �]0;x�� José "Pepe" O\'Neil Ñandú 😀.' in result.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--until", "tomorrow"], "--until: 'tomorrow' must be an ISO 8601 instant"),
        (["--until", "2026-11-01T00:00:00Z"], "--until: lies before the start of the run"),
        (["--start", "now"], "--start: 'now' must be an ISO 8601 instant"),
        (["--start", "2026-12-01T00:00:00Z"], "line 1: at: lies before the start of the run"),
        (["--clinic", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["--faults", "nowhere.json"], "nowhere.json: No such file or directory"),
        (["--json", "/nowhere/out.json"], "/nowhere/out.json: No such file or directory"),
        (["--clinic", "-", "--faults", "-"], "only one file can be standard input (-)"),
    ],
)
def test_bad_input_is_found_before_the_run_and_ends_with_2(
    citas: Citas, events: Events, stacks: list[FakeStack], options: list[str], expected: str
) -> None:
    result = citas("run", events(event()), *options)

    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stdout == ""
    assert stacks == []


def test_a_broken_line_ends_with_2_and_names_line_and_field(citas: Citas, events: Events) -> None:
    result = citas("run", events(event(), event(at="2026-11-23")))

    assert result.exit_code == 2
    assert "events.jsonl: line 2: at: '2026-11-23': must be an ISO 8601 instant" in result.stderr


def test_a_fault_that_does_not_exist_is_named(citas: Citas, events: Events, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"whatsapp": [{"call": 3, "statis": 500}]}')

    result = citas("run", events(event()), "--faults", file)

    assert result.exit_code == 2
    assert "faults.json: whatsapp[0].statis: unknown field; did you mean 'status'?" in result.stderr


def test_faults_reach_the_stack(citas: Citas, events: Events, stacks: list[FakeStack]) -> None:
    citas("run", events(event()), "--faults", "examples/faults.json")

    plan = stacks[0].request.faults
    assert plan is not None
    assert plan.whatsapp


def test_a_fault_that_never_acted_is_named(citas: Citas, events: Events, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"lambda": [{"workflow": "apointment-reminders", "dies": "after"}]}))

    result = citas("run", events(event()), "--faults", file)

    assert result.exit_code == 0
    assert "faults.json: lambda[0] never acted" in " ".join(result.stderr.split())


def test_an_unknown_option_ends_with_2(citas: Citas, events: Events) -> None:
    assert citas("run", events(event()), "--fast").exit_code == 2


def test_events_may_come_from_standard_input(citas: Citas) -> None:
    result = citas("run", "-", "--json", "-", stdin=event())

    assert len(json.loads(result.stdout)["messages"]) == 3


def test_a_stack_that_does_not_start_ends_with_3_and_no_traceback(citas: Citas, events: Events) -> None:
    class Broken(FakeStack):
        def __init__(self, request: StackRequest) -> None:
            raise RuntimeError("no free port")

    result = citas("run", events(event()), stack=Broken)

    assert result.exit_code == 3
    assert "citas: the local stack failed: RuntimeError: no free port" in result.stderr
    assert "Traceback" not in result.output


def test_ctrl_c_ends_with_130_says_how_far_it_came_and_closes_the_stack(
    citas: Citas, events: Events, stacks: list[FakeStack], tmp_path: Path
) -> None:
    class Interrupted(FakeStack):
        def send(self, intent: dict[str, Any], detail: dict[str, Any]) -> None:
            super().send(intent, detail)
            if intent["kind"] == "reminder_24h":
                raise KeyboardInterrupt

    out = tmp_path / "out.json"
    result = citas("run", events(event()), "--json", out, stack=Interrupted)

    assert result.exit_code == 130
    assert "interrupted at 2026-12-01 16:00Z  1 of 1 event, 1 run, 2 messages sent" in result.stderr
    assert stacks[0].closed
    assert not out.exists()


def test_ctrl_c_while_the_stack_starts_ends_with_130(citas: Citas, events: Events) -> None:
    class Interrupted(FakeStack):
        def __init__(self, request: StackRequest) -> None:
            raise KeyboardInterrupt

    result = citas("run", events(event()), stack=Interrupted)

    assert (result.exit_code, result.stderr) == (130, "citas: interrupted\n")


def test_a_result_that_can_not_be_written_ends_with_2_in_one_line(citas: Citas, events: Events) -> None:
    result = citas("run", events(*[event(reservationId=f"r-{n}") for n in range(99)]), "--json", "/dev/full")

    assert result.exit_code == 2
    assert result.stderr == "citas: /dev/full: not written: No space left on device\n"
    assert "The audit holds." in result.stdout

"""A run with bookings leaves this in OUT.json and on the screen."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clinic.domain.instants import to_text
from console.output.schema import SCHEMA_FILE
from console.run.stack import StackRequest
from local.records import Execution
from local.simulators.payments import Refund
from tests.console.conftest import Citas, event
from tests.console.fake_stack import FakeStack, execution

Events = Callable[..., Path]
ARN = "arn:aws:states:us-east-1:000000000000:execution:citas-dev-reservation-requests:run-9"
SLOT = "dr-1:s-1:20261202T1600Z"


class Busy(FakeStack):
    """A clinic in which somebody cancelled, somebody asks, and slots are made at night."""

    def __init__(self, request: StackRequest) -> None:
        super().__init__(request)
        now = to_text(request.start)
        self.tables["slots"]["dr-1", SLOT] = {
            "profile_id": "dr-1",
            "slot_id": SLOT,
            "service_id": "s-1",
            "start": "2026-12-02T16:00:00Z",
            "end": "2026-12-02T16:30:00Z",
            "buffer_until": "2026-12-02T16:40:00Z",
            "capacity": 1,
            "pending": [],
            "booked": ["r-1"],
            "reserved_count": 1,
            "status": "booked",
            "revision": 1,
        }
        self.tables["slots"]["dr-1", "day#2026-12-02"] = {
            "profile_id": "dr-1",
            "slot_id": "day#2026-12-02",
            "taken": {SLOT: ["2026-12-02T16:00:00Z", "2026-12-02T16:40:00Z"]},
            "revision": 1,
        }
        self.tables["requests"]["q-1", ""] = {
            "request_id": "q-1",
            "status": "withdrawn",
            "reservation_id": "r-9",
            "patient_name": "Ana Ficticia",
            "expires_at": now,
            "run": ARN,
        }
        refund = {"amount": "500.00", "currency": "MXN", "charge_id": "ch_1", "status": "made"}
        self.tables["reservations"]["r-2", ""] = {
            "reservation_id": "r-2",
            "status": "cancelled",
            "version": 1,
            "appointment_time": now,
            "runs": [ARN],
            "cancellation": {"at": now, "reason": "Viaje", "refund": refund | {"refund_id": "re_1"}},
        }

        self.tables["messages"]["reservation#r-2", "v000001#cancellation"] = {
            "subject": "reservation#r-2",
            "intent": "v000001#cancellation",
            "kind": "cancellation",
            "version": 1,
            "record_id": "r-2",
            "template": "appointment_cancelled",
            "language": "es_MX",
            "happens_at": now,
            "due_at": now,
            "useful_until": now,
            "status": "failed",
            "reason": "whatsapp:131026",
            "parameters": {"refund_amount": "$500.00"},
            "created_at": now,
            "updated_at": now,
        }

    def book(self, run: Execution, detail: dict[str, Any]) -> None:
        super().book(run, detail)
        self.tables["reservations"]["r-1", ""] |= {"profile_id": "dr-1", "slot_id": SLOT}
        now = self.clock.now()
        generating = {"profileId": "dr-1", "targetDate": "2026-12-02"}
        event_id = self.put_event("slot/generate-daily", generating, "citas")
        self.tables["statistics"]["2026-11-23", "slot_generation#dr-1"] = {
            "day": "2026-11-23",
            "entry": f"slot_generation#dr-1#2026-12-02#{event_id}",
            "kind": "slot_generation",
            "subject": f"dr-1#2026-12-02#{event_id}",
            "happened_at": to_text(now),
            "values": {"slots_generated": 3, "slots_kept": 12, "slots_removed": 0, "reason": ""},
            "expires_at": 1_900_000_000,
        }
        self.tables["statistics"]["2026-11-23", "day"] = {
            "day": "2026-11-23",
            "entry": "roll_up",
            "kind": "roll_up",
            "subject": "2026-11-23",
            "happened_at": to_text(now),
            "values": {"runs": {}, "clinic": {"reminders_wanted": 0}},
        }
        for workflow, started_by, status in (
            ("daily-slot-generation", event_id, "SUCCEEDED"),
            ("nightly-fan-out", "tick", "RUNNING"),
        ):
            self.runs.append(
                execution(
                    workflow,
                    f"run of {workflow}",
                    status,
                    now,
                    {"id": started_by, "detail-type": "slot/generate-daily", "detail": generating},
                    stopped_at=now if status == "SUCCEEDED" else None,
                )
            )
        stopped = self.put_event("appointment/created", {"reservationId": "r-2"}, "citas")
        self.runs.append(
            execution(
                "appointment-reminders",
                "run of r-2",
                "ABORTED",
                now,
                {"id": stopped, "detail-type": "x", "detail": {"reservationId": "r-2"}},
                stopped_at=now + timedelta(hours=1),
                cause="reservation r-2 is cancelled",
            )
        )
        self.payments.refunds.append(
            Refund("re_1", self.payments.charges["ch_1"], 50_000, {"reservation_id": "r-2"}, now)
        )


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    file = tmp_path / "clinic.json"
    document = json.loads(Path("examples/demo/clinic.json").read_text(encoding="utf-8"))
    document["charges"] = [{"id": "ch_1", "amount": "500.00", "currency": "MXN"}]
    file.write_text(json.dumps(document))
    return file


@pytest.fixture
def document(citas: Citas, events: Events, clinic: Path) -> dict[str, Any]:
    result = citas("run", events(event()), "--clinic", clinic, "--json", "-", stack=Busy)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(found)
    return found


def test_slots_stand_there_without_day_sheets(document: dict[str, Any]) -> None:
    (slot,) = document["slots"]

    assert (slot["slot_id"], slot["booked"], slot["reserved_count"]) == (SLOT, ["r-1"], 1)


def test_requests_name_nobody(document: dict[str, Any]) -> None:
    (request,) = document["requests"]

    assert (request["status"], request["run"]) == ("withdrawn", "run-9")
    assert "Ana" not in json.dumps(request)


def test_a_cancellation_stands_with_its_refund_and_the_provider_agrees(document: dict[str, Any]) -> None:
    (row,) = [row for row in document["reservations"] if row["status"] == "cancelled"]

    assert row["cancellation"]["refund"]["status"] == "made"
    assert row["runs"] == ["run-9"]
    assert [(refund["amount"], refund["currency"]) for refund in document["refunds"]] == [("500.00", "MXN")]
    assert document["charges"][0]["refunded"] == "500.00"
    assert {row["id"]: row["status"] for row in document["audit"]}["I6"] == "holds"


def test_statistics_and_events_of_citas_own_are_there(document: dict[str, Any]) -> None:
    (statistic,) = document["statistics"]

    assert (statistic["kind"], statistic["at"]) == ("slot_generation", "2026-11-23T15:00:00Z")
    assert statistic["values"]["slots_generated"] == 3
    assert [(row["detail_type"], row["line"], row["source"]) for row in document["events"]] == [
        ("appointment/created", 1, "citas.publisher"),
        ("slot/generate-daily", None, "citas"),
        ("appointment/created", None, "citas"),
    ]
    assert document["events"][1]["profile_id"] == "dr-1"
    assert document["events_published"] == 1


def test_a_run_that_was_stopped_on_purpose_is_no_failed_event(document: dict[str, Any]) -> None:
    assert document["events_failed"] == []
    assert [run["status"] for run in document["executions"] if run["reservation_id"] == "r-2"] == ["ABORTED"]


def test_the_screen_tells_of_all_of_it(citas: Citas, events: Events, clinic: Path) -> None:
    shown = citas("run", events(event()), "--clinic", clinic, stack=Busy).stdout

    assert re.search(r"^Events +1 published over .*, 2 more put by Citas itself$", shown, re.MULTILINE)
    assert re.search(r"^Runs +1 running, 1 stopped on purpose, 2 succeeded$", shown, re.MULTILINE)
    assert re.search(r"^Slots +1 booked$", shown, re.MULTILINE)
    assert re.search(r"^Reservations +1 cancelled, 1 confirmed$", shown, re.MULTILINE)
    assert re.search(r"^Requests +1 withdrawn$", shown, re.MULTILINE)
    assert re.search(r"^Refunds +500.00 MXN$", shown, re.MULTILINE)
    assert "refund   r-2 gets 500.00 MXN of ch_1 back: succeeded" in shown
    assert "run      appointment-reminders for r-2 is stopped: reservation r-2 is cancelled" in shown


def test_of_the_nightly_routine_one_line_a_run_is_shown(citas: Citas, events: Events, clinic: Path) -> None:
    shown = citas("run", events(event()), "--clinic", clinic, stack=Busy).stdout

    assert shown.count("daily-slot-generation") == 1
    assert "daily-slot-generation for dr-1 ends well; slots: 3 made, 12 kept" in shown
    assert "nightly-fan-out" not in shown
    assert "slot/generate-daily" not in shown

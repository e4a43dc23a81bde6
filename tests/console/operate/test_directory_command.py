"""`citas directory pull|diff|push` on a stage on moto, and what a push leads to on a whole one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import time_machine
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner, Result

from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from console.directory import store
from console.directory.changes import Action, RowChange, batches, changes
from console.directory.rows import document, items
from console.directory.store import MOST_AT_ONCE
from console.inputs.clinic import parse_clinic, read_clinic
from console.main import app
from console.run.item_rows import plain
from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET, REGION
from tests.fakes.examples import NOW, detail
from tests.fakes.stores.tables import create_tables
from tests.workflows.clinic_stack import clinic_stack

EXAMPLE = "examples/demo/clinic.json"
TABLE = "citas-dev-directory"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("COLUMNS", "200")
    with mock_aws(), time_machine.travel(NOW, tick=False):
        client = boto3.client("dynamodb")
        create_tables(client, prefix="citas-dev-")
        yield client


def citas(*arguments: str, input: str | None = None) -> Result:  # noqa: A002 - as typer's runner calls it
    return CliRunner().invoke(app, ["directory", *arguments], input=input)


def directory(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.scan(TableName=TABLE)["Items"]
    return sorted(found, key=lambda row: (row["owner"]["S"], row["entry"]["S"]))


def example(tmp_path: Path, change: Any = None) -> str:
    value = json.loads(Path(EXAMPLE).read_text())
    if change:
        change(value)
    path = tmp_path / "clinic.json"
    path.write_text(json.dumps(value))
    return str(path)


def wanted(file: str) -> list[dict[str, Any]]:
    return sorted(items(read_clinic(file)), key=lambda row: (row["owner"]["S"], row["entry"]["S"]))


def test_a_push_makes_the_directory_the_files_and_a_second_one_finds_nothing_to_do(stage: Any) -> None:
    first = citas("push", EXAMPLE, "--yes")
    assert first.exit_code == 0, first.output
    assert directory(stage) == wanted(EXAMPLE)

    assert citas("diff", EXAMPLE).exit_code == 0
    again = json.loads(citas("push", EXAMPLE, "--yes", "--json").stdout)
    assert again == {"written": 0, "differences": []}


def test_a_dry_run_and_a_push_that_nobody_agreed_to_write_nothing(stage: Any) -> None:
    assert citas("push", EXAMPLE, "--dry-run").exit_code == 0
    unasked = citas("push", EXAMPLE)
    assert (unasked.exit_code, "--yes" in unasked.stderr) == (2, True)
    assert directory(stage) == []


def test_what_is_pulled_is_what_was_pushed(stage: Any, tmp_path: Path) -> None:
    citas("push", EXAMPLE, "--yes")
    target = tmp_path / "pulled.json"
    pulled = citas("pull", str(target))
    assert pulled.exit_code == 0, pulled.output
    assert citas("diff", str(target)).exit_code == 0
    assert wanted(str(target)) == wanted(EXAMPLE)
    assert citas("pull").stdout == target.read_text()

    kept = citas("pull", str(target))
    assert (kept.exit_code, "--force" in kept.stderr) == (2, True)


def test_a_difference_names_row_and_columns(stage: Any, tmp_path: Path) -> None:
    citas("push", EXAMPLE, "--yes")

    def change(value: Any) -> None:
        value["profiles"][0]["is_active"] = False

    file = example(tmp_path, change)
    found = citas("diff", file, "--json")
    assert found.exit_code == 1
    (difference,) = json.loads(found.stdout)["differences"]
    assert (difference["action"], difference["kind"]) == ("change", "profile")
    assert difference["columns"] == {"is_active": {"stage": True, "file": False}}
    assert "is_active: True → False" in citas("diff", file).stdout


def test_what_the_file_does_not_have_stays_unless_it_is_pruned(stage: Any, tmp_path: Path) -> None:
    citas("push", EXAMPLE, "--yes")

    def change(value: Any) -> None:
        del value["availability_rules"][0]

    file = example(tmp_path, change)
    assert citas("push", file, "--yes").exit_code == 0
    assert directory(stage) == wanted(EXAMPLE)
    assert citas("push", file, "--yes", "--prune").exit_code == 0
    assert directory(stage) == wanted(file)


def only_the_clinic(value: Any) -> None:
    for name in ("profiles", "services", "availability_rules", "date_overrides"):
        value.pop(name, None)


SLOTS, RESERVATIONS = "citas-dev-slots", "citas-dev-reservations"
ALL = "r-1, r-2, r-3"
LONG_AHEAD, LONG_AGO = "2099-01-01T15:00:00Z", "2026-01-01T15:00:00Z"


def row(**values: Any) -> dict[str, Any]:
    write = TypeSerializer().serialize
    return {name: write(value) for name, value in values.items()}


def slot(start: str, *booked: str) -> tuple[str, dict[str, Any]]:
    held = {"reserved_count": len(booked), "booked": list(booked)}
    return SLOTS, row(profile_id="dra-rios", slot_id=start, start=start, **held)


def own_time(day: str, visit: str) -> tuple[str, dict[str, Any]]:
    stretch = [f"{day}T15:00:00Z", f"{day}T15:30:00Z"]
    return SLOTS, row(profile_id="dra-rios", slot_id=f"day#{day}", taken={f"visit#{visit}": stretch})


def unplaced(start: str, visit: str) -> tuple[str, dict[str, Any]]:
    return RESERVATIONS, row(reservation_id=visit, unsettled_doctor="dra-rios", appointment_time=start)


@pytest.mark.parametrize(
    ("ahead", "ids"),
    [
        (
            [slot(LONG_AHEAD, "r-1"), own_time("2099-01-02", "r-2"), unplaced(LONG_AHEAD, "r-3")],
            "r-1, r-2, r-3",
        ),
        ([slot(LONG_AHEAD, "r-1")], "r-1"),
        ([own_time("2099-01-02", "r-2")], "r-2"),
        ([unplaced(LONG_AHEAD, "r-3")], "r-3"),
        ([slot(LONG_AHEAD, *"abcdefg")], "a, b, c, d, e and 2 more"),
    ],
)
def test_a_doctor_whom_a_patient_is_still_to_see_is_not_removed(
    stage: Any, tmp_path: Path, ahead: list[tuple[str, dict[str, Any]]], ids: str
) -> None:
    citas("push", EXAMPLE, "--yes")
    free = ("2099-01-03T15:00:00Z", "2099-01-04T15:00:00Z")
    past = [slot(LONG_AGO, "r-0"), own_time("2026-01-02", "r-0"), unplaced(LONG_AGO, "r-0")]
    for table, item in (*past, *map(slot, free)):
        stage.put_item(TableName=table, Item=item)
    for table, item in ahead:
        stage.put_item(TableName=table, Item=item)
    file = example(tmp_path, only_the_clinic)
    pushed = citas("push", file, "--yes", "--prune")
    assert pushed.exit_code == 2, pushed.output
    assert f"ahead of now: {ids}; keep it in the file" in pushed.stderr
    assert directory(stage) == wanted(EXAMPLE)
    assert len(slots(stage)) == 3 + sum(item["slot_id"]["S"] == LONG_AHEAD for t, item in ahead if t == SLOTS)


def slots(client: Any) -> list[str]:
    rows = client.scan(TableName=SLOTS)["Items"]
    return sorted(row["slot_id"]["S"] for row in rows if "start" in row)


def test_with_a_doctor_who_is_removed_go_the_free_slots(stage: Any, tmp_path: Path) -> None:
    citas("push", EXAMPLE, "--yes")
    for table, item in (slot(LONG_AGO, "r-0"), slot(LONG_AHEAD), slot("2099-01-04T15:00:00Z")):
        stage.put_item(TableName=table, Item=item)
    file = example(tmp_path, only_the_clinic)
    assert citas("push", file, "--yes", "--prune", "--dry-run").exit_code == 0
    assert len(slots(stage)) == 3
    pushed = citas("push", file, "--yes", "--prune")
    assert pushed.exit_code == 0, pushed.output
    assert "2 free slots of dra-rios removed" in pushed.stderr
    assert (directory(stage), slots(stage)) == (wanted(file), [LONG_AGO])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    citas("push", EXAMPLE, "--yes")

    def change(value: Any) -> None:
        value["clinics"][0]["parking_info"] = "Calle de atrás"
        value["clinics"][0]["office_number"] = None

    # A colleague's change comes between the operator's reading and writing.
    read = store.DirectoryStore.rows

    def read_and_be_overtaken(self: store.DirectoryStore) -> Any:
        found = read(self)
        stage.update_item(
            TableName=TABLE,
            Key={"owner": {"S": "clinic#main"}, "entry": {"S": "clinic"}},
            UpdateExpression="SET address = :a",
            ExpressionAttributeValues={":a": {"S": "Otra calle 1"}},
        )
        return found

    monkeypatch.setattr(store.DirectoryStore, "rows", read_and_be_overtaken)
    pushed = citas("push", example(tmp_path, change), "--yes")
    assert pushed.exit_code == 3
    assert "clinic#main" in pushed.stderr
    assert "nothing was written" in pushed.stderr
    (clinic,) = [row for row in directory(stage) if row["owner"]["S"] == "clinic#main"]
    assert clinic["address"] == {"S": "Otra calle 1"}


def test_a_file_that_can_not_be_right_is_refused_before_the_stage_is_asked(tmp_path: Path) -> None:
    def change(value: Any) -> None:
        value["profiles"][0]["clinic_id"] = "nowhere"

    refused = citas("push", example(tmp_path, change), "--yes")
    assert refused.exit_code == 2
    assert "profiles[0].clinic_id: no clinic has the id 'nowhere'" in refused.stderr


def test_a_row_that_no_clinic_file_can_have_is_named_by_a_pull(stage: Any) -> None:
    citas("push", EXAMPLE, "--yes")
    key = {"owner": {"S": "clinic#main"}, "entry": {"S": "clinic"}}
    stage.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="SET time_zone = :z",
        ExpressionAttributeValues={":z": {"S": "Mars/Olympus"}},
    )
    stage.put_item(TableName=TABLE, Item={**key, "entry": {"S": "note[/big]#1"}})
    pulled = citas("pull")
    assert (pulled.exit_code, pulled.stdout) == (3, "")
    assert "clinics[0].time_zone" in pulled.stderr
    assert "note[/big]#1" in pulled.stderr  # a row of a kind of its own is left alone, and told


IDS = st.integers(0, 6).map(lambda number: f"dr-{number}")
CLOCKS = st.integers(0, 23 * 60 + 58).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")


@st.composite
def clinic_files(draw: st.DrawFn) -> dict[str, Any]:
    profiles = draw(st.lists(IDS, unique=True, max_size=4))
    clinic = {"id": "main", "name": "C", "address": "A", "time_zone": "America/Mexico_City"}
    value: dict[str, Any] = {"clinics": [{**clinic, "phone": "+525500000001"}]}
    person = {"name": "Dra. F", "phone": "+525500000002", "time_zone": "America/Cancun", "clinic_id": "main"}
    value["profiles"] = [{"id": it, **person, "is_active": draw(st.booleans())} for it in profiles]
    value["services"] = [
        {"id": f"s-{it}", "profile_id": it, "name": "Consulta", "duration": draw(st.integers(1, 90))}
        for it in profiles
        if draw(st.booleans())
    ]
    value["availability_rules"] = [
        {"id": f"{it}:{day}", "profile_id": it, "day_of_week": day, "start_time": start, "end_time": "23:59"}
        for it, day, start in draw(
            st.lists(st.tuples(st.sampled_from(profiles), st.integers(0, 6), CLOCKS), max_size=6)
            if profiles
            else st.just([])
        )
    ]
    value["availability_rules"] = list({rule["id"]: rule for rule in value["availability_rules"]}.values())
    return value


@given(clinic_files(), clinic_files(), st.integers(1, 7))
@settings(max_examples=60)
def test_the_changes_applied_in_order_make_the_file_and_at_no_time_point_at_nothing(
    before: dict[str, Any], after: dict[str, Any], size: int
) -> None:
    old = list(items(parse_clinic(json.dumps(before).encode(), "old")))
    new = list(items(parse_clinic(json.dumps(after).encode(), "new")))
    found = changes(old, new)
    cut = list(batches(found, size))
    assert [change for batch in cut for change in batch] == list(found)
    assert all(len(batch) <= size for batch in cut)
    table = {(row["owner"]["S"], row["entry"]["S"]): row for row in old}
    for change in found:
        key = (change.owner, change.entry)
        assert table.get(key) == change.before
        if change.after is None:
            del table[key]
        else:
            table[key] = dict(change.after)
        owners = {owner for owner, entry in table if entry in {"clinic", "profile"}}
        assert {owner for owner, _ in table} <= owners
    assert sorted(map(str, table.values())) == sorted(map(str, new))
    assert parse_clinic(json.dumps(document(map(plain, new))).encode(), "again") is not None


def test_a_doctors_rows_are_written_in_one_transaction_where_they_fit() -> None:
    rows = [
        {"owner": {"S": f"profile#p{n}"}, "entry": {"S": entry}}
        for n in range(3)
        for entry in ("profile", *(f"rule#{number}" for number in range(40)))
    ]
    cut = list(batches([RowChange(None, row) for row in rows], MOST_AT_ONCE))
    assert [len(batch) for batch in cut] == [82, 41]
    assert {change.action for batch in cut for change in batch} == {Action.ADD}


def test_a_pushed_stage_makes_slots_books_and_reminds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OPERATOR_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OPERATOR_SECRET)
    with clinic_stack() as clinic:
        where = ("--endpoint-url", clinic.stack.endpoint_url, "--region", REGION)
        pushed = citas("push", EXAMPLE, "--yes", *where)
        assert pushed.exit_code == 0, pushed.output
        clinic.put("slot/generate-daily", {"profileId": "dra-rios", "targetDate": "2026-12-01"})
        clinic.stack.advance(minutes=1)
        assert [run.status for run in clinic.runs(DAILY_SLOT_GENERATION)] == ["SUCCEEDED"]
        shown = CliRunner().invoke(app, ["slots", "dra-rios", "--days", "9", "--json", *where])
        free = json.loads(shown.stdout)[0]
        booking = {
            "profileId": "dra-rios",
            "slotId": free["slot_id"],
            "serviceId": free["service_id"],
            "appointmentTime": free["start"],
        }
        clinic.put("appointment/created", detail(reservationId="r-1", **booking))
        clinic.stack.run_until_idle()
        assert [template for template, _ in clinic.sent()] == [
            "appointment_confirmed",
            "appointment_reminder_24h",
            "appointment_reminder_2h",
        ]
        assert clinic.messages[0].parameters["doctor_name"]

"""The command `citas slots`: a doctor's slots as a deployed stage holds them."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.contracts.tables import DIRECTORY, SLOTS
from clinic.domain.instants import to_text
from console.audit.evidence import Sheet
from console.operate.printing import print_json
from console.operate.since import now_on
from console.operate.stage import Stage, StageChoice
from console.output.bookings import SlotRow
from console.run.blocked_slots import AVAILABLE, BLOCKED, as_bookable
from console.run.command import DEFAULT_ZONE
from console.run.item_rows import plain
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_error, standard_output
from console.terminal.tables import SHEET_PREFIX, sheet_row
from console.terminal.text import count, printable


def slots_command(choice: StageChoice, profile_id: str, *, days: int, as_json: bool) -> ExitCode:
    """Print the slots of the coming days with their ids; holders by theirs."""
    errors = standard_error()
    with guarded(errors):
        stage = Stage(choice)
        begin = now_on(stage)
        found = _slots(stage, profile_id, begin, begin + timedelta(days=days))
        found = as_bookable(found, _sheets(stage, profile_id, begin, begin + timedelta(days=days)))
        if as_json:
            document = [json.loads(slot.model_dump_json()) for slot in found]
            print_json(document)
            return ExitCode.OK
        zone = _zone(stage, profile_id)
        if zone is None and not found:
            errors.print(
                f"citas: {stage.name}: no profile is called {printable(profile_id)!r}",
                style="red",
                markup=False,
                soft_wrap=True,
            )
            return ExitCode.NOT_FOUND
        screen = standard_output()
        zone = zone or DEFAULT_ZONE
        rows = [_row(slot, ZoneInfo(zone)) for slot in found]
        show_records(screen, _COLUMNS, rows, title=f"on the clock of {zone}")
        held = Counter(slot.status for slot in found)
        screen.print(
            f"{count(len(found), 'slot')} of {profile_id} in {count(days, 'day')}, "
            f"{held[AVAILABLE]} with a free place, {held[BLOCKED]} blocked",
            markup=False,
            soft_wrap=True,
        )
    return ExitCode.OK


def _slots(stage: Stage, profile_id: str, begin: datetime, end: datetime) -> list[SlotRow]:
    (index,) = SLOTS.indexes
    with stage.asking():
        pages = (
            stage.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stage.named(SLOTS),
                IndexName=index.name,
                KeyConditionExpression="#profile = :profile AND #start BETWEEN :begin AND :end",
                ExpressionAttributeNames={"#profile": index.partition_key, "#start": index.sort_key},
                ExpressionAttributeValues={
                    ":profile": {"S": profile_id},
                    ":begin": {"S": to_text(begin.replace(microsecond=0))},
                    ":end": {"S": to_text(end.replace(microsecond=0))},
                },
            )
        )
        items = [item for page in pages for item in page["Items"]]
    return [SlotRow.model_validate(plain(item)) for item in items]


def _zone(stage: Stage, profile_id: str) -> str | None:
    client = stage.client("dynamodb")
    with stage.asking():
        answer = client.get_item(
            TableName=stage.named(DIRECTORY),
            Key={
                DIRECTORY.partition_key: {"S": f"profile#{profile_id}"},
                str(DIRECTORY.sort_key): {"S": "profile"},
            },
        )
    return str(plain(answer["Item"])["time_zone"]) if "Item" in answer else None


def _sheets(stage: Stage, profile_id: str, begin: datetime, end: datetime) -> list[Sheet]:
    """The sheets of the UTC days that slots which begin then may touch."""
    with stage.asking():
        pages = (
            stage.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stage.named(SLOTS),
                KeyConditionExpression="#profile = :profile AND #slot BETWEEN :begin AND :end",
                ExpressionAttributeNames={"#profile": SLOTS.partition_key, "#slot": str(SLOTS.sort_key)},
                ExpressionAttributeValues={
                    ":profile": {"S": profile_id},
                    ":begin": {"S": f"{SHEET_PREFIX}{begin.astimezone(UTC):%Y-%m-%d}"},
                    ":end": {"S": f"{SHEET_PREFIX}{end.astimezone(UTC) + timedelta(days=1):%Y-%m-%d}"},
                },
            )
        )
        return [sheet_row(plain(item)) for page in pages for item in page["Items"]]


_COLUMNS = [Column(name) for name in ("day", "from", "to", "slot", "service", "status", "held", "by")]


def _row(slot: SlotRow, zone: ZoneInfo) -> Row:
    start, end = (it.astimezone(zone) for it in (slot.start, slot.end))
    return Row(
        (
            f"{start:%Y-%m-%d}",
            f"{start:%H:%M}",
            f"{end:%H:%M}",
            slot.slot_id,
            slot.service_id,
            slot.status,
            f"{slot.reserved_count} of {slot.capacity}",
            ", ".join([*slot.booked, *(f"{holder} (pending)" for holder in slot.pending)]),
        )
    )

"""The command `citas slots`: a doctor's slots as a deployed stage holds them."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.contracts.tables import DIRECTORY, SLOTS
from clinic.domain.instants import to_sortable_text
from console.audit.evidence import Sheet
from console.operate.printing import print_json
from console.operate.stage import Stage, StageChoice, asked, now_on
from console.output.bookings import SlotRow
from console.run.blocked_slots import AVAILABLE, BLOCKED, as_bookable
from console.run.command import DEFAULT_ZONE
from console.terminal.errors import NotFoundError
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_output
from console.terminal.tables import SHEET_PREFIX, sheet_row
from console.terminal.text import count, printable


def slots_command(choice: StageChoice, profile_id: str, *, days: int, as_json: bool) -> ExitCode:
    """Print the slots of the coming days with their ids; holders by theirs."""
    with asked(choice) as stage:
        begin = now_on(stage)
        end = begin + timedelta(days=days)
        found = as_bookable(_slots(stage, profile_id, begin, end), _sheets(stage, profile_id, begin, end))
        profile = stage.item(DIRECTORY, f"profile#{profile_id}", "profile")
        if profile is None and not found:
            raise NotFoundError(f"{stage.name}: no profile is called {printable(profile_id)!r}")
        if as_json:
            print_json([json.loads(slot.model_dump_json()) for slot in found])
            return ExitCode.OK
        screen = standard_output()
        zone = str(profile["time_zone"]) if profile is not None else DEFAULT_ZONE
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
    since, until = (to_sortable_text(instant.replace(microsecond=0)) for instant in (begin, end))
    rows = stage.query(SLOTS, profile_id, index=index, since=since, until=until)
    return [SlotRow.model_validate(row) for row in rows]


def _sheets(stage: Stage, profile_id: str, begin: datetime, end: datetime) -> list[Sheet]:
    """The sheets of the UTC days that slots which begin then may touch."""
    since, until = (
        f"{SHEET_PREFIX}{instant.astimezone(UTC):%Y-%m-%d}" for instant in (begin, end + timedelta(days=1))
    )
    return [sheet_row(row) for row in stage.query(SLOTS, profile_id, since=since, until=until)]


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

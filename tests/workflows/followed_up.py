"""The local stack with a doctor and a slot for two in nine days, and short words for how a visit ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.workflows import APPOINTMENT_FOLLOW_UP
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.visits import AFTERWARDS, completed_detail, no_show_detail
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.booking_rows import BookingRows
from tests.fakes.stores.directory_rows import put_profile
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

PLACE = slot(IN_NINE_DAYS, capacity=2)
DAY = timedelta(days=1)
AFTER_24H, AFTER_48H, AFTER_1WEEK = (IN_NINE_DAYS + days * DAY for days in (1, 2, 7))


@dataclass(frozen=True)
class VisitedStack(ClinicStack):
    """A local stack and short words for what tests of follow-ups ask of it."""

    def book(self, **changes: Any) -> str:
        """An ``appointment/created`` that names the slot."""
        return self.publish(**{"profileId": "dr-1", "slotId": PLACE.slot_id, **changes})

    def complete(self, at: datetime | str = AFTERWARDS, **changes: Any) -> None:
        """An ``appointment/completed``, published then."""
        self.at(at, lambda: self.put("appointment/completed", completed_detail(**changes)))

    def miss(self, at: datetime | str = AFTERWARDS, **changes: Any) -> None:
        """An ``appointment/no-show``, published then."""
        self.at(at, lambda: self.put("appointment/no-show", no_show_detail(**changes)))

    def outputs(self) -> list[Any]:
        """What the runs of follow-ups ended with; a failed one with its error's name."""
        runs = self.runs(APPOINTMENT_FOLLOW_UP)
        return [run.output if run.status == "SUCCEEDED" else run.error for run in runs]

    def followed_up(self) -> list[tuple[str, datetime]]:
        """Template and virtual instant of every follow-up that WhatsApp accepted."""
        return [(template, at) for template, at in self.sent() if template.startswith("follow_up")]

    def follow_ups(self, reservation_id: str = "r-17") -> dict[str, str]:
        """The ledger's follow-ups: ``v1 follow_up_24h`` → ``sent``."""
        return {name: end for name, end in self.intents(reservation_id).items() if "follow_up" in name}

    def status(self, reservation_id: str = "r-17") -> str:
        """The reservation's status."""
        row = self.reservation(reservation_id)
        assert row is not None
        return str(row["status"]["S"])

    def holders(self) -> set[str]:
        """Who holds a place in the slot; the day's sheet is as it must be."""
        outputs = self.stack.outputs
        rows = BookingRows(self.stack.client("dynamodb"), outputs["SlotsTable"], outputs["RequestsTable"])
        found = rows.slot(PLACE.slot_id)
        for day in found.days:
            assert (PLACE.slot_id in rows.day_sheet(str(day))) is bool(found.holders)
        return set(found.holders)


@contextmanager
def visited_stack(
    start: datetime = NOW, *, faults: dict[str, Any] | None = None, concurrent: bool = False
) -> Iterator[VisitedStack]:
    """A stack with a doctor, and a slot for two in nine days."""
    with clinic_stack(start, faults=faults, concurrent=concurrent) as clinic:
        visited = VisitedStack(clinic.stack)
        outputs = clinic.stack.outputs
        put_profile(clinic.stack.client("dynamodb"), outputs["DirectoryTable"])
        rows = BookingRows(clinic.stack.client("dynamodb"), outputs["SlotsTable"], outputs["RequestsTable"])
        rows.put_slot(PLACE)
        yield visited

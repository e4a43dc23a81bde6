"""The local stack with a doctor's three slots, and short words for visits that move."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, APPOINTMENT_RESCHEDULING
from clinic.domain.instants import to_text
from tests.fakes.appointments.moving import DOCTOR, FIRST, SECOND, THIRD, rescheduled, slot
from tests.fakes.examples import NOW, detail
from tests.fakes.stores.booking_rows import BookingRows
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

STARTS = (FIRST, SECOND, THIRD)
MOVED = {
    "oldReservationId": "r-17",
    "newReservationId": "r-18",
    "outcome": "rescheduled",
    "oldSlotReleased": True,
    "newSlotReserved": True,
    "patientNotified": True,
    "remindersUpdated": True,
}
ENDED = {
    "v1 confirmation": "sent",
    "v1 reminder_24h": "superseded",
    "v1 reminder_2h": "superseded",
}


@dataclass(frozen=True)
class MovingStack(ClinicStack):
    """A local stack and short words for what tests of reschedulings ask of it."""

    @property
    def rows_of_bookings(self) -> BookingRows:
        """Slots as they stand."""
        outputs = self.stack.outputs
        return BookingRows(self.stack.client("dynamodb"), outputs["SlotsTable"], outputs["RequestsTable"])

    def book(self, start: datetime = FIRST, reservation_id: str = "r-17", **changes: Any) -> str:
        """An ``appointment/created`` that names a slot."""
        place = {"profileId": DOCTOR, "slotId": slot(start).slot_id, "appointmentTime": to_text(start)}
        return self.put("appointment/created", detail(reservationId=reservation_id, **{**place, **changes}))

    def move(self, start: datetime = SECOND, **changes: Any) -> str:
        """An ``appointment/rescheduled`` to the slot that begins then."""
        there = {"newAppointmentTime": to_text(start), "newSlotId": slot(start).slot_id}
        return self.put("appointment/rescheduled", rescheduled(**{**there, **changes}))

    def move_in_line(self, line: int, start: datetime = THIRD) -> str:
        """The same reservation to another slot, by the event of this line of a fault plan."""
        there = {"newAppointmentTime": to_text(start), "newSlotId": slot(start).slot_id}
        said = rescheduled(newReservationId=None, **there)
        return self.stack.publish("appointment/rescheduled", said, line=line)

    def holders(self) -> list[set[str]]:
        """Who holds the three slots; each count and the day's sheet are as they must be."""
        return [self._holders(slot(start).slot_id) for start in STARTS]

    def _holders(self, slot_id: str) -> set[str]:
        found = self.rows_of_bookings.slot(slot_id)
        assert found.reserved_count <= found.capacity
        for day in found.days:
            assert (slot_id in self.rows_of_bookings.day_sheet(str(day))) is bool(found.holders)
        return set(found.holders)

    def outputs(self) -> list[Any]:
        """What the reschedulings' runs ended with; a failed one with its error's name."""
        runs = self.runs(APPOINTMENT_RESCHEDULING)
        return [run.output if run.status == "SUCCEEDED" else run.error for run in runs]

    def outcomes(self) -> list[str]:
        """What the reschedulings' runs came to."""
        return [output["outcome"] if isinstance(output, dict) else output for output in self.outputs()]

    def reminder_runs(self) -> list[str]:
        """How the runs that keep time for reminders ended, in the order they were started."""
        return [run.status for run in self.runs(APPOINTMENT_REMINDERS)]

    def templates(self) -> list[str]:
        """The templates of all messages WhatsApp accepted, in order."""
        return [template for template, _ in self.sent()]

    def status(self, reservation_id: str) -> str | None:
        """Where the reservation stands."""
        row = self.reservation(reservation_id)
        return str(row["status"]["S"]) if row else None

    def refusals(self, rescheduling_id: str = "r-18") -> list[str]:
        """The statuses of what was told of a rescheduling that came to nothing."""
        answer = self.stack.client("dynamodb").query(
            TableName=self.stack.outputs["MessagesTable"],
            KeyConditionExpression="subject = :s",
            ExpressionAttributeValues={":s": {"S": f"rescheduling#{rescheduling_id}"}},
        )
        return [item["status"]["S"] for item in answer["Items"]]


@contextmanager
def moving_stack(
    start: datetime = NOW, *, faults: dict[str, Any] | None = None, concurrent: bool = False
) -> Iterator[MovingStack]:
    """A stack with three free slots in nine days."""
    with clinic_stack(start, faults=faults, concurrent=concurrent) as clinic:
        moving = MovingStack(clinic.stack)
        for begin in STARTS:
            moving.rows_of_bookings.put_slot(slot(begin))
        yield moving

"""The local stack with a doctor, a slot for two and a charge, and short words for cancellations."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.workflows import APPOINTMENT_CANCELLATION, APPOINTMENT_REMINDERS
from local.records import Execution
from local.simulators.payments import Charge
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.cancellations import cancellation_detail
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.booking_rows import BookingRows
from tests.fakes.stores.directory_rows import put_profile
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

PLACE = slot(IN_NINE_DAYS, capacity=2)
PAID = Charge("ch_1", 50000, "mxn")
AN_HOUR_LATER = NOW + timedelta(hours=1)
DOCTOR, PATIENT = "+525500000090", "+525500000001"
TOLD = ["appointment_cancelled", "appointment_cancelled_doctor"]
DONE = {
    "reservationId": "r-17",
    "outcome": "cancelled",
    "slotReleased": True,
    "patientNotified": True,
    "doctorNotified": True,
    "refundProcessed": False,
    "remindersCancelled": True,
}


@dataclass(frozen=True)
class CancellingStack(ClinicStack):
    """A local stack and short words for what tests of cancellations ask of it."""

    @property
    def rows_of_bookings(self) -> BookingRows:
        """Slots and requests as they stand."""
        outputs = self.stack.outputs
        return BookingRows(self.stack.client("dynamodb"), outputs["SlotsTable"], outputs["RequestsTable"])

    def book(self, **changes: Any) -> str:
        """An ``appointment/created`` that names the slot and the charge."""
        place = {"profileId": "dr-1", "slotId": PLACE.slot_id, "chargeId": PAID.charge_id}
        return self.publish(**{**place, **changes})

    def cancel(self, **changes: Any) -> str:
        """A ``reservation/cancelled``."""
        return self.put("reservation/cancelled", cancellation_detail(**changes))

    def booked_and_cancelled(self, charge_id: str = PAID.charge_id, **changes: Any) -> None:
        """The whole story: booked and paid for now, cancelled an hour later."""
        self.book(chargeId=charge_id)
        self.at(AN_HOUR_LATER, lambda: self.cancel(**changes))
        self.stack.run_until_idle()

    def cancellations(self) -> list[Execution]:
        """The runs of cancellations, in the order they were started."""
        return self.runs(APPOINTMENT_CANCELLATION)

    def outputs(self) -> list[Any]:
        """What they ended with; a failed one with its error's name."""
        return [run.output if run.status == "SUCCEEDED" else run.error for run in self.cancellations()]

    def told(self) -> list[str]:
        """The templates of the cancellations' notices, in the order they left."""
        return [template for template, _ in self.sent() if template in TOLD]

    def holders(self) -> set[str]:
        """Who holds a place in the slot; the day's sheet is as it must be."""
        found = self.rows_of_bookings.slot(PLACE.slot_id)
        for day in found.days:
            assert (PLACE.slot_id in self.rows_of_bookings.day_sheet(str(day))) is bool(found.holders)
        return set(found.holders)

    def reminders_runs(self) -> list[str]:
        """How the runs that keep time for reminders ended."""
        return [run.status for run in self.runs(APPOINTMENT_REMINDERS)]

    def refund(self) -> tuple[str, str | None]:
        """What the reservation says of its refund: how far it has come, and why."""
        row = self.reservation()
        assert row is not None
        note = row["cancellation"]["M"]["refund"]["M"]
        return note["status"]["S"], note.get("reason", {}).get("S")

    def refund_read_by_the_patient(self) -> str:
        """What the only notice to the patient says of it."""
        (notice,) = [message for message in self.messages if message.template == TOLD[0]]
        return notice.parameters["refund_amount"]

    def state(self) -> dict[str, Any]:
        """What must be the same however it came about; instants left out."""
        row = self.reservation()
        assert row is not None
        return {
            "status": row["status"]["S"],
            "refund": self.refund() if "refund" in row.get("cancellation", {"M": {}})["M"] else None,
            "holders": self.holders(),
            "notices": {kind: s for kind, s in self.intents().items() if "cancellation" in kind},
            "open": [kind for kind, s in self.intents().items() if s in {"planned", "sending"}],
            "told": sorted(self.told()),
            "refunds": [(refund.amount, refund.metadata) for refund in self.refunds],
            "statistics": [row["values"] for row in self.stack.items("StatisticsTable")],
        }


@contextmanager
def cancelling_stack(
    start: datetime = NOW,
    *,
    faults: dict[str, Any] | None = None,
    concurrent: bool = False,
    schedules: Sequence[str] = (),
) -> Iterator[CancellingStack]:
    """A stack with a doctor, a slot for two in nine days, and 500 pesos paid."""
    with clinic_stack(
        start, faults=faults, concurrent=concurrent, charges=[PAID], schedules=schedules
    ) as clinic:
        cancelling = CancellingStack(clinic.stack)
        put_profile(clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"])
        cancelling.rows_of_bookings.put_slot(PLACE)
        yield cancelling

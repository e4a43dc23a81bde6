"""The local stack with a doctor, a slot and short words for requests."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.workflows import Workflow
from local.records import Execution
from tests.fakes.appointments.bookings import request_detail, slot
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.booking_rows import BookingRows
from tests.fakes.stores.directory_rows import put_clinic, put_profile
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

SLOT = slot(IN_NINE_DAYS)
TIME_IS_UP = NOW + timedelta(hours=24)
DOCTOR, PATIENT = "+525500000090", "+525500000001"
QUESTION = "reservation_requested_doctor"


@dataclass(frozen=True)
class RequestsStack(ClinicStack):
    """A local stack and short words for what tests of requests ask of it."""

    @property
    def rows_of_bookings(self) -> BookingRows:
        """Slots and requests as they stand."""
        outputs = self.stack.outputs
        return BookingRows(self.stack.client("dynamodb"), outputs["SlotsTable"], outputs["RequestsTable"])

    def ask(self, request_id: str = "q-1", expires_at: datetime = TIME_IS_UP, **changes: Any) -> str:
        """A patient asks for the slot."""
        detail = request_detail(request_id, changes.pop("slotId", SLOT.slot_id), expires_at, **changes)
        return self.put("reservation/requested", detail)

    def approve(self, request_id: str = "q-1") -> str:
        """The doctor says yes."""
        return self.put("reservation/approved", {"requestId": request_id, "approvedBy": "Dra. F"})

    def decline(self, request_id: str = "q-1", reason: str | None = "Estaré de viaje") -> str:
        """The doctor says no."""
        detail = {"requestId": request_id, "declinedBy": "Dra. F", "declineReason": reason}
        return self.put("reservation/declined", detail)

    def expire(self, request_id: str = "q-1") -> str:
        """Somebody says that the time is up."""
        return self.put("reservation/request-expired", {"requestId": request_id})

    def clean_up(self, date: str, profile_id: str = "dr-1") -> str:
        """The night's cleanup."""
        detail = {"profileId": profile_id, "cleanupDate": date}
        return self.put("slot/cleanup-expired", detail)

    def run(self, workflow: Workflow) -> Execution:
        """Its only run."""
        (run,) = self.runs(workflow)
        return run

    def outcomes(self, workflow: Workflow) -> list[str]:
        """What its runs came to; the status of those that did not succeed."""
        return [run.output["outcome"] if run.output else run.status for run in self.runs(workflow)]

    def put_on_the_bus(self, detail_type: str) -> list[dict[str, Any]]:
        """The details of the events of a kind that the bus took."""
        return [event.detail for event in self.stack.events_put() if event.detail_type == detail_type]

    def told(self, request_id: str = "q-1") -> dict[str, str]:
        """The ledger's rows of a request: ``request_doctor`` → ``sent``."""
        return {row["kind"]: row["status"] for row in self.notices(request_id)}

    def notices(self, request_id: str = "q-1") -> list[dict[str, str]]:
        """The same with everything in text."""
        answer = self.stack.client("dynamodb").query(
            TableName=self.stack.outputs["MessagesTable"],
            KeyConditionExpression="subject = :s",
            ExpressionAttributeValues={":s": {"S": f"request#{request_id}"}},
        )
        return [{name: v["S"] for name, v in item.items() if "S" in v} for item in answer["Items"]]

    def recipients(self) -> list[tuple[str, str]]:
        """Template and number of every message WhatsApp accepted."""
        return [(message.template, f"+{message.to.removeprefix('+')}") for message in self.messages]

    def status(self, request_id: str = "q-1") -> str | None:
        """Where the request stands."""
        request = self.rows_of_bookings.request(request_id)
        return request.status.value if request else None

    def places(self, slot_id: str = SLOT.slot_id) -> dict[str, str]:
        """Who holds a place in a slot: ``pending`` or ``booked``. The day's sheet is as it must be."""
        found = self.rows_of_bookings.slot(slot_id)
        assert found.reserved_count <= found.capacity
        for day in found.days:
            is_taken = slot_id in self.rows_of_bookings.day_sheet(str(day))
            assert is_taken is bool(found.holders)
        return dict.fromkeys(found.pending, "pending") | dict.fromkeys(found.booked, "booked")


@contextmanager
def requests_stack(
    start: datetime = NOW,
    *,
    faults: dict[str, Any] | None = None,
    concurrent: bool = False,
    schedules: Collection[str] = (),
) -> Iterator[RequestsStack]:
    """A stack with a clinic, a doctor and a free slot in nine days."""
    with clinic_stack(start, faults=faults, concurrent=concurrent, schedules=schedules) as clinic:
        requests = RequestsStack(clinic.stack)
        client, directory = clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"]
        put_profile(client, directory)
        put_clinic(client, directory)
        requests.rows_of_bookings.put_slot(SLOT)
        yield requests


def dies(workflow: Workflow, step: str, when: str, **more: Any) -> dict[str, Any]:
    """A fault plan in which a step's process dies."""
    return {"lambda": [{"workflow": workflow.name, "step": step, "dies": when, **more}]}


def patients_data_in(text: str) -> list[str]:
    """What of the examples' people stands in a text."""
    private = ("Paciente", "5500000001", "5500000090", "55 0000", "Ficticia", "Dra. F", "viaje", "ninguno")
    return [words for words in private if words in text]

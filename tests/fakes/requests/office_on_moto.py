"""A doctor's office on moto: the functions of requests in one process, with a WhatsApp over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from io import StringIO
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.contracts.workflows import Workflow
from clinic.domain.instants import to_text
from tests.fakes.appointments.bookings import request_detail
from tests.fakes.examples import NOW
from tests.fakes.machines.bus import Recorder, recorded_bus
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, whatsapp_stub
from tests.fakes.requests.desk import SLOT, TIME_IS_UP
from tests.fakes.stores.aws import account
from tests.fakes.stores.booking_rows import BookingRows
from tests.fakes.stores.directory_rows import put_clinic, put_profile


@dataclass(frozen=True)
class Office:
    """What tests of single steps need.

    Attributes:
        clock: stands still until it is moved.
        log: what the functions write to it.
    """

    whatsapp: WhatsAppStub
    bus: Recorder
    rows: BookingRows
    clock: time_machine.Traveller
    log: StringIO

    def function(self, workflow: Workflow) -> ModuleType:
        """The workflow's function, in this process."""
        module = import_module(workflow.module)
        module.handler.logger.registered_handler.setStream(self.log)
        return module

    def step(self, workflow: Workflow, state: str, payload: Any, execution: str = "execution-1") -> Any:
        """Call a step."""
        return invoke(self.function(workflow), state, payload, execution)

    def templates(self) -> list[str]:
        """Of every message that was handed to WhatsApp."""
        return [request.body["template"]["name"] for request in self.whatsapp.received]

    def events(self) -> list[tuple[str, str | None]]:
        """Detail-type and request or reservation of what was put on the bus since this was asked last."""
        return [
            (event["detail-type"], event["detail"].get("requestId", event["detail"].get("reservationId")))
            for event in self.bus.received()
        ]

    def statistics(self) -> list[str]:
        """The entries of what was counted."""
        items = boto3.client("dynamodb").scan(TableName="statistics")["Items"]
        return sorted(item["entry"]["S"] for item in items)


def envelope(detail_type: str, detail: dict[str, Any], at: datetime = NOW) -> dict[str, Any]:
    """What a rule hands to a state machine."""
    return {
        "id": f"e-{detail_type}-{to_text(at)}".replace("/", "-"),
        "time": to_text(at),
        "detail-type": detail_type,
        "detail": detail,
    }


def requested(
    request_id: str = "q-1", slot_id: str = SLOT.slot_id, expires_at: datetime = TIME_IS_UP, **changes: Any
) -> dict[str, Any]:
    """A ``reservation/requested`` as the rule hands it over."""
    return envelope("reservation/requested", request_detail(request_id, slot_id, expires_at, **changes))


@contextmanager
def office_on_moto(
    monkeypatch: pytest.MonkeyPatch, workflow: Workflow, config: Any = None
) -> Iterator[Office]:
    """The office, with a free slot in nine days."""
    with (
        whatsapp_stub() as whatsapp,
        account(monkeypatch, whatsapp.url, config),
        time_machine.travel(NOW, tick=False) as clock,
        process(workflow.module),
    ):
        dynamodb = boto3.client("dynamodb")
        put_profile(dynamodb, "directory")
        put_clinic(dynamodb, "directory")
        rows = BookingRows(dynamodb)
        rows.put_slot(SLOT)
        yield Office(whatsapp, recorded_bus(), rows, clock, StringIO())

"""Requests, answers and slots of the examples' doctor."""

from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.requests import ReservationApproved, ReservationDeclined, ReservationRequested
from clinic.domain.instants import to_text
from clinic.domain.slots.slot import Slot
from tests.fakes.examples import NOW

PATIENT = {"patientName": "Paciente Ejemplo", "patientPhone": "+52 55 0000 0001"}


def slot(start: datetime, service: str = "s-1", *, minutes: int = 30, capacity: int = 1) -> Slot:
    """A free slot of dr-1's."""
    end = start + timedelta(minutes=minutes)
    return Slot(f"dr-1:{service}:{start:%Y%m%dT%H%MZ}", "dr-1", service, start, end, end, capacity)


def request_detail(request_id: str, slot_id: str, expires_at: datetime, **changes: Any) -> dict[str, Any]:
    """The detail of a ``reservation/requested``; a change to None leaves the field out."""
    whole = {
        "requestId": request_id,
        "profileId": "dr-1",
        "slotId": slot_id,
        **PATIENT,
        "serviceName": "Consulta general",
        "expiresAt": to_text(expires_at),
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def asked(
    request_id: str, slot_id: str, expires_at: datetime, at: datetime = NOW, **changes: Any
) -> Received[ReservationRequested]:
    """A valid ``reservation/requested``."""
    detail = request_detail(request_id, slot_id, expires_at, **changes)
    envelope = {"id": f"e-{request_id}", "time": to_text(at), "detail": detail}
    return receive(envelope, ReservationRequested)


def approved(
    request_id: str, at: datetime = NOW, event_id: str = "e-yes"
) -> Received[ReservationApproved | ReservationDeclined]:
    """The doctor's yes."""
    return Received(event_id, at, ReservationApproved(requestId=request_id))


def declined(
    request_id: str, at: datetime = NOW, event_id: str = "e-no", **changes: Any
) -> Received[ReservationApproved | ReservationDeclined]:
    """The doctor's no."""
    return Received(event_id, at, ReservationDeclined(requestId=request_id, **changes))

"""A patient asks for a slot; nobody answers, the doctor says yes, no, or yes too late."""

from datetime import timedelta
from typing import Any

from clinic.contracts.workflows import (
    APPOINTMENT_REMINDERS,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
)
from tests.fakes.appointments.bookings import request_detail
from tests.fakes.examples import NOW
from tests.workflows.requested import QUESTION, SLOT, TIME_IS_UP, RequestsStack, requests_stack
from tests.workflows.stories.story import AN_HOUR_LATER, REMINDED, Story, nothing, templates

EXPIRED = [QUESTION, "request_expired_doctor", "request_expired_patient"]


def _requested(office: RequestsStack) -> dict[str, Any]:
    return {
        "messages": templates(office),
        "notices": set(office.told().values()),
        "status": office.status(),
        "places": office.places(),
        "statistics": len(office.stack.items("StatisticsTable")),
        "planned": office.outcomes(APPOINTMENT_REMINDERS).count("planned"),
        "expired": office.outcomes(REQUEST_EXPIRATION).count("expired"),
    }


REQUEST = Story(
    workflow=RESERVATION_REQUESTS,
    stack=requests_stack,
    before=nothing,
    event=("reservation/requested", request_detail("q-1", SLOT.slot_id, TIME_IS_UP)),
    at=NOW,
    end=_requested,
    expected={
        "messages": sorted(EXPIRED),
        "notices": {"sent"},
        "status": "expired",
        "places": {},
        "statistics": 1,
        "planned": 0,
        "expired": 1,
    },
    output={
        "requestId": "q-1",
        "outcome": "held",
        "expiryAnnounced": True,
        "notices": [{"kind": "request_doctor", "status": "sent"}],
    },
    sends="SendNotice",
    template=QUESTION,
    due=NOW,
)
EXPIRATION = Story(
    workflow=REQUEST_EXPIRATION,
    stack=requests_stack,
    before=RequestsStack.ask,
    event=("reservation/request-expired", {"requestId": "q-1"}),
    at=TIME_IS_UP,
    end=_requested,
    expected=REQUEST.expected,
    output={
        "requestId": "q-1",
        "outcome": "expired",
        "slotReleased": True,
        "patientNotified": True,
        "doctorNotified": True,
        "expirationHandled": True,
    },
    sends="SendNotice",
    template="request_expired_patient",
    due=TIME_IS_UP,
    is_from_citas=True,
)
APPROVAL = Story(
    workflow=REQUEST_DECISIONS,
    stack=requests_stack,
    before=RequestsStack.ask,
    event=("reservation/approved", {"requestId": "q-1"}),
    at=AN_HOUR_LATER,
    end=_requested,
    expected={
        "messages": ["appointment_confirmed", *REMINDED, QUESTION],
        "notices": {"sent"},
        "status": "approved",
        "places": {"q-1": "booked"},
        "statistics": 0,
        "planned": 1,
        "expired": 0,
    },
    output={
        "requestId": "q-1",
        "outcome": "approved",
        "appointmentAnnounced": True,
        "waitingStopped": True,
        "notices": [],
    },
    sends="",
    template="",
    due=AN_HOUR_LATER,
)
REFUSAL = Story(
    workflow=REQUEST_DECISIONS,
    stack=requests_stack,
    before=RequestsStack.ask,
    event=("reservation/declined", {"requestId": "q-1", "declineReason": "Estaré de viaje"}),
    at=AN_HOUR_LATER,
    end=_requested,
    expected={
        "messages": ["reservation_declined_patient", QUESTION],
        "notices": {"sent"},
        "status": "declined",
        "places": {},
        "statistics": 0,
        "planned": 0,
        "expired": 0,
    },
    output={
        "requestId": "q-1",
        "outcome": "declined",
        "appointmentAnnounced": False,
        "waitingStopped": True,
        "notices": [{"kind": "request_declined", "status": "sent"}],
    },
    sends="SendNotice",
    template="reservation_declined_patient",
    due=AN_HOUR_LATER,
)
LATE_APPROVAL = Story(
    workflow=REQUEST_DECISIONS,
    stack=requests_stack,
    before=RequestsStack.ask,
    event=APPROVAL.event,
    at=TIME_IS_UP + timedelta(minutes=1),
    end=_requested,
    expected={**REQUEST.expected, "messages": sorted([*EXPIRED, "approval_too_late_doctor"])},
    output={
        "requestId": "q-1",
        "outcome": "too_late",
        "appointmentAnnounced": False,
        "waitingStopped": False,
        "notices": [{"kind": "approval_too_late_doctor", "status": "sent"}],
    },
    sends="SendNotice",
    template="approval_too_late_doctor",
    due=TIME_IS_UP + timedelta(minutes=1),
)

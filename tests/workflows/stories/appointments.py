"""A visit is booked, cancelled, moved and followed up, and a medicine is prescribed."""

from datetime import timedelta
from typing import Any

from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    MEDICATION_REMINDERS,
)
from tests.fakes.appointments.cancellations import cancellation_detail
from tests.fakes.appointments.moving import rescheduled
from tests.fakes.appointments.visits import AFTERWARDS, completed_detail
from tests.fakes.examples import IN_NINE_DAYS, NOW, detail
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.cancelling import DONE, CancellingStack, cancelling_stack
from tests.workflows.clinic_stack import ClinicStack, clinic_stack
from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, VisitedStack, visited_stack
from tests.workflows.moving import ENDED, MOVED, MovingStack, moving_stack
from tests.workflows.prescribing import EIGHT_HOURLY, PrescriptionsStack, prescriptions_stack
from tests.workflows.requested import SLOT
from tests.workflows.stories.story import AN_HOUR_LATER, REMINDED, Story, nothing, templates


def _reminded(clinic: ClinicStack) -> dict[str, Any]:
    return {
        "messages": templates(clinic),
        "later": [at for template, at in clinic.sent() if template == "appointment_reminder_2h"],
        "intents": clinic.intents(),
    }


def _cancelled(cancelling: CancellingStack) -> dict[str, Any]:
    return cancelling.state()


def _moved(clinic: MovingStack) -> dict[str, Any]:
    return {
        "messages": templates(clinic),
        "old": clinic.intents("r-17"),
        "new": set(clinic.intents("r-18").values()),
        "holders": clinic.holders(),
        "statistics": [row["values"]["M"]["outcome"]["S"] for row in clinic.stack.items("StatisticsTable")],
    }


def _followed_up(visited: VisitedStack) -> dict[str, Any]:
    return {
        "messages": [template for template, _ in visited.followed_up()],
        "later": [at for template, at in visited.followed_up() if template != "follow_up_24h"],
        "intents": visited.follow_ups(),
        "status": visited.status(),
        "holders": visited.holders(),
    }


def _taken(prescribing: PrescriptionsStack) -> dict[str, Any]:
    return {
        "messages": [template for template, _ in prescribing.sent()],
        "later": prescribing.reminded_at()[1:],
        "doses": list(prescribing.doses().values()),
        "prescriptions": prescribing.prescriptions(),
    }


REMINDERS = Story(
    workflow=APPOINTMENT_REMINDERS,
    stack=clinic_stack,
    before=nothing,
    event=("appointment/created", detail()),
    at=NOW,
    end=_reminded,
    expected={
        "messages": ["appointment_confirmed", *REMINDED],
        "later": [IN_NINE_DAYS - timedelta(hours=2)],
        "intents": {"v1 confirmation": "sent", "v1 reminder_24h": "sent", "v1 reminder_2h": "sent"},
    },
    output={
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "confirmation": "sent",
        "reminders": [
            {"kind": "reminder_24h", "status": "sent"},
            {"kind": "reminder_2h", "status": "sent"},
        ],
    },
    sends="SendReminder",
    template="appointment_reminder_24h",
    due=IN_NINE_DAYS - timedelta(hours=24),
)
CANCELLATION = Story(
    workflow=APPOINTMENT_CANCELLATION,
    stack=cancelling_stack,
    before=CancellingStack.book,
    event=("reservation/cancelled", cancellation_detail(refundAmount=200)),
    at=AN_HOUR_LATER,
    end=_cancelled,
    expected={
        "status": "cancelled",
        "refund": ("made", None),
        "holders": set(),
        "notices": {"v1 cancellation": "sent", "v1 cancellation_doctor": "sent"},
        "open": [],
        "told": ["appointment_cancelled", "appointment_cancelled_doctor"],
        "refunds": [(20000, {"reservation_id": "r-17"})],
        "statistics": [
            {
                "M": {
                    "cancelled_by": {"S": "patient"},
                    "profile_id": {"S": "dr-1"},
                    "reason_given": {"S": "no"},
                    "refund": {"S": "made"},
                    "refund_amount": {"S": "200.00"},
                    "refund_currency": {"S": "MXN"},
                    "slot_id": {"S": SLOT.slot_id},
                }
            }
        ],
    },
    output={**DONE, "refundProcessed": True},
    sends="SendNotice",
    template="appointment_cancelled",
    due=AN_HOUR_LATER,
)
RESCHEDULING = Story(
    workflow=APPOINTMENT_RESCHEDULING,
    stack=moving_stack,
    before=MovingStack.book,
    event=("appointment/rescheduled", rescheduled()),
    at=AN_HOUR_LATER,
    end=_moved,
    expected={
        "messages": ["appointment_confirmed", *REMINDED, "appointment_rescheduled"],
        "old": ENDED,
        "new": {"sent"},
        "holders": [set(), {"r-18"}, set()],
        "statistics": ["rescheduled"],
    },
    output=MOVED,
    sends="SendNotice",
    template="appointment_rescheduled",
    due=AN_HOUR_LATER,
)
FOLLOW_UP = Story(
    workflow=APPOINTMENT_FOLLOW_UP,
    stack=visited_stack,
    before=VisitedStack.book,
    event=("appointment/completed", completed_detail()),
    at=AFTERWARDS,
    end=_followed_up,
    expected={
        "messages": ["follow_up_24h", "follow_up_1week"],
        "later": [AFTER_1WEEK],
        "intents": {"v1 follow_up_24h": "sent", "v1 follow_up_1week": "sent"},
        "status": "completed",
        "holders": set(),
    },
    output={
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "skipped": [],
        "followUps": [
            {"kind": "follow_up_24h", "status": "sent"},
            {"kind": "follow_up_1week", "status": "sent"},
        ],
    },
    sends="SendFollowUp",
    template="follow_up_24h",
    due=AFTER_24H,
)
MEDICATION = Story(
    workflow=MEDICATION_REMINDERS,
    stack=prescriptions_stack,
    before=nothing,
    event=("prescription/created", prescription_detail()),
    at=NOW,
    end=_taken,
    expected={
        "messages": ["medication_reminder"] * len(EIGHT_HOURLY),
        "later": EIGHT_HOURLY[1:],
        "doses": ["sent"] * len(EIGHT_HOURLY),
        "prescriptions": [("active", 1)],
    },
    output={
        "prescriptionId": "p-17",
        "version": 1,
        "outcome": "planned",
        "planned": len(EIGHT_HOURLY),
        "continuation": "none",
        "reminders": [{"kind": f"dose_{at:%Y%m%dT%H%MZ}", "status": "sent"} for at in EIGHT_HOURLY],
    },
    sends="SendDose",
    template="medication_reminder",
    due=EIGHT_HOURLY[0],
)

"""The stories of all workflows that an event of others begins."""

from typing import Any

from tests.workflows.stories import appointments, requests
from tests.workflows.stories.story import Story

STORIES: dict[str, Story[Any]] = {
    "reminders": appointments.REMINDERS,
    "cancellation": appointments.CANCELLATION,
    "rescheduling": appointments.RESCHEDULING,
    "follow-up": appointments.FOLLOW_UP,
    "medication": appointments.MEDICATION,
    "request": requests.REQUEST,
    "expiration": requests.EXPIRATION,
    "approval": requests.APPROVAL,
    "refusal": requests.REFUSAL,
    "late approval": requests.LATE_APPROVAL,
}

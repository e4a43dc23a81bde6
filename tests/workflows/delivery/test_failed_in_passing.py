"""WhatsApp takes a reminder and fails it a moment later, in passing: it leaves again, its run gone or not."""

from datetime import timedelta

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOW_HEALTH
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

VISIT = NOW + timedelta(hours=25)
DUE = NOW + timedelta(hours=1)
ENDED, GOES_ON, GONE = (f"reservation#r-{number}#v000001#reminder_24h" for number in (17, 18, 19))


def _times(clinic: ClinicStack, intent_id: str) -> list[timedelta]:
    return [message.at - DUE for message in clinic.messages if message.intent_id == intent_id]


def test_it_is_sent_again_while_of_use_and_not_to_whom_nobody_can_reach() -> None:
    faults = {
        "whatsapp": [
            {"intent": ENDED, "later": 131000, "times": 2},
            {"intent": GOES_ON, "later": 131000, "times": 1},
            {"intent": GONE, "later": 131026},
        ]
    }
    with clinic_stack(faults=faults, status_webhooks=True, schedules=[WORKFLOW_HEALTH.name]) as clinic:
        for number, offsets in ((17, ["24h"]), (18, ["24h", "2h"]), (19, ["24h"])):
            clinic.publish(
                reservationId=f"r-{number}",
                patientPhone=f"+5255000000{number}",
                appointmentTime=VISIT.isoformat(),
                reminderOffsets=offsets,
            )
        clinic.stack.advance(hours=2)
        assert [run.status for run in clinic.runs(APPOINTMENT_REMINDERS)] == [
            "SUCCEEDED",
            "RUNNING",
            "SUCCEEDED",
        ]
        assert _times(clinic, ENDED) == [timedelta(minutes=minutes) for minutes in (0, 10, 25)]
        assert _times(clinic, GOES_ON) == [timedelta(minutes=minutes) for minutes in (0, 10)]
        assert _times(clinic, GONE) == [timedelta(0)]
        assert [clinic.intents(f"r-{number}")["v1 reminder_24h"] for number in (17, 18, 19)] == [
            "delivered",
            "delivered",
            "failed",
        ]

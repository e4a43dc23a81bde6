"""Every six hours the last days are added up anew, on the local stack."""

from datetime import timedelta

from boto3.dynamodb.types import TypeDeserializer

from clinic.contracts.workflows import WORKFLOW_ANALYTICS
from tests.fakes.examples import NOW
from tests.workflows.cancelling import cancelling_stack
from tests.workflows.clinic_stack import clinic_stack


def test_a_days_runs_and_messages_are_in_its_row() -> None:
    with clinic_stack(schedules=[WORKFLOW_ANALYTICS.name], keeps_run_ledger=True) as clinic:
        clinic.publish(appointmentTime=(NOW + timedelta(hours=30)).isoformat(), reminderOffsets=["24h"])
        clinic.publish(reservationId="r-2", patientPhone="")
        clinic.stack.advance(hours=10)
        runs = clinic.runs(WORKFLOW_ANALYTICS)
        assert [run.started_at.hour for run in runs] == [18, 0]
        assert {run.status for run in runs} == {"SUCCEEDED"}
        read = TypeDeserializer().deserialize
        rows = [{k: read(v) for k, v in row.items()} for row in clinic.stack.items("StatisticsTable")]
        (today,) = [row["values"] for row in rows if (row["day"], row["entry"]) == ("2026-11-23", "roll_up")]
        reminders = today["runs"]["appointment-reminders"]
        assert (reminders["succeeded"], reminders["failed"], reminders["refused"]) == (1, 0, 1)
        assert reminders["errors"] == {"InvalidEventError": 1}
        assert (today["clinic"]["reminders_sent"], today["clinic"]["slots_booked"]) == (1, 1)


def test_a_day_on_which_a_visit_in_a_slot_was_cancelled_is_rolled_up_too() -> None:
    with cancelling_stack(schedules=[WORKFLOW_ANALYTICS.name]) as office:
        office.booked_and_cancelled(refundAmount=200)
        office.stack.advance(hours=10)
        runs = office.runs(WORKFLOW_ANALYTICS)
        assert {(run.status, run.error) for run in runs} == {("SUCCEEDED", None)}
        read = TypeDeserializer().deserialize
        rows = [{k: read(v) for k, v in row.items()} for row in office.stack.items("StatisticsTable")]
        (today,) = [row["values"] for row in rows if (row["day"], row["entry"]) == ("2026-11-23", "roll_up")]
        assert (today["clinic"]["slots_freed"], today["clinic"]["slots_refilled"]) == (1, 0)

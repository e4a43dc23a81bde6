"""A reservation that is known is cancelled: its place is free, both are told, its reminders end."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.workflows.cancelling import AN_HOUR_LATER, DOCTOR, DONE, PATIENT, PLACE, TOLD, CancellingStack


def test_everything_is_done_and_said(cancelling: CancellingStack) -> None:
    cancelling.booked_and_cancelled(cancellationReason="Viaje de trabajo")
    assert cancelling.outputs() == [DONE]
    assert cancelling.holders() == set()
    assert cancelling.intents() == {
        "v1 confirmation": "sent",
        "v1 reminder_24h": "skipped",
        "v1 reminder_2h": "skipped",
        "v1 cancellation": "sent",
        "v1 cancellation_doctor": "sent",
    }
    assert cancelling.reasons()["v1 reminder_24h"] == "reservation_cancelled"
    patient, doctor = cancelling.messages[-2:]
    assert [patient.template, doctor.template] == TOLD
    assert [f"+{message.to.removeprefix('+')}" for message in (patient, doctor)] == [PATIENT, DOCTOR]
    assert {message.parameters["cancellation_reason"] for message in (patient, doctor)} == {
        "Viaje de trabajo"
    }
    assert patient.parameters["refund_amount"] == "No aplica"
    assert patient.parameters["appointment_time"] == "9:00 a.m."


def test_it_is_said_within_a_minute(cancelling: CancellingStack) -> None:
    cancelling.booked_and_cancelled()
    assert all(at - AN_HOUR_LATER < timedelta(minutes=1) for _, at in cancelling.sent()[-2:])


def test_the_run_that_waited_for_its_reminders_is_stopped_with_the_reason(
    cancelling: CancellingStack,
) -> None:
    cancelling.booked_and_cancelled()
    (reminders,) = [run for run in cancelling.stack.executions() if run.status == "ABORTED"]
    assert reminders.cause == "reservation r-17 is cancelled"
    assert cancelling.stack.clock.now() < NOW + timedelta(days=1)  # nothing waited for the reminders


def test_every_run_of_its_reminders_is_stopped(cancelling: CancellingStack) -> None:
    cancelling.book()
    cancelling.at(NOW + timedelta(minutes=5), lambda: cancelling.book(patientName="Paciente Ejemplo Dos"))
    cancelling.at(AN_HOUR_LATER, cancelling.cancel)
    cancelling.stack.run_until_idle()
    assert cancelling.reminders_runs() == ["ABORTED", "ABORTED"]


def test_it_is_counted(cancelling: CancellingStack) -> None:
    cancelling.booked_and_cancelled(cancellationReason="Viaje de trabajo")
    (row,) = cancelling.stack.items("StatisticsTable")
    assert row["entry"] == {"S": "cancellation#r-17"}
    assert row["values"]["M"] == {
        "cancelled_by": {"S": "patient"},
        "reason_given": {"S": "yes"},
        "refund": {"S": "none"},
        "slot_id": {"S": PLACE.slot_id},
        "profile_id": {"S": "dr-1"},
    }


def test_a_doctor_nobody_knows_and_a_slot_nobody_keeps(cancelling: CancellingStack) -> None:
    cancelling.publish()
    cancelling.at(AN_HOUR_LATER, cancelling.cancel)
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [{**DONE, "slotReleased": False, "doctorNotified": False}]

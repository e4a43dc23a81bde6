"""A visit moves: both places change hands, one message goes out, and reminders follow the new time only."""

from datetime import timedelta

from tests.fakes.appointments.moving import FIRST, SECOND
from tests.fakes.examples import NOW
from tests.workflows.moving import ENDED, MOVED, moving_stack

A_DAY_LATER = NOW + timedelta(days=1)


def test_one_message_goes_out_and_the_reminders_of_the_new_time() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.stack.run_until_idle()
        assert clinic.sent() == [
            ("appointment_confirmed", NOW),
            ("appointment_rescheduled", A_DAY_LATER),
            ("appointment_reminder_24h", SECOND - timedelta(hours=24)),
            ("appointment_reminder_2h", SECOND - timedelta(hours=2)),
        ]
        assert clinic.outputs() == [MOVED]
        assert clinic.intents("r-17") == ENDED
        assert clinic.intents("r-18") == {
            "v1 rescheduling": "sent",
            "v1 reminder_24h": "sent",
            "v1 reminder_2h": "sent",
        }
        assert clinic.holders() == [set(), {"r-18"}, set()]
        assert (clinic.status("r-17"), clinic.status("r-18")) == ("rescheduled", "confirmed")
        assert clinic.reminder_runs() == ["ABORTED", "SUCCEEDED"]


def test_it_is_counted() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.stack.run_until_idle()
        (row,) = clinic.stack.items("StatisticsTable")
        assert row["subject"] == {"S": "r-17#r-18#1"}
        assert row["values"]["M"]["outcome"] == {"S": "rescheduled"}


def test_what_the_patient_reads() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, lambda: clinic.move(reschedulingReason="El consultorio cierra ese día"))
        clinic.stack.run_until_idle()
        told = next(message for message in clinic.messages if message.template == "appointment_rescheduled")
        assert told.parameters == {
            "patient_name": "Paciente Ejemplo",
            "service_name": "Consulta general",
            "old_appointment_date": "miércoles, 2 de diciembre de 2026",
            "old_appointment_time": "9:00 a.m.",
            "new_appointment_date": "miércoles, 2 de diciembre de 2026",
            "new_appointment_time": "9:30 a.m.",
            "rescheduling_reason": "El consultorio cierra ese día",
        }


def test_without_a_slot_the_time_alone_moves() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, lambda: clinic.move(newSlotId=None))
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [{**MOVED, "newSlotReserved": False}]
        assert clinic.holders() == [set(), set(), set()]
        assert clinic.sent()[-1] == ("appointment_reminder_2h", SECOND - timedelta(hours=2))


def test_the_place_that_was_given_up_is_anothers_at_once() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.at(A_DAY_LATER + timedelta(minutes=1), lambda: clinic.book(FIRST, "r-20"))
        clinic.stack.run_until_idle()
        assert clinic.holders() == [{"r-20"}, {"r-18"}, set()]

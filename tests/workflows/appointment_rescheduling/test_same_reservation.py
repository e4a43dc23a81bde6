"""One reservation moves to another time: the next version of it, however often."""

from datetime import timedelta
from functools import partial

from tests.fakes.appointments.moving import SECOND, THIRD
from tests.fakes.examples import NOW
from tests.workflows.moving import ENDED, MOVED, moving_stack

SAME = {**MOVED, "newReservationId": "r-17"}


def test_it_keeps_its_id_and_its_reminders_follow() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(NOW + timedelta(days=1), lambda: clinic.move(newReservationId=None))
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [SAME]
        assert clinic.intents() == {
            **ENDED,
            "v2 rescheduling": "sent",
            "v2 reminder_24h": "sent",
            "v2 reminder_2h": "sent",
        }
        assert clinic.sent()[2:] == [
            ("appointment_reminder_24h", SECOND - timedelta(hours=24)),
            ("appointment_reminder_2h", SECOND - timedelta(hours=2)),
        ]
        assert clinic.holders() == [set(), {"r-17"}, set()]
        assert clinic.reminder_runs() == ["ABORTED", "SUCCEEDED"]


def test_moved_twice_within_seconds_it_stays_at_the_last_time() -> None:
    with moving_stack() as clinic:
        clinic.book()
        for seconds, start in ((0, SECOND), (1, THIRD)):
            moment = NOW + timedelta(days=1, seconds=seconds)
            clinic.at(moment, partial(clinic.move, start, newReservationId=None))
        clinic.stack.run_until_idle()
        assert clinic.outcomes() == ["rescheduled", "rescheduled"]
        assert clinic.holders() == [set(), set(), {"r-17"}]
        assert clinic.sent()[-2:] == [
            ("appointment_reminder_24h", THIRD - timedelta(hours=24)),
            ("appointment_reminder_2h", THIRD - timedelta(hours=2)),
        ]
        assert clinic.templates().count("appointment_confirmed") == 1

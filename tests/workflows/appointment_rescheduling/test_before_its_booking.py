"""A rescheduling that overtakes the booking it moves waits for it; one whose booking never comes fails."""

from datetime import timedelta

from tests.fakes.appointments.moving import FIRST, slot
from tests.fakes.examples import NOW, detail
from tests.workflows.moving import MOVED, moving_stack


def test_it_waits_and_then_moves_the_visit() -> None:
    faults = {"events": [{"line": 1, "late": "3h"}]}
    with moving_stack(faults=faults) as clinic:
        place = {"profileId": "dr-1", "slotId": slot(FIRST).slot_id, "appointmentTime": f"{FIRST:%FT%TZ}"}
        clinic.stack.publish("appointment/created", detail(**place), line=1)
        clinic.at(NOW + timedelta(minutes=1), clinic.move)
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [MOVED]
        assert clinic.holders() == [set(), {"r-18"}, set()]
        assert clinic.templates()[:2] == ["appointment_confirmed", "appointment_rescheduled"]
        moved_at = clinic.sent()[1][1]
        assert NOW + timedelta(hours=3) <= moved_at <= NOW + timedelta(hours=4)
        assert clinic.templates()[2:] == ["appointment_reminder_24h", "appointment_reminder_2h"]


def test_after_a_day_without_it_the_run_fails_and_nobody_was_told_anything() -> None:
    with moving_stack() as clinic:
        clinic.move()
        clinic.stack.run_until_idle()
        assert clinic.outputs() == ["UnknownReservationError"]
        assert clinic.stack.clock.now() == NOW + timedelta(days=1)
        assert (clinic.messages, clinic.holders()) == ([], [set(), set(), set()])

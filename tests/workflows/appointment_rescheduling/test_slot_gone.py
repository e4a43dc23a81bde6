"""The new slot is gone: the patient keeps the old one, is told so once, and reads its reminders."""

from datetime import timedelta
from typing import Any

from tests.fakes.appointments.moving import FIRST, SECOND, THIRD
from tests.fakes.examples import NOW
from tests.workflows.moving import MOVED, moving_stack

A_DAY_LATER = NOW + timedelta(days=1)
REFUSED: dict[str, Any] = {
    **MOVED,
    "outcome": "slot_not_available",
    "oldSlotReleased": False,
    "newSlotReserved": False,
    "remindersUpdated": False,
}


def test_the_old_visit_stands_with_all_its_reminders() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.book(SECOND, "r-99", patientPhone="+52 55 0000 0009")
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.stack.run_until_idle()
        mine = [(m.template, m.at) for m in clinic.messages if m.to.endswith("0001")]
        assert mine == [
            ("appointment_confirmed", NOW),
            ("appointment_rescheduling_refused", A_DAY_LATER),
            ("appointment_reminder_24h", FIRST - timedelta(hours=24)),
            ("appointment_reminder_2h", FIRST - timedelta(hours=2)),
        ]
        assert clinic.outputs() == [REFUSED]
        assert clinic.refusals() == ["sent"]
        assert clinic.holders() == [{"r-17"}, {"r-99"}, set()]
        assert clinic.status("r-18") is None
        assert clinic.reminder_runs() == ["SUCCEEDED", "SUCCEEDED"]


def test_asked_again_it_stays_so_even_if_the_slot_is_free_since() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.book(SECOND, "r-99")
        clinic.at(A_DAY_LATER, clinic.move)
        freed = A_DAY_LATER + timedelta(hours=1)
        clinic.at(freed, lambda: clinic.put("reservation/cancelled", {"reservationId": "r-99"}))
        clinic.at(A_DAY_LATER + timedelta(hours=2), clinic.move)
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [REFUSED, {**REFUSED, "patientNotified": False}]
        assert clinic.templates().count("appointment_rescheduling_refused") == 1
        assert clinic.holders() == [{"r-17"}, set(), set()]


def test_of_two_who_want_one_slot_one_gets_it_and_the_other_keeps_his() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.book(THIRD, "r-20")
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.at(A_DAY_LATER, lambda: clinic.move(oldReservationId="r-20", newReservationId="r-21"))
        clinic.stack.run_until_idle()
        assert sorted(clinic.outcomes()) == ["rescheduled", "slot_not_available"]
        first, second, third = clinic.holders()
        assert (first, second, third) in (({"r-17"}, {"r-21"}, set()), (set(), {"r-18"}, {"r-20"}))

"""However often an appointment is announced, its patient gets three messages."""

from datetime import timedelta

from tests.fakes.examples import NOW, detail
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

THREE = ["appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"]


def test_the_same_event_three_times(clinic: ClinicStack) -> None:
    for _ in range(3):
        clinic.publish()
    clinic.stack.run_until_idle()
    assert [template for template, _ in clinic.sent()] == THREE
    assert clinic.statuses() == ["SUCCEEDED"] * 3


def test_one_event_delivered_three_times() -> None:
    with clinic_stack(faults={"events": [{"line": 1, "delivered": 3}]}) as clinic:
        clinic.stack.publish("appointment/created", detail(), line=1)
        clinic.stack.run_until_idle()
        assert [template for template, _ in clinic.sent()] == THREE
        assert clinic.statuses() == ["SUCCEEDED"] * 3


def test_three_deliveries_at_once_where_steps_run_side_by_side() -> None:
    with clinic_stack(concurrent=True) as clinic:
        for _ in range(3):
            clinic.publish()
        clinic.stack.run_until_idle()
        assert sorted(template for template, _ in clinic.sent()) == THREE
        assert clinic.statuses() == ["SUCCEEDED"] * 3


def test_two_events_for_the_same_reservation_and_time(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.at(NOW + timedelta(days=2), lambda: clinic.publish(patientName="Paciente Ejemplo Dos"))
    clinic.stack.run_until_idle()
    assert [template for template, _ in clinic.sent()] == THREE
    assert clinic.messages[-1].parameters["patient_name"] == "Paciente Ejemplo Dos"


def test_a_repeat_after_everything_was_sent(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    clinic.publish()
    clinic.stack.run_until_idle()
    assert len(clinic.messages) == 3
    assert clinic.statuses() == ["SUCCEEDED"] * 2

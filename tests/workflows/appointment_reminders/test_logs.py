"""No log line of a run holds a patient's data, whatever goes wrong in it."""

from tests.workflows.clinic_stack import clinic_stack


def test_ids_only() -> None:
    faults = {
        "whatsapp": [{"status": 500}, {"code": 131026, "call": 2}, {"code": 190, "call": 5}],
        "lambda": [{"workflow": "appointment-reminders", "step": "SendReminder", "dies": "before_request"}],
    }
    with clinic_stack(faults=faults) as clinic:
        clinic.publish(preparationInstructions="Ayuno de ocho horas")
        clinic.publish(reservationId="r-18", patientPhone="ninguno")
        clinic.stack.run_until_idle()
        log = "\n".join(clinic.stack.log_lines)
        assert "r-17" in log
        for private in ("Paciente", "5500000001", "55 0000", "ninguno", "Ayuno", "Hola", "Ficticia"):
            assert private not in log

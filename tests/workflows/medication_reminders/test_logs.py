"""No log line of a run holds a patient's data, whatever goes wrong in it."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.workflows.prescribing import prescriptions_stack


def test_ids_only() -> None:
    faults = {
        "whatsapp": [{"status": 500}, {"code": 131026, "call": 3}],
        "lambda": [{"workflow": "medication-reminders", "step": "SendDose", "dies": "before_request"}],
    }
    with prescriptions_stack(faults=faults) as prescribing:
        prescribing.prescribe(instructions="En ayunas")
        prescribing.prescribe(prescriptionId="p-18", patientPhone="ninguno")
        prescribing.at(NOW + timedelta(days=2), lambda: prescribing.stop(stopReason="Alergia al medicamento"))
        prescribing.stack.run_until_idle()
        log = "\n".join(prescribing.stack.log_lines)
        assert "p-17" in log
        for private in ("Paciente", "5500000001", "ninguno", "ayunas", "Paracetamol", "500 mg", "Alergia"):
            assert private not in log

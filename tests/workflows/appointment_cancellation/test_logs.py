"""No log line of a run, and nothing that a run says of itself, holds a patient's data."""

import json

from tests.workflows.cancelling import cancelling_stack

PRIVATE = ("Paciente", "5500000001", "5500000090", "Dolor", "512.75", "51275", "ch_1", "Ficticia", "Hola")


def test_ids_only() -> None:
    faults = {
        "whatsapp": [{"code": 131026, "call": 2, "times": 1}],
        "payments": [{"status": 500, "times": 1}],
        "lambda": [{"workflow": "appointment-cancellation", "step": "RefundPayment", "dies": "after"}],
    }
    with cancelling_stack(faults=faults) as cancelling:
        cancelling.booked_and_cancelled(
            patientName="Paciente Ejemplo", cancellationReason="Dolor de espalda", refundAmount="412.75"
        )
        cancelling.cancel(reservationId="r-18", refundAmount="512.75", patientPhone="+52 55 0000 0001")
        cancelling.stack.run_until_idle()
        said = [(run.output, run.error, run.cause) for run in cancelling.cancellations()]
        text = "\n".join([*cancelling.stack.log_lines, json.dumps(said)])
        assert "r-17" in text
        assert "r-18" in text
        assert [private for private in (*PRIVATE, "412.75", "41275") if private in text] == []

"""A malformed event fails at the first step, unretried, with the field's name and what would be accepted."""

from typing import Any

import pytest

from tests.workflows.prescribing import PrescriptionsStack


@pytest.mark.parametrize(
    ("changes", "field", "accepted"),
    [
        ({"frequency": "PRN"}, "frequency", "cada 8 horas"),
        ({"frequency": "8 y 20"}, "frequency", "08:00, 14:00 y 20:00"),
        ({"duration": "siempre"}, "duration", "2 semanas"),
        ({"duration": "hasta el 2026-11-01"}, "duration", "not before the start"),
        ({"startDate": "30/11/2026"}, "startDate", "2026-11-30T08:00"),
        ({"startDate": None}, "startDate", "is missing"),
        ({"patientPhone": "ninguno"}, "patientPhone", "country code"),
        ({"timezone": "America/Atlantis"}, "timezone", "IANA"),
    ],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    prescribing: PrescriptionsStack, changes: dict[str, Any], field: str, accepted: str
) -> None:
    prescribing.prescribe(**changes)
    prescribing.stack.run_until_idle()
    (run,) = prescribing.dose_runs()
    assert (run.status, run.error) == ("FAILED", "InvalidEventError")
    assert f"{field}: " in str(run.cause)
    assert accepted in str(run.cause)
    assert [call.step for call in prescribing.stack.lambda_invocations] == ["ApplyPrescription"]
    for private in ("PRN", "siempre", "30/11", "ninguno", "Atlantis", "Paciente", "Paracetamol"):
        assert private not in str(run.cause)

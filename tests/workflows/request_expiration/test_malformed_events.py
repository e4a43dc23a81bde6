"""A malformed event fails at the first step, unretried, with the field's name."""

from typing import Any

from clinic.contracts.workflows import REQUEST_EXPIRATION
from tests.workflows.requested import RequestsStack, patients_data_in

MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({}, "requestId"),
    ({"requestId": None}, "requestId"),
    ({"requestId": "q-1", "patientPhone": "55 0000 ninguno"}, "patientPhone"),
    ({"requestId": "q-1", "patientName": ["Paciente"]}, "patientName"),
]


def test_each_run_fails_at_its_first_step_with_the_fields_name(office: RequestsStack) -> None:
    for detail, _ in MALFORMED:
        office.put("reservation/request-expired", detail)
    office.stack.run_until_idle()
    for run, (_, field) in zip(office.runs(REQUEST_EXPIRATION), MALFORMED, strict=True):
        assert (run.status, run.error) == ("FAILED", "InvalidEventError")
        assert f"{field}: " in str(run.cause)
        assert patients_data_in(str(run.cause)) == []
    assert [call.step for call in office.stack.lambda_invocations] == ["ExpireRequest"] * len(MALFORMED)

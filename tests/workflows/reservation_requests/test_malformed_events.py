"""A malformed request fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

import pytest

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.workflows.requested import RequestsStack, patients_data_in


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requestId": "q#1"}, "requestId"),
        ({"patientName": None}, "patientName"),
        ({"patientPhone": "ninguno"}, "patientPhone"),
        ({"slotId": ""}, "slotId"),
        ({"profileId": None}, "profileId"),
        ({"expiresAt": "2026-11-24T09:00:00"}, "expiresAt"),
        ({"expiresAt": 1764518400}, "expiresAt"),
        ({"reminderOffsets": ["5h"]}, "reminderOffsets"),
        ({"profileId": "dr-404", "doctorName": "Dra. Ficticia"}, "doctorPhone"),
    ],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    office: RequestsStack, changes: dict[str, Any], field: str
) -> None:
    office.ask(**changes)
    office.stack.run_until_idle()
    run = office.run(RESERVATION_REQUESTS)
    assert (run.status, run.error) == ("FAILED", "InvalidEventError")
    assert f"{field}: " in str(run.cause)
    assert patients_data_in(str(run.cause)) == []
    assert [call.step for call in office.stack.lambda_invocations] == ["HoldSlot"]
    assert run.input["detail"]["serviceName"]
    assert (office.messages, office.places()) == ([], {})

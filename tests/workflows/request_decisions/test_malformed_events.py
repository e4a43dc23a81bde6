"""A malformed answer fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS
from tests.workflows.requested import RequestsStack, patients_data_in


@pytest.mark.parametrize("name", ["reservation/approved", "reservation/declined"])
@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ({}, "requestId"),
        ({"requestId": 17}, "requestId"),
        ({"requestId": "q#1"}, "requestId"),
        ({"requestId": "q-1", "approvedBy": ["Dra. Ficticia"], "declinedBy": ["Dra. Ficticia"]}, "By"),
    ],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    office: RequestsStack, name: str, detail: dict[str, Any], field: str
) -> None:
    office.put(name, detail)
    office.stack.run_until_idle()
    run = office.run(REQUEST_DECISIONS)
    assert (run.status, run.error) == ("FAILED", "InvalidEventError")
    assert f"{name} is not valid" in str(run.cause)
    assert f"{field}: " in str(run.cause)
    assert patients_data_in(str(run.cause)) == []
    assert [call.step for call in office.stack.lambda_invocations] == ["ApplyDecision"]
    assert run.input["detail"] == detail


def test_a_reason_longer_than_a_message_may_be_is_refused_and_the_request_stays(
    office: RequestsStack,
) -> None:
    office.ask()
    office.stack.advance(minutes=1)
    office.decline(reason="x" * 200_000)
    office.stack.advance(minutes=1)
    assert "declineReason: expected at most" in str(office.run(REQUEST_DECISIONS).cause)
    assert office.status() == "pending"

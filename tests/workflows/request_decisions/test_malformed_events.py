"""A malformed answer fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

from clinic.contracts.workflows import REQUEST_DECISIONS
from tests.workflows.requested import RequestsStack, patients_data_in

MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("reservation/approved", {}, "requestId"),
    ("reservation/declined", {}, "requestId"),
    ("reservation/approved", {"requestId": 17}, "requestId"),
    ("reservation/declined", {"requestId": "q#1"}, "requestId"),
    ("reservation/approved", {"requestId": "q-1", "approvedBy": ["Dra. Ficticia"]}, "approvedBy"),
    ("reservation/declined", {"requestId": "q-1", "declinedBy": 7}, "declinedBy"),
    ("reservation/declined", {"requestId": "q-1", "declineReason": "x" * 200_000}, "declineReason"),
]


def test_each_run_fails_at_its_first_step_with_the_fields_name(office: RequestsStack) -> None:
    for name, detail, _ in MALFORMED:
        office.put(name, detail)
    office.stack.run_until_idle()
    for run, (name, detail, field) in zip(office.runs(REQUEST_DECISIONS), MALFORMED, strict=True):
        assert (run.status, run.error) == ("FAILED", "InvalidEventError"), field
        assert f"{name} is not valid: {field}: " in str(run.cause)
        assert patients_data_in(str(run.cause)) == []
        assert run.input["detail"] == detail
    assert {call.step for call in office.stack.lambda_invocations} == {"ApplyDecision"}
    assert len(office.stack.lambda_invocations) == len(MALFORMED)


def test_a_refusal_that_says_too_much_leaves_the_request_pending(office: RequestsStack) -> None:
    office.ask()
    office.stack.advance(minutes=1)
    office.decline(reason="x" * 3_000)
    office.stack.advance(minutes=1)
    assert "declineReason: expected at most" in str(office.run(REQUEST_DECISIONS).cause)
    assert office.status() == "pending"

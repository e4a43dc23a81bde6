"""A malformed event fails at the first step, unretried, with the field's name."""

from typing import Any

from clinic.contracts.workflows import EXPIRED_SLOTS_CLEANUP
from tests.workflows.requested import RequestsStack

MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"cleanupDate": "2026-11-25"}, "profileId"),
    ({"profileId": "dr-1"}, "cleanupDate"),
    ({"profileId": "dr-1", "cleanupDate": "25/11/2026"}, "cleanupDate"),
    ({"profileId": "dr-1", "cleanupDate": "2026-02-30"}, "cleanupDate"),
]


def test_each_run_fails_at_its_first_step_with_the_fields_name(office: RequestsStack) -> None:
    for detail, _ in MALFORMED:
        office.put("slot/cleanup-expired", detail)
    office.stack.run_until_idle()
    for run, (_, field) in zip(office.runs(EXPIRED_SLOTS_CLEANUP), MALFORMED, strict=True):
        assert (run.status, run.error) == ("FAILED", "InvalidEventError")
        assert f"{field}: " in str(run.cause)
    steps = [call.step for call in office.stack.lambda_invocations]
    assert steps == ["FindExpiredRequests"] * len(MALFORMED)

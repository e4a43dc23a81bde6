"""A malformed event fails at the first step, unretried, with the field's name, and changes nothing."""

from typing import Any

import pytest

from tests.workflows.cancelling import AN_HOUR_LATER, CancellingStack


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reservationId": None}, "reservationId"),
        ({"reservationId": ["r-17"]}, "reservationId"),
        ({"appointmentTime": "2026-12-02T10:00:00"}, "appointmentTime"),
        ({"patientPhone": "ninguno 1234"}, "patientPhone"),
    ],
)
def test_the_run_fails_at_its_first_step_with_the_fields_name(
    cancelling: CancellingStack, changes: dict[str, Any], field: str
) -> None:
    cancelling.book()
    cancelling.at(AN_HOUR_LATER, lambda: cancelling.cancel(**changes))
    cancelling.stack.run_until_idle()
    (run,) = cancelling.cancellations()
    assert (run.status, run.error) == ("FAILED", "InvalidEventError")
    assert f"{field}: " in str(run.cause)
    for given in ("ninguno", "1234"):
        assert given not in str(run.cause)
    calls = [call.step for call in cancelling.stack.lambda_invocations if call.step == "CancelReservation"]
    assert len(calls) == 1
    assert cancelling.holders() == {"r-17"}
    assert (cancelling.told(), cancelling.refunds) == ([], [])

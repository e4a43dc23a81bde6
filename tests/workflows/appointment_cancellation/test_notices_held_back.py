"""A notice that is held back for hours keeps no other one waiting."""

from datetime import timedelta

import pytest

from tests.workflows.cancelling import AN_HOUR_LATER, TOLD, cancelling_stack

PATIENTS = "reservation#r-17#v000001#cancellation"


@pytest.mark.parametrize(
    "fault",
    [{"code": 132015, "times": 1}, {"timeout": "before"}],
    ids=["its template is paused", "nobody knows what became of it"],
)
def test_the_doctor_is_told_at_once(fault: dict[str, object]) -> None:
    with cancelling_stack(faults={"whatsapp": [{"intent": PATIENTS, **fault}]}) as cancelling:
        cancelling.booked_and_cancelled()
        told = dict(cancelling.sent())
        assert told[TOLD[1]] - AN_HOUR_LATER < timedelta(minutes=1)

"""A step's process dies: no dose is sent twice, none is lost."""

from datetime import timedelta

import pytest

from clinic.domain.messages.intent import CLAIM_LEASE, UNKNOWN_OUTCOME_WAIT
from tests.workflows.prescribing import EIGHT_HOURLY, dies, prescriptions_stack

HOURLY = {"frequency": "cada hora", "startDate": "2026-11-24", "duration": 4}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["ApplyPrescription", "SendDose"])
def test_around_its_effect_the_step_is_repeated_without_a_second_message(step: str, when: str) -> None:
    with prescriptions_stack(faults=dies(step, when)) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        assert len(prescribing.reminded_at()) == len(EIGHT_HOURLY)
        assert set(prescribing.doses().values()) == {"sent"}
        assert prescribing.statuses() == ["SUCCEEDED"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("step", "call"), [("ContinuePrescription", 1), ("ApplyPrescription", 2)])
def test_handing_on_from_run_to_run_survives_it(step: str, call: int, when: str) -> None:
    with prescriptions_stack(faults=dies(step, when, call=call)) as prescribing:
        prescribing.prescribe(**HOURLY)
        prescribing.stack.run_until_idle()
        assert len(prescribing.reminded_at()) == len(set(prescribing.reminded_at())) == 96
        assert len(prescribing.doses()) == 96
        assert set(prescribing.statuses()) == {"SUCCEEDED"}


def test_given_up_while_it_was_leaving_it_waits_for_whatsapps_word_and_is_sent_again() -> None:
    first, second = dies("SendDose", "before_request")["lambda"], dies("SendDose", "before")["lambda"]
    with prescriptions_stack(faults={"lambda": [*first, *second]}) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        late, *others = prescribing.reminded_at()
        assert UNKNOWN_OUTCOME_WAIT <= late - EIGHT_HOURLY[0] <= UNKNOWN_OUTCOME_WAIT + 2 * CLAIM_LEASE
        assert others == EIGHT_HOURLY[1:]
        assert "RecordDoseFailure" in [call.step for call in prescribing.stack.lambda_invocations]
        assert set(prescribing.doses().values()) == {"sent"}


def test_a_dose_whose_step_dies_at_its_retry_too_leaves_a_moment_later_and_the_others_in_time() -> None:
    with prescriptions_stack(faults=dies("SendDose", "before", times=2)) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        first, *others = prescribing.reminded_at()
        assert timedelta(seconds=15) <= first - EIGHT_HOURLY[0] < timedelta(minutes=1)
        assert others == EIGHT_HOURLY[1:]
        assert prescribing.statuses() == ["SUCCEEDED"]

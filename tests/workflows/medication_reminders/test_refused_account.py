"""WhatsApp refuses the account between two doses: what is missed by then is skipped, the rest goes on."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.workflows.prescribing import EIGHT_HOURLY, prescriptions_stack


def test_after_a_refused_token_the_event_again_goes_on_where_it_stood() -> None:
    with prescriptions_stack(faults={"whatsapp": [{"code": 190, "call": 3}]}) as prescribing:
        prescribing.prescribe()
        prescribing.at(NOW + timedelta(hours=36), prescribing.prescribe)
        prescribing.stack.run_until_idle()
        failed, again = prescribing.dose_runs()
        assert (failed.status, failed.error) == ("FAILED", "MessengerAccountError")
        assert (again.status, again.output["outcome"]) == ("SUCCEEDED", "already_planned")
        missed = [
            instant
            for instant in EIGHT_HOURLY[2:]
            if instant + timedelta(hours=1) <= NOW + timedelta(hours=36)
        ]
        assert prescribing.reminded_at() == [i for i in EIGHT_HOURLY if i not in missed]
        skipped = [name for name, status in prescribing.doses().items() if status == "skipped"]
        assert len(skipped) == len(missed) > 0

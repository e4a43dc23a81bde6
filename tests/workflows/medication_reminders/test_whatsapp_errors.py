"""WhatsApp's errors lead to another try, or to an end with a reason."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.workflows.prescribing import EIGHT_HOURLY, SUBJECT, prescriptions_stack

FIRST = f"{SUBJECT}#v000001#dose_20261123T2200Z"


def test_an_unreachable_recipient_is_recorded_and_the_next_dose_is_tried() -> None:
    with prescriptions_stack(faults={"whatsapp": [{"intent": FIRST, "code": 131026}]}) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == EIGHT_HOURLY[1:]
        row = prescribing.dose_rows()["v1 20261123T2200Z"]
        assert (row["status"], row["reason"]) == ("failed", "whatsapp:131026")


def test_a_wait_whatsapp_asks_for_is_kept_while_the_dose_is_of_use() -> None:
    faults = {"whatsapp": [{"intent": FIRST, "code": 131057, "times": 1}]}
    with prescriptions_stack(faults=faults) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == [EIGHT_HOURLY[0] + timedelta(minutes=1), *EIGHT_HOURLY[1:]]


def test_a_dose_is_not_reminded_of_hours_later() -> None:
    faults = {"whatsapp": [{"intent": FIRST, "code": 131049, "times": 1}]}
    with prescriptions_stack(faults=faults) as prescribing:
        prescribing.prescribe()
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == EIGHT_HOURLY[1:]
        assert prescribing.doses()["v1 20261123T2200Z"] == "failed"


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

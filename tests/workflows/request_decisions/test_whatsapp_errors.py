"""The answer counts whatever becomes of the messages about it."""

from datetime import timedelta

from clinic.contracts.workflows import REQUEST_DECISIONS
from tests.fakes.examples import NOW
from tests.workflows.requested import TIME_IS_UP, requests_stack

DECLINED = "request#q-1#v000001#request_declined"
TOO_LATE = "request#q-1#v000001#approval_too_late_doctor"


def test_a_patient_who_can_not_be_reached_is_recorded_and_the_slot_is_free() -> None:
    with requests_stack(faults={"whatsapp": [{"intent": DECLINED, "code": 131026}]}) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.decline()
        office.stack.run_until_idle()
        assert office.told()["request_declined"] == "failed"
        assert (office.status(), office.places()) == ("declined", {})
        assert office.run(REQUEST_DECISIONS).status == "SUCCEEDED"


def test_a_refused_account_fails_the_run_and_the_answer_again_tells_the_patient() -> None:
    with requests_stack(faults={"whatsapp": [{"intent": DECLINED, "code": 190, "times": 1}]}) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.decline()
        office.at(NOW + timedelta(hours=2), office.decline)
        office.stack.run_until_idle()
        assert [run.status for run in office.runs(REQUEST_DECISIONS)] == ["FAILED", "SUCCEEDED"]
        assert office.told()["request_declined"] == "sent"
        assert [template for template, _ in office.sent()].count("reservation_declined_patient") == 1


def test_a_wait_whatsapp_asks_for_is_kept() -> None:
    with requests_stack(faults={"whatsapp": [{"intent": TOO_LATE, "code": 131057, "times": 1}]}) as office:
        office.ask()
        office.stack.run_until(TIME_IS_UP)
        office.approve()
        office.stack.run_until_idle()
        assert office.sent()[-1] == ("approval_too_late_doctor", TIME_IS_UP + timedelta(minutes=1))


def test_an_answer_while_the_question_is_still_on_its_way_leaves_no_message_unsettled() -> None:
    faults = {"whatsapp": [{"intent": "request#q-1#v000001#request_doctor", "code": 130429}]}
    with requests_stack(faults=faults) as office:
        office.ask()
        office.stack.advance(seconds=20)
        office.approve()
        office.stack.run_until_idle()
        assert office.told() == {"request_doctor": "skipped"}
        assert office.status() == "approved"

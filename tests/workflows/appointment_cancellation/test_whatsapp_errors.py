"""A notice that can't be delivered stops neither the other one nor the cancellation."""

from tests.workflows.cancelling import DONE, PATIENT, cancelling_stack


def test_a_patient_who_cannot_be_reached_was_not_notified_and_the_doctor_was() -> None:
    with cancelling_stack(faults={"whatsapp": [{"to": PATIENT, "code": 131026}]}) as cancelling:
        cancelling.booked_and_cancelled()
        assert cancelling.outputs() == [{**DONE, "patientNotified": False}]
        assert cancelling.reasons()["v1 cancellation"] == "whatsapp:131026"


def test_a_fault_that_stays_is_recorded_and_the_doctor_is_told() -> None:
    fault = {"status": 500, "intent": "reservation#r-17#v000001#cancellation"}
    with cancelling_stack(faults={"whatsapp": [fault]}) as cancelling:
        cancelling.booked_and_cancelled()
        assert cancelling.outputs() == [{**DONE, "patientNotified": False}]
        assert cancelling.intents()["v1 cancellation"] == "failed"


def test_a_wait_whatsapp_asks_for_is_waited_out() -> None:
    with cancelling_stack(faults={"whatsapp": [{"code": 131057, "call": 2, "times": 1}]}) as cancelling:
        cancelling.booked_and_cancelled()
        assert cancelling.outputs() == [DONE]

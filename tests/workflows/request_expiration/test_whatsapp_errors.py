"""The request ends whatever becomes of the two messages about it."""

from clinic.contracts.workflows import REQUEST_EXPIRATION
from tests.workflows.requested import TIME_IS_UP, requests_stack

TO_PATIENT = "request#q-1#v000001#request_expired"


def test_a_patient_who_can_not_be_reached_does_not_keep_the_doctor_from_hearing() -> None:
    with requests_stack(faults={"whatsapp": [{"intent": TO_PATIENT, "status": 500}]}) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.told()["request_expired"] == "failed"
        assert office.told()["request_expired_doctor"] == "sent"
        output = office.run(REQUEST_EXPIRATION).output
        assert (output["patientNotified"], output["doctorNotified"]) == (False, True)


def test_a_refused_account_fails_the_run_and_the_event_again_tells_both() -> None:
    with requests_stack(faults={"whatsapp": [{"intent": TO_PATIENT, "code": 190, "times": 1}]}) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.run(REQUEST_EXPIRATION).error == "MessengerAccountError"
        assert (office.status(), office.places()) == ("expired", {})
        office.expire()
        office.stack.run_until_idle()
        assert office.told() == dict.fromkeys(office.told(), "sent")
        assert len(office.messages) == 3
        assert office.sent()[-1][1] >= TIME_IS_UP

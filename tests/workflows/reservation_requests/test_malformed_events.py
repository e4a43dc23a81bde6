"""A malformed request fails at the first step, unretried, with the field's name; the event is kept."""

from typing import Any

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.workflows.requested import RequestsStack, patients_data_in

MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"request_id": "q#1"}, "requestId"),
    ({"patientName": None}, "patientName"),
    ({"patientPhone": "ninguno"}, "patientPhone"),
    ({"slotId": ""}, "slotId"),
    ({"profileId": None, "slotId": "theirs-7"}, "profileId"),  # an id of Citas' own form names the doctor
    ({"expiresAt": "2026-11-24T09:00:00"}, "expiresAt"),
    ({"expiresAt": 1764518400}, "expiresAt"),
    ({"reminderOffsets": ["5h"]}, "reminderOffsets"),
    ({"profileId": "dr-404", "doctorName": "Dra. Ficticia"}, "slotId"),  # another doctor's
]
UNKNOWN_DOCTOR: dict[str, Any] = {"profileId": "dr-404", "slotId": "theirs-7", "doctorName": "Dra. Ficticia"}


def test_each_run_fails_at_its_first_step_with_the_fields_name(office: RequestsStack) -> None:
    for changes, _ in MALFORMED:
        office.ask(**changes)
    office.stack.run_until_idle()
    for run, (changes, field) in zip(office.runs(RESERVATION_REQUESTS), MALFORMED, strict=True):
        assert (run.status, run.error) == ("FAILED", "InvalidEventError"), changes
        assert f"{field}: " in str(run.cause), changes
        assert patients_data_in(str(run.cause)) == [], changes
        assert run.input["detail"]["serviceName"]
    assert [call.step for call in office.stack.lambda_invocations] == ["HoldSlot"] * len(MALFORMED)
    assert (office.messages, office.places()) == ([], {})


def test_a_doctor_who_is_not_in_the_directory_waits_for_an_operator(office: RequestsStack) -> None:
    office.ask(**UNKNOWN_DOCTOR)
    office.stack.run_until_idle()
    (run,) = office.runs(RESERVATION_REQUESTS)
    assert (run.status, run.error) == ("FAILED", "NotInDirectoryError")
    assert "profileId: " in str(run.cause)
    assert patients_data_in(str(run.cause)) == []
    assert (office.messages, office.places()) == ([], {})

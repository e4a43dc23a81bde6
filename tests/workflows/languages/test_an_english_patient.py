"""Patients of two languages in one run: from the events to the texts on their phones."""

from datetime import timedelta

from clinic.domain.instants import to_text
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.clinic_stack import clinic_stack

ENGLISH, SPANISH = "+525500000001", "+525500000002"


def test_each_reads_their_own_language_whatever_they_are_told() -> None:
    begins = NOW + timedelta(hours=4)
    moved = {"oldReservationId": "r-1", "newAppointmentTime": to_text(begins + timedelta(hours=1))}
    dose = prescription_detail(
        patientPhone=ENGLISH,
        instructions=None,
        language="en",
        frequency="once a day",
        startDate=to_text(begins),
        duration="1 day",
    )
    with clinic_stack() as clinic:
        for phone, name, language in ((ENGLISH, "r-1", "en-US"), (SPANISH, "r-2", None)):
            clinic.publish(
                reservationId=name, patientPhone=phone, appointmentTime=to_text(begins), language=language
            )
        clinic.publish(reservationId="r-3", patientPhone=ENGLISH, language="EN_us")
        clinic.put("prescription/created", dose)
        soon, over = NOW + timedelta(hours=1), begins + timedelta(hours=2)
        clinic.at(soon, lambda: clinic.put("appointment/rescheduled", moved))
        clinic.at(soon, lambda: clinic.put("reservation/cancelled", {"reservationId": "r-3"}))
        clinic.at(over, lambda: clinic.put("appointment/completed", {"reservationId": "r-1"}))
        clinic.stack.run_until_idle()
        messages = clinic.messages
    spanish = [message for message in messages if message.to.endswith(SPANISH[-4:])]
    assert {(message.language, message.text[:6]) for message in spanish} == {("es_MX", "Hola, ")}
    english = [message for message in messages if message not in spanish]
    assert {(message.language, message.text[:7]) for message in english} == {("en_US", "Hello, ")}
    text = {message.template: message.text for message in english}
    assert "Date: Wednesday, December 2, 2026\nTime: 9:00 AM" in text["appointment_confirmed"]
    assert "New date: Monday, November 23, 2026\nNew time: 2:00 PM" in text["appointment_rescheduled"]
    assert "Finding us: Please ask at the front desk" in text["appointment_reminder_2h"]
    assert (
        "Reason: Canceled at the patient's request\nRefund: Not applicable" in text["appointment_cancelled"]
    )
    assert "1) How have you been feeling since your visit?" in text["follow_up_24h"]
    assert "Instructions: Follow your doctor's instructions" in text["medication_reminder"]

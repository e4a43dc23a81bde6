"""WhatsApp refuses a template: its messages wait, the others go on, and the operator is told."""

from datetime import timedelta

from tests.fakes.examples import IN_NINE_DAYS
from tests.workflows.clinic_stack import clinic_stack

DUE_24H = IN_NINE_DAYS - timedelta(hours=24)
DUE_2H = IN_NINE_DAYS - timedelta(hours=2)
PAUSED_24H = "reservation#r-17#v000001#reminder_24h"
PAUSED_2H = "reservation#r-18#v000001#reminder_2h"
ACCEPTED = {"sent", "delivered", "read"}


def test_it_is_left_alone_for_an_hour_and_its_messages_go_out_then() -> None:
    faults = {"whatsapp": [{"intent": PAUSED_24H, "code": 132015, "times": 1}]}
    with clinic_stack(faults=faults) as clinic:
        for reservation_id in ("r-17", "r-18"):
            clinic.publish(reservationId=reservation_id)
        clinic.stack.run_until_idle()
        for reservation_id in ("r-17", "r-18"):
            assert set(clinic.intents(reservation_id).values()) <= ACCEPTED
        waited = [at - DUE_24H for template, at in clinic.sent() if template == "appointment_reminder_24h"]
        assert len(waited) == 2
        assert all(timedelta(hours=1) <= wait <= timedelta(hours=1, minutes=2) for wait in waited)
        assert [at for template, at in clinic.sent() if template == "appointment_reminder_2h"] == [DUE_2H] * 2
        assert set(clinic.statuses()) == {"SUCCEEDED"}


def test_what_is_of_no_use_by_then_fails_with_whatsapps_code() -> None:
    faults = {"whatsapp": [{"intent": PAUSED_2H, "code": 132015}]}
    with clinic_stack(faults=faults) as clinic:
        clinic.publish(reservationId="r-18")
        clinic.stack.run_until_idle()
        assert clinic.intents("r-18")["v1 reminder_2h"] == "failed"
        assert clinic.reasons("r-18")["v1 reminder_2h"] == "whatsapp:132015"
        calls = [call for call in clinic.stack.simulator.calls if call.intent_id == PAUSED_2H]
        assert len(calls) == 2  # when it was due, and once the breaker let one try
        assert set(clinic.statuses()) == {"SUCCEEDED"}

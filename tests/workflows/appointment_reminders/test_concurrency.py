"""Reserved concurrency throttles steps that run side by side; none is lost, none fails."""

from datetime import timedelta

from clinic.domain.instants import to_text
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import clinic_stack


def test_sixty_at_once_wait_their_turn_and_all_are_sent() -> None:
    with clinic_stack(concurrent=True) as clinic:
        for number in range(60):
            clinic.publish(
                reservationId=f"r-{number}",
                patientPhone=f"+5255000001{number:02}",
                appointmentTime=to_text(NOW + timedelta(hours=5)),
            )
        clinic.stack.run_until_idle()
        assert clinic.statuses() == ["SUCCEEDED"] * 60
        assert len({message.intent_id for message in clinic.messages}) == len(clinic.messages) == 120

"""A step's process dies before or after its effects: the calm run's end, one refund, each message once."""

from typing import Any

import pytest

from tests.workflows.cancelling import AN_HOUR_LATER, DONE, TOLD, cancelling_stack, dies

REFUNDED = {**DONE, "refundProcessed": True}
STEPS = ["CancelReservation", "RefundPayment", "SendNotice", "StopReminders", "RecordCancellation"]


@pytest.fixture(scope="module")
def calm() -> dict[str, Any]:
    with cancelling_stack() as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.outputs() == [REFUNDED]
        return cancelling.state()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_around_its_effect(calm: dict[str, Any], step: str, when: str) -> None:
    with cancelling_stack(faults=dies(step, when)) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.state() == calm
        (output,) = cancelling.outputs()
        was_told = when == "after" and step == "CancelReservation"
        assert output == {**REFUNDED, "outcome": "already_cancelled" if was_told else "cancelled"}
        assert len(cancelling.refunds) == 1


@pytest.mark.parametrize("when", ["before_request", "after_request"])
def test_around_the_request_to_the_payment_provider(calm: dict[str, Any], when: str) -> None:
    with cancelling_stack(faults=dies("RefundPayment", when)) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.state() == calm
        assert cancelling.outputs() == [REFUNDED]


def test_around_the_request_to_whatsapp_the_notice_goes_out_when_no_word_on_it_has_come() -> None:
    with cancelling_stack(faults=dies("SendNotice", "before_request")) as cancelling:
        cancelling.booked_and_cancelled()
        assert cancelling.outputs() == [DONE]
        assert cancelling.intents()["v1 cancellation"] == "sent"
        assert [template for template, _ in cancelling.sent()].count("appointment_cancelled") == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_dies_every_time_leaves_an_end_from_which_the_event_again_gets_to_the_calm_one(
    calm: dict[str, Any], step: str
) -> None:
    with cancelling_stack(faults=dies(step, "after", times=3)) as cancelling:
        cancelling.book()
        for hours in (0, 1):
            cancelling.at(AN_HOUR_LATER.replace(hour=16 + hours), lambda: cancelling.cancel(refundAmount=200))
        cancelling.stack.run_until_idle()
        state = cancelling.state()
        assert {name: value for name, value in state.items() if name != "statistics"} == {
            name: value for name, value in calm.items() if name != "statistics"
        }
        assert cancelling.told() == TOLD
        assert len(cancelling.refunds) == 1

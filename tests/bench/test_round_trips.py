"""No step of any workflow makes more requests of DynamoDB than it did."""

from bench.round_trips import count_round_trips
from clinic.contracts.workflows import WORKFLOWS

# A figure that falls is written down here, so that it stays.
MOST = {
    "appointment-cancellation CancelReservation": 6,
    "appointment-cancellation RecordCancellation": 5,
    "appointment-cancellation RefundPayment": 3,
    "appointment-cancellation SendNotice": 4,
    "appointment-cancellation StopReminders": 3,
    "appointment-follow-up PlanFollowUps": 5,
    "appointment-follow-up SendFollowUp": 4,
    "appointment-reminders PlanReminders": 9,
    "appointment-reminders SendConfirmation": 4,
    "appointment-reminders SendReminder": 4,
    "appointment-rescheduling RecordRescheduling": 1,
    "appointment-rescheduling RescheduleAppointment": 9,
    "appointment-rescheduling SendNotice": 4,
    "appointment-rescheduling StartReminders": 1,
    "appointment-rescheduling StopReminders": 3,
    "daily-slot-generation CleanUpPastSlots": 3,
    "daily-slot-generation GenerateSlots": 7,
    "daily-slot-generation PlaceVisits": 1,
    "daily-slot-generation PlanGeneration": 1,
    "daily-slot-generation RecordGeneration": 1,
    "expired-slots-cleanup FindExpiredRequests": 2,
    "medication-reminders ApplyPrescription": 4,
    "medication-reminders SendDose": 4,
    "medication-reminders StopEarlierRuns": 2,
    "nightly-fan-out FanOutPage": 8,
    "nightly-fan-out PlanNight": 1,
    "nightly-fan-out ReviewNight": 0,
    "request-decisions AnnounceAppointment": 2,
    "request-decisions ApplyDecision": 6,
    "request-decisions SendNotice": 4,
    "request-decisions StopWaiting": 2,
    "request-expiration ExpireRequest": 5,
    "request-expiration RecordExpiration": 2,
    "request-expiration SendNotice": 4,
    "reservation-requests AnnounceExpiry": 2,
    "reservation-requests HoldSlot": 16,
    "reservation-requests SendNotice": 4,
    "run-ledger": 4,
    "whatsapp-webhook": 2,
    "workflow-analytics CheckConsistency": 9,
    "workflow-analytics PlanRollUps": 2,
    "workflow-analytics RollUpDay": 15,
    "workflow-health CheckHealth": 42,
}
A_REMINDED_VISIT, ONE_IN_A_SLOT = 19, 25


def test_no_step_makes_more_requests_than_it_did() -> None:
    found = count_round_trips()
    assert found.failed == []  # under the roles of the template, too: what lacks a right counts too little
    assert {name: call.total for name, call in found.by_step().items()} == MOST
    assert (found.lone, found.in_a_slot) == (A_REMINDED_VISIT, ONE_IN_A_SLOT)
    assert {call.function for call in found.calls} >= {workflow.name for workflow in WORKFLOWS}

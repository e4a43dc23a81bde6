"""The steps of ``workflow-health``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.steps.base import DeliveryResult, IntentReference
from clinic.contracts.steps.operations import HealthResult
from lambdas.messages import deliver
from lambdas.runtime import Call, step_function


def check_health(call: Call) -> HealthResult:
    """Look how things are, mend what mends itself, and name the messages that nobody looks after."""
    taken_up = call.application.receipts.sweep(call.now)
    health = call.application.health.check(call.now)
    return HealthResult(
        is_well=health.is_well,
        total_workflows=health.total_workflows,
        active_workflows=health.active_workflows,
        failed_workflows=health.failed_workflows,
        average_execution_time=health.all_figures.average_execution_time,
        success_rate=health.all_figures.success_rate,
        overdue=tuple(
            IntentReference(intent_id=str(intent)) for intent in (*health.overdue, *health.to_send_again)
        ),
        undelivered_events=health.undelivered_events,
        oldest_stuck_run=health.oldest_stuck.total_seconds(),
        receipts_taken_up=taken_up,
    )


def catch_up_intent(call: Call) -> DeliveryResult:
    """Send an overdue message, if the ledger still wants it."""
    return deliver(call)


handler = step_function(check_health, catch_up_intent)

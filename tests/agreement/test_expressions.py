"""The definitions read ids, instants and statuses; never a patient's data."""

import json
import re
from inspect import get_annotations
from typing import Any, get_args

import jsonata
import pytest

from clinic.contracts.events import appointment_changes, requests
from clinic.contracts.events import prescriptions as prescription_events
from clinic.contracts.events import slots as slot_events
from clinic.contracts.events import visits as visit_events
from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import BusEvent
from clinic.contracts.steps.base import ConflictOf, FailedIntent, IntentReference, StepModel, UnfinishedRun
from clinic.contracts.steps.cancellation import CancelledReservation, FailedRefund, HandledCancellation
from clinic.contracts.steps.operations import CheckConsistencyInput, RollUpDayInput
from clinic.contracts.steps.prescriptions import PlannedBatch, PrescriptionReference
from clinic.contracts.steps.requests import CleanupReport, RequestReference
from clinic.contracts.steps.rescheduling import MovedReservation, OldRuns, ReschedulingRecord
from clinic.contracts.steps.slots import (
    CleanUpPastSlotsInput,
    FanOutPageInput,
    GenerateSlotsInput,
    PlaceVisitsInput,
    RecordGenerationInput,
    ReviewNightInput,
)
from clinic.contracts.workflows import WORKFLOWS, Workflow
from lambdas.runtime import step_name
from tests.agreement.definitions import State, definition, expressions, states, steps, tasks

every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
every_task = pytest.mark.parametrize("task", tasks(), ids=str)

ERRORS = {"error", "errorOutput.Error"}
REDRIVES = {"context.Execution.RedriveCount", "context.Execution.Input"}
CONTEXT = {"context.State.Name", "context.Execution.Id", *REDRIVES}
WHOLE_EVENT = ("{% $states.input %}", "{% $event %}")
# What a task that comes after the first one sends to its step. A new step has to be added here by hand.
WHAT_A_STEP_TAKES: dict[str, type[StepModel]] = {
    "SendConfirmation": IntentReference,
    "RecordConfirmationFailure": FailedIntent,
    "AnnounceConflict": ConflictOf,
    "SendReminder": IntentReference,
    "RecordReminderFailure": FailedIntent,
    "SendFollowUp": IntentReference,
    "RecordFollowUpFailure": FailedIntent,
    "SendNotice": IntentReference,
    "RecordNoticeFailure": FailedIntent,
    "AnnounceExpiry": RequestReference,
    "AnnounceAppointment": RequestReference,
    "StopWaiting": RequestReference,
    "RecordExpiration": RequestReference,
    "expired-slots-cleanup/ExpireRequest": RequestReference,
    "RecordCleanup": CleanupReport,
    "RefundPayment": CancelledReservation,
    "RecordRefundFailure": FailedRefund,
    "appointment-cancellation/StopReminders": CancelledReservation,
    "StartReminders": MovedReservation,
    "appointment-rescheduling/StopReminders": OldRuns,
    "RecordRescheduling": ReschedulingRecord,
    "RecordCancellation": HandledCancellation,
    "PlaceVisits": PlaceVisitsInput,
    "GenerateSlots": GenerateSlotsInput,
    "CleanUpPastSlots": CleanUpPastSlotsInput,
    "RecordGeneration": RecordGenerationInput,
    "FanOutPage": FanOutPageInput,
    "ReviewNight": ReviewNightInput,
    "StopEarlierRuns": PrescriptionReference,
    "SendDose": IntentReference,
    "RecordDoseFailure": FailedIntent,
    "ContinuePrescription": PlannedBatch,
    "CatchUpIntent": IntentReference,
    "RollUpDay": RollUpDayInput,
    "CheckConsistency": CheckConsistencyInput,
    "ReportUnfinished": UnfinishedRun,
}
PERSONAL = {
    *("patientName", "patientPhone", "doctorName", "doctorPhone", "serviceName", "officeNumber"),
    *("clinicName", "clinicAddress", "preparationInstructions", "parkingInfo", "buildingInfo"),
    *("approvedBy", "declinedBy", "cancelledBy", "rescheduledBy"),
    *("declineReason", "cancellationReason", "reschedulingReason"),
    *("refundAmount", "currency", "chargeId", "followUpQuestions"),
    *("medicationName", "dosage", "frequency", "startDate", "duration", "instructions", "stopReason"),
}
NOT_PERSONAL = {
    *("reservationId", "requestId", "profileId", "slotId", "clinicId", "serviceId", "doctorId"),
    *("endsAt", "slotIds", "reservationIds"),
    *("oldReservationId", "newReservationId", "newSlotId", "generateForServices"),
    *("appointmentTime", "oldAppointmentTime", "newAppointmentTime", "expiresAt", "timezone"),
    "language",
    *("appointmentDate", "followUpType"),
    *("reminderOffsets", "targetDate", "cleanupDate", "horizonDays", "isAnnouncement", "isImport", "jobs"),
    "durationMinutes",
    *("prescriptionId", "version", "after"),
}


def paths(expression: str) -> set[str]:
    """The paths an expression reads, without ``$states.input`` and the like before them."""
    found = re.findall(r"\$([A-Za-z_][\w.]*)\b(?!\()", expression)
    prefixes = ("states.input", "states.result.Payload", "states.result", "states")
    short = set()
    for path in found:
        for prefix in prefixes:
            if path == prefix or path.startswith(f"{prefix}."):
                short.add(path.removeprefix(prefix).removeprefix("."))
                break
        else:
            short.add(path)
    return short


def names(model: type[StepModel] | type[BusEvent]) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


def names_within(model: type[StepModel]) -> set[str]:
    """A model's fields, and those of the models in it."""
    found = names(model)
    for field in model.model_fields.values():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, StepModel):
                found |= names_within(inner)
    return found


def answers(task: State) -> list[type[StepModel]]:
    """What the step of a task may return."""
    step = steps(task.workflow).steps[step_name(task.name)]
    returned: Any = get_annotations(step, eval_str=True)["return"]
    return list(get_args(returned)) or [returned]


def names_in_answers(task: State) -> set[str]:
    return set().union(*map(names_within, answers(task)))


def assigned(workflow: Workflow) -> set[str]:
    """The variables that a definition sets, wherever it does."""
    places = [
        place
        for s in states(workflow)
        for place in (s.definition, *s.catchers, *s.definition.get("Choices", []))
    ]
    return {name for place in places for name in place.get("Assign", {})}


def outputs(part: Any) -> set[str]:
    """The names that states give to what they hand on."""
    if isinstance(part, list):
        return set().union(*map(outputs, part))
    if not isinstance(part, dict):
        return set()
    own = set(part["Output"]) if isinstance(part.get("Output"), dict) else set()
    return own.union(*map(outputs, part.values()))


@every_workflow
def test_an_expression_reads_what_steps_answer_and_states_hand_on_or_all_of_an_input(
    workflow: Workflow,
) -> None:
    known = set().union(*(names_in_answers(task) for task in tasks() if task.workflow is workflow))
    read = set().union(*map(paths, expressions(definition(workflow))))
    assert read - {""} <= known | assigned(workflow) | outputs(definition(workflow)) | ERRORS | CONTEXT


def test_every_field_of_an_event_is_known_to_be_personal_or_not() -> None:
    modules = (appointment_changes, requests, prescription_events, slot_events, visit_events)
    found: list[Any] = [AppointmentCreated, *(it for module in modules for it in vars(module).values())]
    events = [kind for kind in found if isinstance(kind, type) and issubclass(kind, BusEvent)]
    assert set().union(*map(names, events)) == PERSONAL | NOT_PERSONAL


@every_workflow
def test_no_definition_names_a_field_of_a_patient(workflow: Workflow) -> None:
    text = json.dumps(definition(workflow))
    assert [field for field in PERSONAL if re.search(rf"\b{field}\b", text)] == []


@every_task
def test_no_step_answers_with_a_patients_data(task: State) -> None:
    assert names_in_answers(task).isdisjoint(PERSONAL)


@every_workflow
def test_only_the_first_task_gets_the_whole_event(workflow: Workflow) -> None:
    called = [task for task in tasks() if task.workflow is workflow]
    whole = [t for t in called if t.definition["Arguments"]["Payload"]["input"] in WHOLE_EVENT]
    assert whole == called[:1]


def test_a_task_sends_exactly_what_its_step_takes() -> None:
    sent = {}
    for task in tasks():
        given = task.definition["Arguments"]["Payload"]["input"]
        if given not in WHOLE_EVENT:
            sent[str(task) if str(task) in WHAT_A_STEP_TAKES else task.name] = set(given)
    assert sent == {name: names(model) for name, model in WHAT_A_STEP_TAKES.items()}


@every_task
def test_what_is_read_of_an_answer_is_in_it(task: State) -> None:
    after = {key: task.definition.get(key) for key in ("Assign", "Output")}
    read = {
        path.removeprefix("states.result.Payload").removeprefix(".")
        for expression in expressions(after)
        for path in re.findall(r"\$(states\.result[\w.]*)", expression)
    }
    assert read - {""} <= set().union(*map(names, answers(task)))


@every_workflow
def test_every_expression_is_one_jsonata_can_read(workflow: Workflow) -> None:
    found = list(expressions(definition(workflow)))
    assert found
    for expression in found:
        assert re.fullmatch(r"\{% .+ %\}", expression), expression
        jsonata.Jsonata(expression.removeprefix("{%").removesuffix("%}"))


@every_workflow
def test_every_variable_is_assigned_and_every_one_assigned_is_read(workflow: Workflow) -> None:
    read = {
        path
        for expression in expressions(definition(workflow))
        for path in re.findall(r"\$((?!states\b)[A-Za-z_]\w*)\b(?!\()", expression)
    }
    assert read == assigned(workflow)

"""What starts a workflow's runs: its events on the stage's bus, or a schedule."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from clinic.contracts.workflows import Workflow
from infra.config import StageConfig
from infra.constructs.bus import Bus
from infra.nag import accept_inline_policy


def rule_that_starts(
    state_machine: sfn.IStateMachine,
    *,
    scope: Construct,
    workflow: Workflow,
    config: StageConfig,
    bus: Bus,
) -> events.Rule:
    """The rule, with a role that may start this state machine alone."""
    name = config.named(workflow)
    role = iam.Role(
        scope,
        "RuleRole",
        assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        description=f"{name}: starts its runs",
    )
    accept_inline_policy(role)
    target = targets.SfnStateMachine(
        state_machine,
        role=role,
        # A schedule's instant is an event too, with these fields and an empty detail.
        input=events.RuleTargetInput.from_object(
            {
                "eventId": events.EventField.event_id,
                "eventTime": events.EventField.time,
                "detailType": events.EventField.detail_type,
                "detail": events.EventField.from_path("$.detail"),
            }
        ),
        dead_letter_queue=bus.undelivered,
        max_event_age=Duration.hours(config.delivery_max_age_hours),
        retry_attempts=config.delivery_attempts,
    )
    description = f"{config.schedule_of(workflow) or workflow.trigger} starts {workflow.title}"
    schedule = config.schedule_of(workflow)
    if schedule is not None:
        # On the account's default bus: AWS allows schedules on no other.
        return events.Rule(
            scope,
            "Rule",
            rule_name=name,
            description=description,
            schedule=events.Schedule.expression(schedule),
            targets=[target],
        )
    return events.Rule(
        scope,
        "Rule",
        rule_name=name,
        description=description,
        event_bus=bus.bus,
        event_pattern=events.EventPattern(detail_type=list(workflow.detail_types)),
        targets=[target],
    )

"""Starts a workflow's runs: by its events on the stage's bus, or by its schedules."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.schedules import Schedule, schedules_of
from clinic.contracts.workflows import Workflow
from infra.config import StageConfig
from infra.constructs.bus import Bus
from infra.nag import accept_inline_policy


def rules_that_start(
    state_machine: sfn.IStateMachine,
    *,
    scope: Construct,
    workflow: Workflow,
    config: StageConfig,
    bus: Bus,
) -> None:
    """The rules, with one role that may start this state machine alone.

    One for its events and one more for those of Citas' own, or one for each of its schedules.
    """
    name = config.named(workflow)
    role = iam.Role(
        scope,
        "RuleRole",
        assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        description=f"{name}: starts its runs",
    )
    accept_inline_policy(role)

    def target(told: events.RuleTargetInput | None = None) -> targets.SfnStateMachine:
        return targets.SfnStateMachine(
            state_machine,
            input=told,
            role=role,
            dead_letter_queue=bus.dead_letters,
            max_event_age=Duration.hours(config.delivery_max_age_hours),
            retry_attempts=config.delivery_attempts,
        )

    for schedule in schedules_of(workflow):
        expression = config.expression_of(schedule)
        # On the account's default bus: AWS allows schedules on no other.
        events.Rule(
            scope,
            f"{''.join(word.capitalize() for word in schedule.name.split('-'))}Rule",
            rule_name=config.named(schedule.name),
            description=f"{expression} starts {workflow.title}: {schedule.title}",
            schedule=events.Schedule.expression(expression),
            enabled=config.is_on(schedule),
            targets=[target(_told(schedule))],
        )
    # The run's input is the event as EventBridge has it.
    if workflow.open_detail_types:
        events.Rule(
            scope,
            "Rule",
            rule_name=name,
            description=f"{', '.join(workflow.open_detail_types)} starts {workflow.title}",
            event_bus=bus.bus,
            event_pattern=events.EventPattern(detail_type=list(workflow.open_detail_types)),
            targets=[target()],
        )
    if workflow.own_detail_types:
        events.Rule(
            scope,
            "OwnRule",
            rule_name=f"{name}-own",
            description=f"{', '.join(workflow.own_detail_types)} of Citas' own starts {workflow.title}",
            event_bus=bus.bus,
            event_pattern=events.EventPattern(
                source=[OWN_SOURCE], detail_type=list(workflow.own_detail_types)
            ),
            targets=[target()],
        )


def _told(schedule: Schedule) -> events.RuleTargetInput | None:
    """The scheduled event with what the run is to do; None: the event as it is."""
    if not schedule.jobs:
        return None
    return events.RuleTargetInput.from_object(
        {
            "id": events.EventField.event_id,
            "time": events.EventField.time,
            "detail-type": events.EventField.detail_type,
            "detail": {"jobs": [job.value for job in schedule.jobs]},
        }
    )

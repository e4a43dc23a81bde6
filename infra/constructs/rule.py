"""What starts a workflow's runs: its events on the stage's bus, or a schedule."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from clinic.contracts.events.base import OWN_SOURCE
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
    """The rules, with one role that may start this state machine alone; one more for events of Citas' own."""
    name = config.named(workflow)
    role = iam.Role(
        scope,
        "RuleRole",
        assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        description=f"{name}: starts its runs",
    )
    accept_inline_policy(role)
    # The run's input is the event as EventBridge has it; a schedule's instant is an event, too.
    target = targets.SfnStateMachine(
        state_machine,
        role=role,
        dead_letter_queue=bus.dead_letters,
        max_event_age=Duration.hours(config.delivery_max_age_hours),
        retry_attempts=config.delivery_attempts,
    )
    schedule = config.schedule_of(workflow)
    description = f"{schedule or ', '.join(workflow.open_detail_types)} starts {workflow.title}"
    if schedule is not None:
        # On the account's default bus: AWS allows schedules on no other.
        events.Rule(
            scope,
            "Rule",
            rule_name=name,
            description=description,
            schedule=events.Schedule.expression(schedule),
            targets=[target],
        )
        return
    events.Rule(
        scope,
        "Rule",
        rule_name=name,
        description=description,
        event_bus=bus.bus,
        event_pattern=events.EventPattern(detail_type=list(workflow.open_detail_types)),
        targets=[target],
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
            targets=[target],
        )

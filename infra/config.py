"""The differences between stages, and the choices of a build. Plain data: importing it loads no CDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from clinic.contracts.endpoints import Endpoint
from clinic.contracts.languages import DEFAULT_LANGUAGE
from clinic.contracts.listeners import Listener
from clinic.contracts.schedules import SCHEDULES, Schedule, eventbridge_cron
from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from clinic.contracts.tables import TableSpec
from clinic.contracts.workflows import Workflow


class UnknownOptionError(ValueError):
    """A context value (``-c key=value``) that the app does not know; the message names the allowed ones."""


class Stage(StrEnum):
    """A deployment of its own: every physical name carries it."""

    DEV = "dev"
    PROD = "prod"


OFF = "off"


@dataclass(frozen=True)
class StageConfig:
    """Everything that may differ between two stages.

    Attributes:
        stage: the stage itself.
        log_retention_days: how long log lines (ids only, no patient data) are kept.
        keep_data: keep tables, their key, secrets, logs and dead letters when the stack is deleted.
        deletion_protection: let nobody delete the tables or the stack, the rollback of a deployment included;
            so a first deployment does without.
        reserve_concurrency: give each function its workflow's concurrency. New AWS accounts have a
            limit of 10 in all and must switch it off.
        reminder_offsets: how long before a visit reminders are sent, unless the event says otherwise.
        quiet_hours: when nobody gets a follow-up, HH:MM-HH:MM in the recipient's own zone.
        quiet_hours_for_reminders: whether the reminders of a visit keep them, too; then they come earlier.
        waking_hours: a day's first and last dose, where a prescription says only how many.
        messages_per_second: what WhatsApp lets the sending number do.
        run_questions_per_second: how fast one call of the run ledger's function asks Step Functions; two run
            at once, and AWS grants ten a second in its smaller regions.
        default_time_zone: IANA zone of a clinic that has none of its own.
        language: what clinics speak that name no language: one of `clinic.contracts.languages.LANGUAGES`.
        log_level: the functions' log level.
        whatsapp_phone_number_id: default of the parameter; None makes it required at deployment.
        whatsapp_api_url, payments_api_url: defaults of the parameters.
        currency: ISO 4217 code of amounts that name none.
        booking_horizon_days: how far ahead slots are generated.
        slot_generation_at, slot_cleanup_at: when a profile's night work is due, HH:MM in its own zone.
        all_alarms: have alarms for the KPIs and for load, too, not only for what fails, waits or is silent.
        monthly_budget: what the account may cost in a month, in US dollars, before somebody is told.
        workflow_widgets: draw the workflows' parts on the dashboard, too; then it is none of CloudWatch's
            free ones, which draw up to 50 metrics.
        schedules: those of `clinic.contracts.schedules` that fire at other times than their row says, by
            name: five cron fields (UTC), or ``off``.
        delivery_max_age_hours: how long EventBridge tries to hand an event to its workflow.
        delivery_attempts: how often it tries.
        undelivered_retention_days: how long undeliverable events stay in the dead-letter queue.
    """

    stage: Stage
    log_retention_days: int
    keep_data: bool
    log_level: str
    whatsapp_phone_number_id: str | None
    deletion_protection: bool = False
    reserve_concurrency: bool = True
    reminder_offsets: str = "24h,2h"
    quiet_hours: str = DEFAULT_QUIET_HOURS.text
    quiet_hours_for_reminders: bool = False
    waking_hours: str = "08:00-20:00"
    messages_per_second: int = 80
    run_questions_per_second: int = 4
    default_time_zone: str = "America/Mexico_City"
    language: str = DEFAULT_LANGUAGE
    whatsapp_api_url: str = "https://graph.facebook.com/v23.0"
    payments_api_url: str = "https://api.stripe.com"
    currency: str = "MXN"
    booking_horizon_days: int = 30
    slot_generation_at: str = "02:00"
    slot_cleanup_at: str = "03:00"
    monthly_budget: int = 100
    all_alarms: bool = True
    workflow_widgets: bool = True
    schedules: Mapping[str, str] = field(default_factory=dict)
    delivery_max_age_hours: int = 24
    delivery_attempts: int = 185
    undelivered_retention_days: int = 14

    @property
    def stack_name(self) -> str:
        """The stack's name, which also starts the name of everything in it."""
        return f"citas-{self.stage}"

    @property
    def whatsapp_secret_name(self) -> str:
        """The secret that holds WhatsApp's access token."""
        return f"citas/{self.stage}/whatsapp"

    @property
    def whatsapp_webhook_secret_name(self) -> str:
        """The secret that holds what WhatsApp's webhook is verified and signed with."""
        return f"citas/{self.stage}/whatsapp-webhook"

    @property
    def payments_secret_name(self) -> str:
        """The secret that holds the payment service's API key."""
        return f"citas/{self.stage}/payments"

    def __post_init__(self) -> None:
        known = {schedule.name for schedule in SCHEDULES}
        if unknown := sorted(set(self.schedules) - known):
            raise UnknownOptionError(f"schedules: {', '.join(unknown)} is none of {', '.join(sorted(known))}")
        for name, cron in self.schedules.items():
            if cron != OFF:
                try:
                    eventbridge_cron(cron)
                except ValueError as error:
                    raise UnknownOptionError(f"schedules: {name}: {error}, or {OFF}") from error

    def is_on(self, schedule: Schedule) -> bool:
        """Whether the schedule fires in this stage."""
        return self.schedules.get(schedule.name) != OFF

    def expression_of(self, schedule: Schedule) -> str:
        """When the schedule fires in this stage, for EventBridge; of one that is off its row's time."""
        moved = self.schedules.get(schedule.name, OFF)
        return schedule.expression if moved == OFF else eventbridge_cron(moved)

    def named(self, thing: TableSpec | Workflow | Endpoint | Listener | str) -> str:
        """The physical name of a table, a workflow or anything else in this stage."""
        name = thing if isinstance(thing, str) else thing.name
        return f"{self.stack_name}-{name}"


STAGES: Mapping[Stage, StageConfig] = {
    Stage.DEV: StageConfig(
        stage=Stage.DEV,
        log_retention_days=30,
        keep_data=False,
        log_level="DEBUG",
        monthly_budget=20,
        all_alarms=False,
        workflow_widgets=False,
        whatsapp_phone_number_id="000000000000000",
    ),
    Stage.PROD: StageConfig(
        stage=Stage.PROD,
        log_retention_days=365,
        keep_data=True,
        deletion_protection=True,
        log_level="INFO",
        whatsapp_phone_number_id=None,
    ),
}


class Bundle(StrEnum):
    """What the functions' code asset holds."""

    LAMBDA = "lambda"  # the code with its dependencies, for AWS
    NONE = "none"  # the plain code: whoever runs it has the dependencies


class Architecture(StrEnum):
    """A function's processor, by Lambda's name for it."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


@dataclass(frozen=True)
class BuildOptions:
    """What ``-c key=value`` chooses; each attribute is the key of the same name.

    Attributes:
        stage: ``dev`` (default) or ``prod``.
        bundle: ``lambda`` (default) or ``none``.
        architecture: ``arm64`` (default) or ``x86_64``.
        python: the functions' Python, such as ``3.13`` (default).
        reserved_concurrency: ``on`` or ``off``; without it the stage's own choice.
        deletion_protection: likewise.
        schedules: times instead of those of the stage's schedules, each ``name=five cron fields`` or
            ``name=off``, with ``;`` between them.
    """

    stage: Stage = Stage.DEV
    bundle: Bundle = Bundle.LAMBDA
    architecture: Architecture = Architecture.ARM64
    python: str = "3.13"
    reserved_concurrency: bool | None = None
    deletion_protection: bool | None = None
    schedules: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> "BuildOptions":
        """Read the options out of CDK context.

        Raises:
            UnknownOptionError: if a value is none of the allowed ones.
        """
        return cls(
            stage=Stage(_chosen(context, "stage", tuple(Stage), cls.stage)),
            bundle=Bundle(_chosen(context, "bundle", tuple(Bundle), cls.bundle)),
            architecture=Architecture(
                _chosen(context, "architecture", tuple(Architecture), cls.architecture)
            ),
            python=_chosen(context, "python", PYTHONS, cls.python),
            reserved_concurrency=_switched(context, "reserved_concurrency"),
            deletion_protection=_switched(context, "deletion_protection"),
            schedules=_pairs(context, "schedules"),
        )

    @property
    def config(self) -> StageConfig:
        """The stage's configuration, with what was chosen otherwise."""
        config = STAGES[self.stage]
        config = replace(config, schedules={**config.schedules, **self.schedules})
        if self.deletion_protection is None:
            return config
        return replace(config, deletion_protection=self.deletion_protection)

    @property
    def reserves_concurrency(self) -> bool:
        """Whether functions get reserved concurrency in this build."""
        if self.reserved_concurrency is None:
            return self.config.reserve_concurrency
        return self.reserved_concurrency


# Lambda's Python runtimes that the code runs on.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def _switched(context: Mapping[str, object], key: str) -> bool | None:
    value = _chosen(context, key, ("on", "off"), default="")
    return value == "on" if value else None


def _pairs(context: Mapping[str, object], key: str) -> dict[str, str]:
    text = context.get(key) or ""
    pairs = [pair.partition("=") for pair in str(text).split(";") if pair.strip()]
    if not all(equals and value.strip() for _, equals, value in pairs):
        raise UnknownOptionError(f"context {key}={json.dumps(text)}: must be name=value, with ; between them")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _chosen(context: Mapping[str, object], key: str, allowed: tuple[str, ...], default: str) -> str:
    value = context.get(key)
    if value is None:
        return default
    if value not in allowed:
        raise UnknownOptionError(f"context {key}={json.dumps(value)}: must be one of {', '.join(allowed)}")
    return str(value)

"""One stage of Citas. Composes constructs, decides nothing itself."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, CfnParameter, IStackSynthesizer, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from clinic.contracts.environment import Env
from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.metrics import NAMESPACE
from clinic.contracts.tables import (
    CHANNEL,
    CONSENTS,
    DIRECTORY,
    MESSAGES,
    PRESCRIPTIONS,
    REQUESTS,
    RESERVATIONS,
    RUNS,
    SLOTS,
    STATISTICS,
    TABLES,
)
from clinic.contracts.workflows import WATCHED, WORKFLOWS, Workflow
from infra.config import BuildOptions, StageConfig
from infra.constructs.bus import Bus
from infra.constructs.function import FunctionDefaults
from infra.constructs.key import DataKey
from infra.constructs.monitoring.alarms import Alarms
from infra.constructs.monitoring.budget import Budget
from infra.constructs.monitoring.dashboards import Dashboards
from infra.constructs.monitoring.monitored_parts import MonitoredParts
from infra.constructs.run_ledger import RunLedgerConstruct
from infra.constructs.secret import PAYMENTS, WEBHOOK, WHATSAPP, ApiSecret
from infra.constructs.tables import Tables
from infra.constructs.webhook import WebhookConstruct
from infra.constructs.workflow import WorkflowConstruct
from infra.permissions import NEEDS, Permissions


class CitasStack(Stack):
    """Bus, tables, secrets, every workflow and the endpoint of one stage.

    Parameters: ``WhatsAppApiUrl``, ``WhatsAppPhoneNumberId``, ``PaymentsApiUrl``, ``WhatsAppWebhookPathKey``.
    Outputs: what a publisher, an operator or the local stack needs to find its way in; see :meth:`_tell`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        options: BuildOptions,
        code: lambda_.Code,
        synthesizer: IStackSynthesizer,
    ) -> None:
        config = options.config
        super().__init__(
            scope,
            construct_id,
            description=f"Citas, appointment automation for clinics ({config.stage})",
            termination_protection=config.deletion_protection,
            synthesizer=synthesizer,
        )
        self._config = config
        Tags.of(self).add("citas:stage", config.stage)
        self._key = DataKey(self, "Data", config=config)
        self._tables = Tables(self, "Tables", config=config, key=self._key.key)
        self._bus = Bus(self, "Events", config=config, key=self._key.key)
        self._secrets = {
            kind: ApiSecret(self, kind, name=name, config=config, key=self._key.key)
            for kind, name in (
                (WHATSAPP, config.whatsapp_secret_name),
                (WEBHOOK, config.whatsapp_webhook_secret_name),
                (PAYMENTS, config.payments_secret_name),
            )
        }
        permissions = Permissions(self._tables, self._bus, self._key, self._secrets)
        within = FunctionDefaults(
            options=options,
            code=code,
            key=self._key,
            bus=self._bus,
            environment=self._environment(config),
        )
        self._workflows: Mapping[Workflow, WorkflowConstruct] = {
            workflow: WorkflowConstruct(
                self,
                _title(workflow.name),
                workflow=workflow,
                within=within,
                permissions=list(permissions.of(NEEDS[workflow])),
                stops=NEEDS[workflow].stops,
                asks_about=NEEDS[workflow].asks_about,
            )
            for workflow in WORKFLOWS
        }
        open_types = [name for workflow in WORKFLOWS for name in workflow.open_detail_types]
        self._bus.keep_the_unwanted(config, open_types, OWN_SOURCE)
        self._bus.reserve(
            OWN_SOURCE,
            [it.role for workflow, it in self._workflows.items() if NEEDS[workflow].publishes],
        )
        self._webhook = WebhookConstruct(
            self,
            _title(WHATSAPP_WEBHOOK.name),
            endpoint=WHATSAPP_WEBHOOK,
            within=within,
            permissions=list(permissions.of(NEEDS[WHATSAPP_WEBHOOK])),
            path_key=CfnParameter(
                self,
                "WhatsAppWebhookPathKey",
                description="The webhook's other address, once strangers know it: random letters and digits.",
                default="",
                allowed_pattern="[A-Za-z0-9]{0,64}",
            ),
        )
        self._run_ledger = RunLedgerConstruct(
            self,
            _title(RUN_LEDGER.name),
            within=within,
            permissions=list(permissions.of(NEEDS[RUN_LEDGER])),
            workflows=WATCHED,
        )
        watched = MonitoredParts(
            workflows=self._workflows,
            apis={WHATSAPP_WEBHOOK.name: self._webhook.api_id},
            functions={
                WHATSAPP_WEBHOOK.name: self._webhook.function,
                RUN_LEDGER.name: self._run_ledger.function,
            },
            queues={
                "undelivered-events": self._bus.undelivered,
                RUN_LEDGER.dead_letters: self._run_ledger.dead_letters,
            },
            tables={spec: self._tables[spec] for spec in TABLES},
            bus=self._bus.bus.event_bus_name,
        )
        self._alarms = Alarms(self, "Alarms", config=config, key=self._key, watched=watched)
        Budget(self, "Budget", config=config, key=self._key, topic=self._alarms.topic)
        Dashboards(self, "Dashboards", config=config, watched=watched)
        self._tell()

    def _environment(self, config: StageConfig) -> Mapping[Env, str]:
        """The variables that are the same for every function of the stage."""
        api_url = CfnParameter(
            self,
            "WhatsAppApiUrl",
            description="WhatsApp Cloud API with its version, without a slash at the end.",
            default=config.whatsapp_api_url,
            allowed_pattern=_URL,
        )
        phone_number_id = CfnParameter(
            self,
            "WhatsAppPhoneNumberId",
            description="Id (not the number) of the WhatsApp phone number that messages are sent from.",
            default=config.whatsapp_phone_number_id,
            allowed_pattern="[0-9]+",
        )
        payments_api_url = CfnParameter(
            self,
            "PaymentsApiUrl",
            description="Payment service that issues refunds, without a slash at the end.",
            default=config.payments_api_url,
            allowed_pattern=_URL,
        )
        return {
            Env.STAGE: config.stage,
            Env.RESERVATIONS_TABLE: self._tables[RESERVATIONS].table_name,
            Env.REQUESTS_TABLE: self._tables[REQUESTS].table_name,
            Env.SLOTS_TABLE: self._tables[SLOTS].table_name,
            Env.MESSAGES_TABLE: self._tables[MESSAGES].table_name,
            Env.DIRECTORY_TABLE: self._tables[DIRECTORY].table_name,
            Env.STATISTICS_TABLE: self._tables[STATISTICS].table_name,
            Env.PRESCRIPTIONS_TABLE: self._tables[PRESCRIPTIONS].table_name,
            Env.CONSENTS_TABLE: self._tables[CONSENTS].table_name,
            Env.CHANNEL_TABLE: self._tables[CHANNEL].table_name,
            Env.RUNS_TABLE: self._tables[RUNS].table_name,
            Env.EVENT_BUS_NAME: self._bus.bus.event_bus_name,
            Env.UNDELIVERED_EVENTS_QUEUE_URL: self._bus.undelivered.queue_url,
            Env.WHATSAPP_API_URL: api_url.value_as_string,
            Env.WHATSAPP_PHONE_NUMBER_ID: phone_number_id.value_as_string,
            Env.WHATSAPP_SECRET_NAME: config.whatsapp_secret_name,
            Env.WHATSAPP_WEBHOOK_SECRET_NAME: config.whatsapp_webhook_secret_name,
            Env.PAYMENTS_API_URL: payments_api_url.value_as_string,
            Env.PAYMENTS_SECRET_NAME: config.payments_secret_name,
            Env.CURRENCY: config.currency,
            Env.BOOKING_HORIZON_DAYS: str(config.booking_horizon_days),
            Env.SLOT_GENERATION_AT: config.slot_generation_at,
            Env.SLOT_CLEANUP_AT: config.slot_cleanup_at,
            Env.REMINDER_OFFSETS: config.reminder_offsets,
            Env.QUIET_HOURS: config.quiet_hours,
            Env.QUIET_HOURS_FOR_REMINDERS: "on" if config.quiet_hours_for_reminders else "off",
            Env.WAKING_HOURS: config.waking_hours,
            Env.MESSAGES_PER_SECOND: str(config.messages_per_second),
            Env.RUN_QUESTIONS_PER_SECOND: str(config.run_questions_per_second),
            Env.DEFAULT_TIME_ZONE: config.default_time_zone,
            Env.LANGUAGE: config.language,
            Env.LOG_LEVEL: config.log_level,
            Env.METRICS_NAMESPACE: NAMESPACE,
        }

    def _tell(self) -> None:
        outputs = {
            "EventBusName": self._bus.bus.event_bus_name,
            "UndeliveredEventsQueueUrl": self._bus.undelivered.queue_url,
            "AlarmTopicArn": self._alarms.topic.topic_arn,
            "WhatsAppSecretName": self._config.whatsapp_secret_name,
            "WhatsAppWebhookSecretName": self._config.whatsapp_webhook_secret_name,
            "WhatsAppWebhookUrl": self._webhook.url,
            "PaymentsSecretName": self._config.payments_secret_name,
        }
        for spec in TABLES:
            outputs[f"{_title(spec.name)}Table"] = self._tables[spec].table_name
        for workflow, construct in self._workflows.items():
            outputs[f"{_title(workflow.name)}Arn"] = construct.state_machine.state_machine_arn
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


_URL = "https?://.*[^/]"


def _title(name: str) -> str:
    """``appointment-reminders`` → ``AppointmentReminders``."""
    return "".join(word.capitalize() for word in name.split("-"))

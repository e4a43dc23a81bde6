"""The local stack: the deployed template, its handlers, WhatsApp and payments simulated, in virtual time."""

import gc
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.exceptions

from local import service_descriptions
from local.client_patches import ClientPatches, direct
from local.clock import VirtualClock
from local.emulator.emulator import emulator
from local.emulator.gate import OPEN, Credentials
from local.emulator.load import ACCOUNT, HOST, REGION
from local.emulator.session import Delivery, Session, delivery
from local.faults.plan import FaultPlan
from local.functions import Functions, Invocation
from local.operator_clients import operators_client
from local.records import BusEvent, Execution, UndeliveredEvent
from local.schedules import ScheduledRule, arm, parse_schedule
from local.simulators.payments import Charge, PaymentsSimulator
from local.simulators.webhooks import InboundLog, InboundMessage, Webhooks
from local.simulators.whatsapp import WhatsAppSimulator
from local.stdout_capture import streams
from local.synthesis import template_once
from local.template import Deployment, check

ROOT = Path(__file__).resolve().parents[1]
API_VERSION = "v23.0"
_PROGRESS_SECONDS = 0.1
_GARBAGE_THRESHOLDS = (50_000, 20, 50)


class PublishRefusedError(RuntimeError):
    """The bus did not take an event; the text is the bus's reason."""


@dataclass(frozen=True)
class StackOptions:
    """How a local stack is set up.

    Attributes:
        start: the first virtual instant, aware.
        stage: whose template is deployed.
        templates: WhatsApp's approved templates in Meta's ``message_templates`` form.
        concurrent: let all wake-ups of one instant run together, so that reserved concurrency throttles.
        enforce_iam: hold every call of a function's against its role's policies.
        template: deploy this template instead of the synthesised one.
        charges: what has been paid; ``LocalStack.payments.pay`` adds to it.
        root: the folder the functions' code is in.
        schedules: the rules with a schedule that fire, by their names without the stage; None: all of them,
            of which some fire hundreds of times a day.
        status_webhooks: WhatsApp tells what became of messages, if the template has a webhook.
        port: the loopback port of the AWS endpoint; 0: a free one. A process has one for its life.
        tells_of_runs: have Step Functions put the changes of runs' statuses on the default bus, so that the
            run ledger is kept; it takes about a tenth of a run's time.
        keeps_logs: what functions write can be read in their log groups.
        operator: who is let in over the port; by default whoever says ``test``, as of other emulators.
    """

    start: datetime
    stage: str = "dev"
    templates: Sequence[Mapping[str, Any]] = ()
    faults: FaultPlan | None = None
    concurrent: bool = False
    enforce_iam: bool = True
    seed: int = 0
    access_token: str = "local-access-token"  # noqa: S105 - the simulator's
    phone_number_id: str = "000000000000000"
    app_secret: str = "local-app-secret"  # noqa: S105 - the simulator's
    verify_token: str = "local-verify-token"  # noqa: S105 - the simulator's
    payments_key: str = "sk_test_local"
    charges: Sequence[Charge] = ()
    template: Mapping[str, Any] | None = field(default=None, repr=False)
    root: Path = ROOT
    schedules: Collection[str] | None = ()
    status_webhooks: bool = True
    port: int = 0
    tells_of_runs: bool = True
    keeps_logs: bool = False
    operator: Credentials = OPEN


class LocalStack:
    """A deployed stack in virtual time. Use as a context manager; one at a time in a process."""

    def __init__(self, options: StackOptions) -> None:
        self._options = options
        self._resources = ExitStack()
        self._callbacks: list[Callable[[], None]] = []
        self._rules: dict[str, ScheduledRule] = {}
        self._told = 0.0
        self._inbound = InboundLog()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._resources.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def _start(self) -> None:
        options = self._options
        service_descriptions.share()
        template = dict(options.template) if options.template else template_once(options.root, options.stage)
        self._emulator = emulator(options.port)
        check(template, self._emulator.knows_resource_type)
        self._faults = (options.faults or FaultPlan()).fresh()
        self.clock = VirtualClock(options.start, concurrent=options.concurrent)
        self.functions = Functions(self.clock, options.root, self._surroundings, self._faults)
        self._session = Session(
            clock=self.clock,
            invoke=self.functions.invoke,
            throttled=self.functions.throttled,
            enforce_iam=options.enforce_iam,
            seed=options.seed,
            tells_of_runs=options.tells_of_runs,
            keeps_logs=options.keeps_logs,
            exchanged=self._inbound.note,
        )
        self._resources.callback(self.functions.close)
        self._collect_garbage_seldom()
        self._emulator.begin(self._session, options.operator)
        self._resources.callback(self._emulator.end)
        streams.install()  # until the clock is closed: a function that ends only then prints, too
        self._resources.callback(streams.remove)
        self._resources.enter_context(self.clock)
        self.clock.on_step = self._tell
        self._listen(options)
        outputs = Deployment(self.client, ACCOUNT, REGION).deploy(
            self.name,
            template,
            {
                "WhatsAppApiUrl": f"{self.simulator.url}/{API_VERSION}",
                "WhatsAppPhoneNumberId": options.phone_number_id,
                "PaymentsApiUrl": self.payments.url,
            },
        )
        self.outputs = {name: self._emulator.local_url(value) for name, value in outputs.items()}
        self._put_secret("WhatsAppSecretName", {"access_token": options.access_token})
        self._put_secret("PaymentsSecretName", {"secret_key": options.payments_key})
        self._put_secret(
            "WhatsAppWebhookSecretName",
            {"app_secret": options.app_secret, "verify_token": options.verify_token},
        )
        if url := self.outputs.get("WhatsAppWebhookUrl"):
            self._webhooks.connect(lambda headers, body: self._emulator.post(url, headers, body).status)
        self._rules = {it.name.removeprefix(f"{self.name}-"): it for it in self._emulator.scheduled_rules()}
        arm(self.clock, [self._rules[name] for name in self.fired])

    @property
    def fired(self) -> list[str]:
        """The rules whose schedules fire by themselves, by their names without the stage."""
        return [it for it in self._rules if (wanted := self._options.schedules) is None or it in wanted]

    def fires_after(self, rule: str, instant: datetime) -> datetime | None:
        """When a rule's schedule has its next time after ``instant``, whether it fires or not."""
        return parse_schedule(self._rules[rule].expression, self._options.start).after(instant)

    def fire(self, rule: str) -> None:
        """Fire a rule with a schedule now; to be called from the clock."""
        self._rules[rule].fire()

    def on_failed_message(self, callback: Callable[[int], None]) -> None:
        """Have ``callback`` called with the code when WhatsApp has told that a message failed."""
        self._webhooks.on_failed(callback)

    def _collect_garbage_seldom(self) -> None:
        """A tenth of a run goes into looking for cycles among what stays: tables, histories, templates."""
        self._resources.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(*_GARBAGE_THRESHOLDS)

    def _put_secret(self, output: str, value: dict[str, str]) -> None:
        """Into the secret that an output names, if the template has it."""
        if name := self.outputs.get(output):
            with direct():
                self.client("secretsmanager").put_secret_value(SecretId=name, SecretString=json.dumps(value))

    def _listen(self, options: StackOptions) -> None:
        self._webhooks = Webhooks(
            self.clock,
            options.phone_number_id,
            options.app_secret,
            self._faults,
            statuses=options.status_webhooks,
        )
        self.simulator = WhatsAppSimulator(
            now=self.clock.now,
            templates=[dict(template) for template in options.templates],
            access_token=options.access_token,
            phone_number_id=options.phone_number_id,
            faults=self._faults,
            webhooks=self._webhooks,
        )
        self._resources.callback(self.simulator.close)
        self.payments = PaymentsSimulator(
            now=self.clock.now, secret_key=options.payments_key, charges=options.charges, faults=self._faults
        )
        self._resources.callback(self.payments.close)
        patches = ClientPatches(self._emulator, self.clock.now, [self.simulator, self.payments])
        patches.install()
        self._resources.callback(patches.remove)

    # -- where things are -----------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The CloudFormation stack's name."""
        return f"citas-{self._options.stage}"

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients find the stack."""
        return self._emulator.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a program take the stack for AWS, with the operator's rights."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url.replace(HOST, "localhost"),  # for buckets as hosts
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self._options.operator.key,
            "AWS_SECRET_ACCESS_KEY": self._options.operator.secret,
        }

    def client(self, service: str) -> Any:
        """A boto3 client with the operator's credentials, over HTTP."""
        return operators_client(service, self.endpoint_url, self._options.operator)

    # -- time -----------------------------------------------------------------------------------

    def advance(self, **lengths: float) -> None:
        """Let time pass: ``advance(hours=22)``."""
        self.clock.run_until(self.clock.now() + timedelta(**lengths))

    def run_until(self, instant: datetime) -> None:
        """Run everything up to and including ``instant``."""
        self.clock.run_until(instant)

    def wait_for_wakeup(self, seconds: float) -> bool:
        """Let real time pass until a client's call has made something due, or ``seconds`` have passed."""
        return self.clock.wait_for_wakeup(seconds)

    def run_until_idle(self) -> None:
        """Run until nothing lies ahead but what never ends.

        That is ticks of schedules, and Waits of runs that one started: else they come in their order.
        """
        self.clock.run_until_idle()

    def on_progress(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called between steps, at most ten times a second of real time."""
        self._callbacks.append(callback)

    def _tell(self) -> None:
        if self._callbacks and time.monotonic() - self._told >= _PROGRESS_SECONDS:
            self._told = time.monotonic()
            for callback in self._callbacks:
                callback()

    # -- events in, runs and messages out -------------------------------------------------------

    def publish(
        self,
        detail_type: str,
        detail: Any,
        source: str = "citas.publisher",
        *,
        line: int | None = None,
    ) -> str:
        """Put an event on the stack's bus, now; gives its id.

        Args:
            detail: a JSON value, or JSON text as it is.
            line: the line of the input the event comes from, for the fault plan.

        Raises:
            PublishRefusedError: the bus did not take it.
        """
        token = delivery.set(self._treated(line))
        try:
            with direct():
                answer = self.client("events").put_events(
                    Entries=[
                        {
                            "EventBusName": self.outputs["EventBusName"],
                            "Source": source,
                            "DetailType": detail_type,
                            "Detail": detail if isinstance(detail, str) else json.dumps(detail),
                        }
                    ]
                )
        except botocore.exceptions.ClientError as error:
            raise PublishRefusedError(error.response["Error"]["Message"]) from error
        finally:
            delivery.reset(token)
        entry = answer["Entries"][0]
        if "EventId" not in entry:
            raise PublishRefusedError(f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
        return str(entry["EventId"])

    def _treated(self, line: int | None) -> Delivery:
        """How the fault plan has the event of a line treated."""
        fault = self._faults.for_event(line)
        return Delivery(fault.late, fault.delivered) if fault is not None else Delivery()

    def receive(self, sender: str, text: str, *, line: int | None = None) -> None:
        """Let somebody write to the business, now: WhatsApp hands it over by webhook.

        Args:
            sender: the number.
            line: the line of the input it comes from, for the fault plan.

        Raises:
            WebhookNotConnectedError: the template has no webhook.
        """
        how = self._treated(line)
        self._webhooks.receive(sender, text, late=how.delay, times=how.times)

    def executions(self) -> list[Execution]:
        """Every run of every state machine, in the order they were started."""
        return [
            Execution.of(record, self.name, self._session.transitions[record["executionArn"]])
            for record in self._emulator.executions()
        ]

    def items(self, output: str) -> list[dict[str, Any]]:
        """Every item, in DynamoDB's notation, of the table that an output such as ``SlotsTable`` names."""
        return self._emulator.items(self.outputs[output])

    def item(self, table_name: str, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
        """The item of that table with this key, in DynamoDB's notation; None if there is none."""
        return self._emulator.item(table_name, key)

    def history(self, arn: str) -> list[dict[str, Any]]:
        """A run's history, as Step Functions' API gives it."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def stop(self, arn: str, *, error: str = "", cause: str = "") -> None:
        """Stop a run by its ARN."""
        self.client("stepfunctions").stop_execution(executionArn=arn, error=error, cause=cause)

    def events_put(self) -> list[BusEvent]:
        """Every event that the bus took, in order: published ones, and those the functions put there."""
        return [BusEvent.of(accepted) for accepted in self._session.accepted]

    def inbound_messages(self) -> list[InboundMessage]:
        """What was posted to the webhook as written by somebody, in order."""
        return self._inbound.messages

    def undelivered_events(self) -> list[UndeliveredEvent]:
        """Events that a rule's target did not take, with the reason."""
        return [UndeliveredEvent.of(undelivered) for undelivered in self._session.undelivered]

    @property
    def lambda_invocations(self) -> list[Invocation]:
        """Every invocation, in order."""
        return self.functions.invocations

    @property
    def most_at_once(self) -> dict[str, int]:
        """By function: the most of its invocations that ever ran at one time, as it happened."""
        return {name.removeprefix(f"{self.name}-"): n for name, n in self.functions.most_at_once.items()}

    @property
    def log_lines(self) -> list[str]:
        """Every line the functions logged or printed."""
        return self.functions.log_lines

    def unused_faults(self) -> list[str]:
        """The rules of the fault plan that have never acted: ``whatsapp[0]``."""
        return self._faults.unused()

    @property
    def emulator_log(self) -> list[str]:
        """MiniStack's last warnings, for a person; they may quote events."""
        return self._emulator.log

    def _surroundings(self, config: dict[str, Any]) -> dict[str, str]:
        """What Lambda gives a function beside its own variables; and where its AWS is."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **self._emulator.role_credentials(config),
        }

"""The only place where use cases meet their adapters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from clinic.adapters.dynamodb.directory import DynamoDirectory
from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import connect
from clinic.adapters.dynamodb.records import DynamoRecords
from clinic.contracts.settings import Settings
from clinic.services.appointment_details import AppointmentReader
from clinic.services.planning import ReminderPlanning
from clinic.services.ports import Directory, Ledger, Messenger
from clinic.services.records_port import Records

if TYPE_CHECKING:
    from pynamodb.connection import Connection

    from clinic.services.delivery import MessageDelivery
    from clinic.services.request_decisions import RequestDecisions
    from clinic.services.request_expiration import RequestExpiration
    from clinic.services.requests import RequestKeeping
    from clinic.services.slot_cleanup import SlotCleanup
    from clinic.services.workflow_ports import EventPublisher, Runs, Statistics


@dataclass(frozen=True)
class Application:
    """The use cases and what they stand on, each made when it is first asked for."""

    settings: Settings
    connection: "Connection"
    records: Records
    appointments: AppointmentReader
    make_delivery: Callable[[], "MessageDelivery"]

    @cached_property
    def planning(self) -> ReminderPlanning:
        """Plans reminders."""
        return ReminderPlanning(self.records, self.appointments)

    @cached_property
    def delivery(self) -> "MessageDelivery":
        """Sends messages."""
        return self.make_delivery()

    @cached_property
    def events(self) -> "EventPublisher":
        """Citas' own event bus."""
        from clinic.adapters.events import EventBridgePublisher

        return EventBridgePublisher.open(self.settings.event_bus_name)

    @cached_property
    def runs(self) -> "Runs":
        """The state machines' runs."""
        from clinic.adapters.runs import StepFunctionsRuns

        return StepFunctionsRuns.open()

    @cached_property
    def statistics(self) -> "Statistics":
        """Records of what was done."""
        from clinic.adapters.dynamodb.statistics import DynamoStatistics

        return DynamoStatistics.open(self.connection, self.settings.statistics_table)

    @cached_property
    def requests(self) -> "RequestKeeping":
        """Takes requests for slots."""
        from clinic.services.requests import RequestKeeping

        return RequestKeeping(self.records, self.appointments, self.events)

    @cached_property
    def request_decisions(self) -> "RequestDecisions":
        """Applies the doctors' answers to requests."""
        from clinic.services.request_decisions import RequestDecisions

        return RequestDecisions(self.records, self.events, self.runs)

    @cached_property
    def request_expiration(self) -> "RequestExpiration":
        """Ends the requests that nobody answered."""
        from clinic.services.request_expiration import RequestExpiration

        return RequestExpiration(self.records, self.statistics)

    @cached_property
    def slot_cleanup(self) -> "SlotCleanup":
        """Frees the slots of requests that ran out unnoticed."""
        from clinic.services.slot_cleanup import SlotCleanup

        return SlotCleanup(
            self.records, self.appointments, self.request_expiration, self.events, self.statistics
        )


def bootstrap(
    settings: Settings,
    *,
    ledger: Ledger | None = None,
    records: Records | None = None,
    directory: Directory | None = None,
    messenger: Messenger | None = None,
) -> Application:
    """Build the use cases for a deployment; what is passed in takes the place of an adapter."""
    connection = connect()
    stored = DynamoLedger.open(connection, settings.reservations_table, settings.messages_table)
    ledger = ledger or stored
    return Application(
        settings=settings,
        connection=connection,
        records=records
        or DynamoRecords.open(connection, stored, settings.slots_table, settings.requests_table),
        appointments=AppointmentReader(
            directory or DynamoDirectory.open(connection, settings.directory_table),
            settings.reminder_offsets,
            settings.default_time_zone,
        ),
        make_delivery=partial(_delivery, settings, ledger, messenger),
    )


def _delivery(settings: Settings, ledger: Ledger, messenger: Messenger | None) -> "MessageDelivery":
    # Imported here: planning, which meets most cold starts, needs neither requests nor a second AWS client.
    from clinic.adapters.secrets import WhatsAppSecret
    from clinic.adapters.whatsapp import WhatsAppMessenger
    from clinic.services.delivery import MessageDelivery

    return MessageDelivery(
        ledger,
        messenger
        or WhatsAppMessenger(
            settings.whatsapp_api_url,
            settings.whatsapp_phone_number_id,
            WhatsAppSecret(settings.whatsapp_secret_name).access_token,
        ),
    )

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
    from clinic.services.delivery import MessageDelivery


@dataclass(frozen=True)
class Application:
    """The use cases, each made when it is first asked for."""

    settings: Settings
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

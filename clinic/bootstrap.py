"""The only place where use cases meet their adapters."""

from dataclasses import dataclass

from clinic.adapters.dynamodb.directory import DynamoDirectory
from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import connect
from clinic.adapters.secrets import WhatsAppSecret
from clinic.adapters.whatsapp import WhatsAppMessenger
from clinic.contracts.settings import Settings
from clinic.services.delivery import MessageDelivery
from clinic.services.planning import ReminderPlanning
from clinic.services.ports import Directory, Ledger, Messenger


@dataclass(frozen=True)
class Application:
    """The use cases, ready to be called."""

    planning: ReminderPlanning
    delivery: MessageDelivery


def bootstrap(
    settings: Settings,
    *,
    ledger: Ledger | None = None,
    directory: Directory | None = None,
    messenger: Messenger | None = None,
) -> Application:
    """Build the use cases for a deployment; what is passed in takes the place of an adapter."""
    if ledger is None or directory is None:
        connection = connect()
        ledger = ledger or DynamoLedger.open(connection, settings.reservations_table, settings.messages_table)
        directory = directory or DynamoDirectory.open(connection, settings.directory_table)
    messenger = messenger or WhatsAppMessenger(
        settings.whatsapp_api_url,
        settings.whatsapp_phone_number_id,
        WhatsAppSecret(settings.whatsapp_secret_name).access_token,
    )
    return Application(
        planning=ReminderPlanning(ledger, directory, settings.reminder_offsets, settings.default_time_zone),
        delivery=MessageDelivery(ledger, messenger),
    )

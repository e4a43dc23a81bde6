"""The only place where use cases meet their adapters."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from clinic.adapters.dynamodb.directory import DynamoDirectory
from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import connect
from clinic.contracts.settings import Settings
from clinic.services.planning import ReminderPlanning
from clinic.services.ports import Directory, Ledger, Messenger

if TYPE_CHECKING:
    from clinic.services.delivery import MessageDelivery


@dataclass(frozen=True)
class Application:
    """The use cases, each made when it is first asked for."""

    planning: ReminderPlanning
    make_delivery: Callable[[], "MessageDelivery"]

    @cached_property
    def delivery(self) -> "MessageDelivery":
        """Sends messages."""
        return self.make_delivery()


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
    return Application(
        planning=ReminderPlanning(ledger, directory, settings.reminder_offsets, settings.default_time_zone),
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

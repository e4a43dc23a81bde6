"""A function's settings, read once from its environment. There are no defaults: the deployment sets all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from clinic.contracts.environment import Env
from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.errors import ConfigurationError
from clinic.domain.reminders import ReminderOffset, parse_offsets


@dataclass(frozen=True)
class Settings:
    """What a function needs to know of its deployment.

    Attributes:
        reminder_offsets: when to remind unless the event narrows it, longest first.
        default_time_zone: IANA zone for clinics that name none.
        whatsapp_secret_name: the Secrets Manager name of ``{"access_token": …}``.
    """

    stage: str
    reservations_table: str
    slots_table: str
    messages_table: str
    directory_table: str
    event_bus_name: str
    whatsapp_api_url: str
    whatsapp_phone_number_id: str
    whatsapp_secret_name: str
    reminder_offsets: tuple[ReminderOffset, ...]
    default_time_zone: str
    language: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            ConfigurationError: a variable is missing or wrong; the message names it.
        """
        missing = [name for name in Env if not environment.get(name)]
        if missing:
            raise ConfigurationError(f"environment variables are missing: {', '.join(missing)}")
        try:
            offsets = parse_offsets(environment[Env.REMINDER_OFFSETS])
        except ValueError as error:
            raise ConfigurationError(f"{Env.REMINDER_OFFSETS}: {error}") from None
        zone = environment[Env.DEFAULT_TIME_ZONE]
        if zone not in iana_time_zones():
            raise ConfigurationError(f"{Env.DEFAULT_TIME_ZONE}: expected an IANA time zone")
        return cls(
            stage=environment[Env.STAGE],
            reservations_table=environment[Env.RESERVATIONS_TABLE],
            slots_table=environment[Env.SLOTS_TABLE],
            messages_table=environment[Env.MESSAGES_TABLE],
            directory_table=environment[Env.DIRECTORY_TABLE],
            event_bus_name=environment[Env.EVENT_BUS_NAME],
            whatsapp_api_url=environment[Env.WHATSAPP_API_URL],
            whatsapp_phone_number_id=environment[Env.WHATSAPP_PHONE_NUMBER_ID],
            whatsapp_secret_name=environment[Env.WHATSAPP_SECRET_NAME],
            reminder_offsets=offsets,
            default_time_zone=zone,
            language=environment[Env.LANGUAGE],
        )

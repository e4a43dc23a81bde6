"""A function's settings, read once from its environment. There are no defaults: the deployment sets all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Self

from clinic.contracts.environment import Env
from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.appointments.reminders import SHORTEST_OFFSET_MINUTES, parse_offsets
from clinic.domain.errors import ConfigurationError
from clinic.domain.languages import language_of
from clinic.domain.messages.kinds import ReminderOffset
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.money import DECIMALS

LONGEST_HORIZON_DAYS = 366
HIGHEST_MESSAGES_PER_SECOND = 1000
HIGHEST_QUESTIONS_PER_SECOND = 1000
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"

DEFAULT_QUIET_HOURS = QuietHours(time(21), time(8))
"""Of every stage that says nothing else."""


@dataclass(frozen=True)
class Settings:
    """What a function needs to know of its deployment.

    Attributes:
        reminder_offsets: when to remind unless the event narrows it, longest first.
        quiet_hours: when nobody gets a follow-up, in the recipient's own zone.
        quiet_hours_for_reminders: whether reminders keep them, too.
        waking_hours: the first and the last dose of a day (wall clock), where a frequency says only how many.
        messages_per_second: how fast the sending number may send.
        run_questions_per_second: how fast one call of the run ledger's function asks Step Functions.
        language: of clinics that name none.
        default_time_zone: IANA zone for clinics that name none.
        whatsapp_secret_name: the Secrets Manager name of ``{"access_token": …}``.
        whatsapp_webhook_secret_name: likewise of ``{"app_secret": …, "verify_token": …}``.
        payments_secret_name: the Secrets Manager name of ``{"secret_key": …}``.
        currency: ISO 4217; of amounts that name none.
        booking_horizon_days: how many days ahead slots are generated, from tomorrow on.
        slot_generation_at, slot_cleanup_at: the time of night, in each profile's own zone.
    """

    stage: str
    reservations_table: str
    requests_table: str
    slots_table: str
    messages_table: str
    directory_table: str
    statistics_table: str
    prescriptions_table: str
    consents_table: str
    channel_table: str
    runs_table: str
    event_bus_name: str
    undelivered_events_queue_url: str
    whatsapp_api_url: str
    whatsapp_phone_number_id: str
    whatsapp_secret_name: str
    whatsapp_webhook_secret_name: str
    payments_api_url: str
    payments_secret_name: str
    currency: str
    booking_horizon_days: int
    slot_generation_at: time
    slot_cleanup_at: time
    reminder_offsets: tuple[ReminderOffset, ...]
    quiet_hours: QuietHours
    quiet_hours_for_reminders: bool
    waking_hours: tuple[time, time]
    messages_per_second: int
    run_questions_per_second: int
    default_time_zone: str
    language: str
    metrics_namespace: str

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
        if any(offset.minutes < SHORTEST_OFFSET_MINUTES for offset in offsets):
            raise ConfigurationError(
                f"{Env.REMINDER_OFFSETS}: expected none below {SHORTEST_OFFSET_MINUTES}m: "
                "WhatsApp could still be trying to deliver the reminder when the visit begins"
            )
        zone = environment[Env.DEFAULT_TIME_ZONE]
        if zone not in iana_time_zones():
            raise ConfigurationError(f"{Env.DEFAULT_TIME_ZONE}: expected an IANA time zone")
        currency = environment[Env.CURRENCY]
        if currency not in DECIMALS:
            raise ConfigurationError(f"{Env.CURRENCY}: expected a currency of ISO 4217, such as MXN")
        try:
            language = language_of(environment[Env.LANGUAGE])
        except ValueError as error:
            raise ConfigurationError(f"{Env.LANGUAGE}: {error}") from None
        return cls(
            stage=environment[Env.STAGE],
            reservations_table=environment[Env.RESERVATIONS_TABLE],
            requests_table=environment[Env.REQUESTS_TABLE],
            slots_table=environment[Env.SLOTS_TABLE],
            messages_table=environment[Env.MESSAGES_TABLE],
            directory_table=environment[Env.DIRECTORY_TABLE],
            statistics_table=environment[Env.STATISTICS_TABLE],
            prescriptions_table=environment[Env.PRESCRIPTIONS_TABLE],
            consents_table=environment[Env.CONSENTS_TABLE],
            channel_table=environment[Env.CHANNEL_TABLE],
            runs_table=environment[Env.RUNS_TABLE],
            event_bus_name=environment[Env.EVENT_BUS_NAME],
            undelivered_events_queue_url=environment[Env.UNDELIVERED_EVENTS_QUEUE_URL],
            whatsapp_api_url=environment[Env.WHATSAPP_API_URL],
            whatsapp_phone_number_id=environment[Env.WHATSAPP_PHONE_NUMBER_ID],
            whatsapp_secret_name=environment[Env.WHATSAPP_SECRET_NAME],
            whatsapp_webhook_secret_name=environment[Env.WHATSAPP_WEBHOOK_SECRET_NAME],
            payments_api_url=environment[Env.PAYMENTS_API_URL],
            payments_secret_name=environment[Env.PAYMENTS_SECRET_NAME],
            currency=currency,
            booking_horizon_days=_number(environment, Env.BOOKING_HORIZON_DAYS, "days", LONGEST_HORIZON_DAYS),
            slot_generation_at=_clock(environment, Env.SLOT_GENERATION_AT),
            slot_cleanup_at=_clock(environment, Env.SLOT_CLEANUP_AT),
            reminder_offsets=offsets,
            quiet_hours=QuietHours(*_hours(environment, Env.QUIET_HOURS)),
            quiet_hours_for_reminders=_is_on(environment, Env.QUIET_HOURS_FOR_REMINDERS),
            waking_hours=_hours(environment, Env.WAKING_HOURS),
            messages_per_second=_number(
                environment, Env.MESSAGES_PER_SECOND, "messages", HIGHEST_MESSAGES_PER_SECOND
            ),
            run_questions_per_second=_number(
                environment, Env.RUN_QUESTIONS_PER_SECOND, "questions", HIGHEST_QUESTIONS_PER_SECOND
            ),
            default_time_zone=zone,
            language=language,
            metrics_namespace=environment[Env.METRICS_NAMESPACE],
        )


def _number(environment: Mapping[str, str], name: Env, of: str, highest: int) -> int:
    text = environment[name]
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= highest:
        raise ConfigurationError(f"{name}: expected a number of {of} from 1 to {highest}")
    return int(text)


def _clock(environment: Mapping[str, str], name: Env) -> time:
    text = environment[name]
    if not re.fullmatch(_CLOCK, text):
        raise ConfigurationError(f"{name}: expected a time of day such as 02:00")
    return time.fromisoformat(text)


def _hours(environment: Mapping[str, str], name: Env) -> tuple[time, time]:
    match = re.fullmatch(f"({_CLOCK})-({_CLOCK})", environment[name])
    if match is None or match[1] == match[2]:
        raise ConfigurationError(f"{name}: expected two times of day such as 21:00-08:00")
    return time.fromisoformat(match[1]), time.fromisoformat(match[2])


def _is_on(environment: Mapping[str, str], name: Env) -> bool:
    if environment[name] not in {"on", "off"}:
        raise ConfigurationError(f"{name}: expected on or off")
    return environment[name] == "on"

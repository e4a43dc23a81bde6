"""A function's settings: all from its environment, none by default."""

from datetime import time

import pytest

from clinic.contracts.environment import Env
from clinic.contracts.settings import Settings
from clinic.domain.errors import ConfigurationError
from clinic.domain.messages.quiet_hours import QuietHours
from tests.fakes.stores.aws import ENVIRONMENT

WHOLE = {**ENVIRONMENT, Env.WHATSAPP_API_URL: "https://graph.facebook.com/v23.0"}


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.from_environment(WHOLE)
    assert (settings.stage, settings.messages_table, settings.language) == ("test", "messages", "es_MX")
    assert [offset.label for offset in settings.reminder_offsets] == ["24h", "2h"]
    assert settings.whatsapp_api_url == "https://graph.facebook.com/v23.0"
    assert (settings.requests_table, settings.statistics_table) == ("requests", "statistics")
    assert settings.payments_secret_name == "citas/test/payments"
    assert (settings.currency, settings.booking_horizon_days) == ("MXN", 30)
    assert (settings.slot_generation_at, settings.slot_cleanup_at) == (time(2), time(3))
    assert settings.quiet_hours == QuietHours(time(21), time(8))
    assert (settings.quiet_hours_for_reminders, settings.waking_hours) == (False, (time(8), time(20)))
    assert settings.messages_per_second == 80
    assert (settings.consents_table, settings.channel_table) == ("consents", "channel")


def test_the_tests_environment_is_whole() -> None:
    assert set(WHOLE) == set(Env)


@pytest.mark.parametrize("name", list(Env))
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_a_missing_variable_is_named(name: Env, value: str | None) -> None:
    environment = {**WHOLE, name: value}
    with pytest.raises(ConfigurationError, match=f"^environment variables are missing: {name.value}$"):
        Settings.from_environment({k: v for k, v in environment.items() if v is not None})


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environment({})
    assert all(name.value in str(raised.value) for name in Env)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (Env.REMINDER_OFFSETS, "tomorrow", "expected an offset such as 24h"),
        (Env.REMINDER_OFFSETS, "24h;2h", "expected an offset such as 24h"),
        (Env.REMINDER_OFFSETS, "24h,31d", "at most 30d"),
        (Env.REMINDER_OFFSETS, "24h,59m", "expected none below 60m"),
        (Env.DEFAULT_TIME_ZONE, "Mexico City", "expected an IANA time zone"),
        (Env.DEFAULT_TIME_ZONE, "localtime", "expected an IANA time zone"),
        (Env.CURRENCY, "mxn", "expected a currency of ISO 4217, such as MXN"),
        (Env.CURRENCY, "pesos", "expected a currency of ISO 4217, such as MXN"),
        (Env.BOOKING_HORIZON_DAYS, "0", "expected a number of days from 1 to 366"),
        (Env.BOOKING_HORIZON_DAYS, "367", "expected a number of days from 1 to 366"),
        (Env.BOOKING_HORIZON_DAYS, "-1", "expected a number of days from 1 to 366"),
        (Env.BOOKING_HORIZON_DAYS, "30.0", "expected a number of days from 1 to 366"),
        (Env.SLOT_GENERATION_AT, "2:00", "expected a time of day such as 02:00"),
        (Env.SLOT_GENERATION_AT, "24:00", "expected a time of day such as 02:00"),
        (Env.SLOT_CLEANUP_AT, "03:60", "expected a time of day such as 02:00"),
        (Env.SLOT_CLEANUP_AT, "03:00:00", "expected a time of day such as 02:00"),
        (Env.QUIET_HOURS, "21:00", "expected two times of day such as 21:00-08:00"),
        (Env.QUIET_HOURS, "21:00-21:00", "expected two times of day such as 21:00-08:00"),
        (Env.QUIET_HOURS, "9pm-8am", "expected two times of day such as 21:00-08:00"),
        (Env.WAKING_HOURS, "08:00-24:00", "expected two times of day"),
        (Env.QUIET_HOURS_FOR_REMINDERS, "yes", "expected on or off"),
        (Env.QUIET_HOURS_FOR_REMINDERS, "ON", "expected on or off"),
        (Env.RUN_QUESTIONS_PER_SECOND, "0", "expected a number of questions from 1 to 1000"),
        (Env.MESSAGES_PER_SECOND, "0", "expected a number of messages from 1 to 1000"),
        (Env.MESSAGES_PER_SECOND, "1001", "expected a number of messages from 1 to 1000"),
    ],
)
def test_a_wrong_variable_is_named(name: Env, value: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name.value}: .*{expected}"):
        Settings.from_environment({**WHOLE, name: value})

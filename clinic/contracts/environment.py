"""The environment variables a step function reads: one list for the deployment and the code."""

from enum import StrEnum


class Env(StrEnum):
    """A variable's name. Each one is required; there are no defaults at run time."""

    STAGE = "CITAS_STAGE"
    RESERVATIONS_TABLE = "RESERVATIONS_TABLE"
    SLOTS_TABLE = "SLOTS_TABLE"
    MESSAGES_TABLE = "MESSAGES_TABLE"
    DIRECTORY_TABLE = "DIRECTORY_TABLE"
    EVENT_BUS_NAME = "EVENT_BUS_NAME"
    WHATSAPP_API_URL = "WHATSAPP_API_URL"
    WHATSAPP_PHONE_NUMBER_ID = "WHATSAPP_PHONE_NUMBER_ID"
    WHATSAPP_SECRET_NAME = "WHATSAPP_SECRET_NAME"  # the secret's name, never its value
    REMINDER_OFFSETS = "REMINDER_OFFSETS"
    DEFAULT_TIME_ZONE = "DEFAULT_TIME_ZONE"
    LANGUAGE = "LANGUAGE"
    SERVICE_NAME = "POWERTOOLS_SERVICE_NAME"
    LOG_LEVEL = "POWERTOOLS_LOG_LEVEL"
    METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"

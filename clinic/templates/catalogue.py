"""All texts that Citas sends, by name and language.

A channel may approve each template once (its body can't be changed by a send), so what stands here must be
what is registered there; its adapter writes the registration.
"""

from importlib import import_module

from clinic.domain.languages import LANGUAGES
from clinic.templates.language import Language, Phrases
from clinic.templates.template import AN_HOUR, TWELVE_HOURS, Category, Template

__all__ = ["CATALOGUE", "TIME_TO_LIVE", "Category", "Template", "phrases_in"]

# Every template, whatever the language: for how long a channel tries to deliver it.
TIME_TO_LIVE: dict[str, int] = {
    "appointment_confirmed": TWELVE_HOURS,
    "appointment_reminder_24h": TWELVE_HOURS,
    "appointment_reminder_2h": AN_HOUR,
    "appointment_cancelled": TWELVE_HOURS,
    "appointment_cancelled_doctor": TWELVE_HOURS,
    "refund_made": TWELVE_HOURS,
    "appointment_rescheduled": TWELVE_HOURS,
    "appointment_rescheduling_refused": TWELVE_HOURS,
    "reservation_requested_doctor": TWELVE_HOURS,
    "reservation_declined_patient": TWELVE_HOURS,
    "request_withdrawn_patient": TWELVE_HOURS,
    "request_withdrawn_doctor": TWELVE_HOURS,
    "request_expired_patient": TWELVE_HOURS,
    "request_expired_doctor": TWELVE_HOURS,
    "approval_too_late_doctor": TWELVE_HOURS,
    "follow_up_24h": TWELVE_HOURS,
    "follow_up_48h": TWELVE_HOURS,
    "follow_up_1week": TWELVE_HOURS,
    "medication_reminder": AN_HOUR,
}


def _language(code: str) -> Language:
    """What stands in a language's own file, named after it: ``languages/es_mx.py``."""
    found: Language = import_module(f"clinic.templates.languages.{code.lower()}").LANGUAGE
    return found


_LANGUAGES = {code: _language(code) for code in LANGUAGES}

CATALOGUE: dict[tuple[str, str], Template] = {
    (name, code): Template.in_language(name, language, Category.UTILITY, ttl_seconds)
    for code, language in _LANGUAGES.items()
    for name, ttl_seconds in TIME_TO_LIVE.items()
}


def phrases_in(language: str) -> Phrases:
    """What Citas itself puts into texts of this language.

    Raises:
        KeyError: messages are not written in it.
    """
    return _LANGUAGES[language].phrases

"""The languages of messages, for whoever deploys them: each needs its locale data in the bundle."""

from clinic.domain.languages import DEFAULT_LANGUAGE, LANGUAGES

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES"]

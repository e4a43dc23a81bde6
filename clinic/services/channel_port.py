"""What is known of WhatsApp right now, as protocols: consent, limits, stopped templates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.breakers import Breaker
from clinic.domain.consents import Consent
from clinic.domain.limits import Priority


@dataclass(frozen=True)
class Standing:
    """What stands for or against a message.

    Attributes:
        breaker: of the template, if it was ever refused.
    """

    consent: Consent
    breaker: Breaker | None


class Channel(Protocol):
    """The way to the recipients. Every method may raise `StoreUnavailableError`.

    A ``person`` is the canonical form of a phone number, see `clinic.domain.phone.person_of`.
    """

    def standing(self, person: str, template: str, language: str) -> Standing:
        """The person's consent and the template's breaker (one consistent read)."""

    def take_token(self, person: str, priority: Priority, now: datetime) -> datetime | None:
        """Take leave to send one message now; None if it was given, else when there may be one.

        However many ask at once: the limits of the number and of the person are kept.
        """

    def record(self, template: str, language: str, seen: Breaker | None, breaker: Breaker) -> bool:
        """Keep what became of a template's breaker; False, and nothing written, if it is not as seen."""


class Alerts(Protocol):
    """Tells an operator."""

    def template_stopped(self, template: str, language: str, breaker: Breaker) -> None:
        """WhatsApp refuses a template: nothing is sent with it until the breaker lets one try."""

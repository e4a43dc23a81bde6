"""The way to the recipients, in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from clinic.channels.whatsapp import WHATSAPP
from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import Limit, after_taking, instant_of, microseconds
from clinic.services.messages.gate import Gate, Standing
from tests.fakes.messages.consents import MemoryConsents

PERSON_LIMIT = Limit(WHATSAPP.person_interval, WHATSAPP.person_burst)
QUIET_HOURS = DEFAULT_QUIET_HOURS


@dataclass
class MemoryChannel:
    """Fulfils `clinic.services.messages.gate.Channel`; without a number's limit there is none."""

    number_limit: Limit | None = None
    consents: MemoryConsents = field(default_factory=MemoryConsents)
    breakers: dict[tuple[str, str], Breaker] = field(default_factory=dict)
    buckets: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return WHATSAPP.name

    def standing(self, person: str, template: str, language: str) -> Standing:
        return Standing(self.consents.of(person), self.breakers.get((template, language)))

    def take_token(self, person: str, priority: Priority, now: datetime) -> datetime | None:
        if self.number_limit is None:
            return None
        ready_at = self._take("", self.number_limit, self.number_limit.tolerance(priority), now)
        return ready_at or self._take(person, PERSON_LIMIT, PERSON_LIMIT.tolerance(), now)

    def record(self, template: str, language: str, seen: Breaker | None, breaker: Breaker) -> bool:
        if self.breakers.get((template, language)) != seen:
            return False
        self.breakers[template, language] = breaker
        return True

    def _take(self, name: str, limit: Limit, tolerance: int, now: datetime) -> datetime | None:
        full_at = self.buckets.get(name)
        after = after_taking(full_at, microseconds(now), limit.interval, tolerance)
        if after is None:
            assert full_at is not None
            return instant_of(full_at - tolerance)
        self.buckets[name] = after
        return None


@dataclass
class MemoryAlerts:
    """What an operator was told: the templates that were stopped."""

    stopped: list[str] = field(default_factory=list)

    def template_stopped(self, template: str, language: str, breaker: Breaker) -> None:
        self.stopped.append(template)


def gate_on(channel: MemoryChannel | None = None, alerts: MemoryAlerts | None = None) -> Gate:
    """A gate; by default one that lets all through."""
    return Gate(channel or MemoryChannel(), alerts or MemoryAlerts(), QUIET_HOURS)

"""The way to the recipients, in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from clinic.channels.whatsapp import WHATSAPP
from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import Limit, after_taking, instant_of, microseconds, ready_at
from clinic.domain.people.consents import Category
from clinic.services.messages.gate import Gate, Standing
from clinic.services.ports import Token
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
        breaker = self.breakers.get((template, language))
        return Standing(self.consents.of(person), breaker, self.buckets.get(person))

    def look(self, template: str, language: str) -> "MemoryLook":
        return MemoryLook(self, template, language)

    def person_ready_at(self, full_at: int | None, now: datetime) -> datetime | None:
        at = ready_at(full_at, microseconds(now), PERSON_LIMIT.tolerance())
        return None if at is None else instant_of(at)

    def person_token(
        self, person: str, full_at: int | None, now: datetime, wants: Category | None = None
    ) -> Token | None:
        return MemoryToken(self, person, full_at, now, wants)

    def take_token(self, priority: Priority, now: datetime) -> datetime | None:
        if self.number_limit is None:
            return None
        return self.take("", self.number_limit, self.number_limit.tolerance(priority), now)

    def record(self, template: str, language: str, seen: Breaker | None, breaker: Breaker) -> bool:
        if self.breakers.get((template, language)) != seen:
            return False
        self.breakers[template, language] = breaker
        return True

    def take(self, name: str, limit: Limit, tolerance: int, now: datetime) -> datetime | None:
        full_at = self.buckets.get(name)
        after = after_taking(full_at, microseconds(now), limit.interval, tolerance)
        if after is None:
            assert full_at is not None
            return instant_of(full_at - tolerance)
        self.buckets[name] = after
        return None


@dataclass
class MemoryLook:
    """A breaker as it was when the intent was read."""

    channel: MemoryChannel
    template: str
    language: str
    breaker: Breaker | None = None

    def join(self, _transaction: object) -> None:
        self.breaker = self.channel.breakers.get((self.template, self.language))


@dataclass(frozen=True)
class MemoryToken:
    """A person's token, taken when the claim is written."""

    channel: MemoryChannel
    person: str
    full_at: int | None
    now: datetime
    wants: Category | None = None

    def join(self, _transaction: object) -> None:
        if self.wants is not None and not self.channel.consents.of(self.person).allows(self.wants):
            raise ConcurrentChangeError(self.person)
        if self.channel.number_limit is None:
            return
        clock = microseconds(self.now)
        is_taken_for_resting = self.full_at is None or self.full_at <= clock
        if is_taken_for_resting and self.channel.buckets.get(self.person, 0) > clock:
            raise ConcurrentChangeError(self.person)
        if self.channel.take(self.person, PERSON_LIMIT, PERSON_LIMIT.tolerance(), self.now) is not None:
            raise ConcurrentChangeError(self.person)


@dataclass
class MemoryAlerts:
    """What an operator was told: the templates that were stopped."""

    stopped: list[str] = field(default_factory=list)

    def template_stopped(self, template: str, language: str, breaker: Breaker) -> None:
        self.stopped.append(template)


def gate_on(channel: MemoryChannel | None = None, alerts: MemoryAlerts | None = None) -> Gate:
    """A gate; by default one that lets all through."""
    return Gate(channel or MemoryChannel(), alerts or MemoryAlerts(), QUIET_HOURS)

"""A message passes this before it is claimed: consent, quiet hours, its template's breaker, limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.channels.failures import reason_of
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.messages.breakers import RETURN_SECONDS, Breaker
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import ask_again, spread
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.people.consents import Category, Consent
from clinic.domain.people.phone import person_of
from clinic.services.ports import Look, Token


@dataclass(frozen=True)
class Standing:
    """What stands for or against a message.

    Attributes:
        breaker: of the template, if it was ever refused.
        full_at: the person's bucket, see `clinic.domain.messages.limits`.
    """

    consent: Consent
    breaker: Breaker | None
    full_at: int | None = None


class BreakerLook(Look, Protocol):
    """A template's breaker that is read with something else."""

    @property
    def template(self) -> str:
        """The template whose it is."""

    @property
    def language(self) -> str:
        """In which language."""

    @property
    def breaker(self) -> Breaker | None:
        """As it was read, once it was; None: the template was never refused, or long ago."""


class Channel(Protocol):
    """The way to the recipients. Every method may raise `StoreUnavailableError`.

    A ``person`` is the canonical form of a phone number, see `clinic.domain.people.phone.person_of`.
    """

    @property
    def name(self) -> str:
        """Its name in `clinic.channels.failures.CHANNELS`."""

    def standing(self, person: str, template: str, language: str) -> Standing:
        """The person's consent and bucket, and the template's breaker (one consistent read)."""

    def look(self, template: str, language: str) -> BreakerLook:
        """What reads the template's breaker with something else."""

    def person_ready_at(self, full_at: int | None, now: datetime) -> datetime | None:
        """When the person may be written to again by what was read of their bucket; None: now."""

    def person_token(
        self, person: str, full_at: int | None, now: datetime, wants: Category | None = None
    ) -> Token | None:
        """Leave to write to the person, to be taken with the claim; None where there is no limit.

        Args:
            full_at: what was read of the person's bucket; None: it is presumed to be at rest.
            wants: not read yet: the claim is held to the person's wanting messages of this category.
        """

    def take_token(self, priority: Priority, now: datetime) -> datetime | None:
        """Take leave of the number to send one message now; None if it was given, else when there may be one.

        However many ask at once, the number's limit is kept, but for what each process holds in advance.
        """

    def record(self, template: str, language: str, seen: Breaker | None, breaker: Breaker) -> bool:
        """Keep what became of a template's breaker; False, and nothing written, if it is not as seen."""


class Alerts(Protocol):
    """Tells an operator."""

    def template_stopped(self, template: str, language: str, breaker: Breaker) -> None:
        """The channel refuses a template: nothing is sent with it until the breaker lets one try."""


# How often a breaker is read that others keep changing.
_LOOKS = 3


@dataclass(frozen=True)
class Pass:
    """It may be claimed and sent; to whom, and with what is known of its template."""

    person: str
    breaker: Breaker | None
    token: Token | None = None


@dataclass(frozen=True)
class Later:
    """Not now: ask again at ``until`` (UTC)."""

    until: datetime


@dataclass(frozen=True)
class Never:
    """It ends unsent."""

    status: IntentStatus
    reason: str


@dataclass(frozen=True)
class Gate:
    """Decides whether a message that the ledger wants sent may leave now."""

    channel: Channel
    alerts: Alerts
    quiet_hours: QuietHours
    usual_language: str = DEFAULT_LANGUAGE

    def look(self, intent_id: IntentId) -> BreakerLook | None:
        """What reads the breaker of the template that such a message nearly always has; None: which is it?"""
        template = intent_id.row.usual_template(intent_id.kind)
        return self.channel.look(template, self.usual_language) if template is not None else None

    def presume(self, intent: Intent, to: str, now: datetime, look: BreakerLook) -> Pass | Later | None:
        """Whether it may leave if the person wants it and has had little; the claim is held to both.

        Args:
            to: the recipient's number (E.164).
            look: the breaker, as it was read with the intent.

        Returns:
            None: something speaks against it, or may; `check` says what.

        Raises:
            StoreUnavailableError: call again.
        """
        is_its_own = (look.template, look.language) == (intent.template, intent.language)
        if not is_its_own or look.breaker is not None:
            return None
        if intent.time_zone and self.quiet_hours.contain(now, intent.time_zone):
            return None
        person = person_of(to)
        ready_at = self.channel.take_token(intent.id.priority, now)
        if ready_at is not None:
            return self._later(intent, ready_at, now)
        return Pass(person, None, self.channel.person_token(person, None, now, intent.id.row.category))

    def check(self, intent: Intent, to: str, now: datetime) -> Pass | Later | Never:
        """Whether it may leave now; if so, the number's token is taken, and the person's is with its claim.

        Args:
            to: the recipient's number (E.164).

        Raises:
            StoreUnavailableError: call again.
        """
        person = person_of(to)
        standing = self.channel.standing(person, intent.template, intent.language)
        if not standing.consent.allows(intent.id.row.category):
            return _unsent(intent, Reason.OPTED_OUT)
        if standing.breaker and standing.breaker.suspect == str(intent.id):
            return Never(IntentStatus.FAILED, self.reason_of(standing.breaker.code))
        if intent.time_zone and self.quiet_hours.contain(now, intent.time_zone):
            until = self.quiet_hours.next_allowed(now, intent.time_zone)
            return Later(until) if until < intent.useful_until else _unsent(intent, Reason.QUIET_HOURS)
        if standing.breaker and standing.breaker.is_open(now):
            return self._while_open(intent, standing.breaker, now)
        # The person's is only looked at: what the number refuses must not cost the person a token each time.
        ready_at = self.channel.person_ready_at(standing.full_at, now)
        ready_at = ready_at or self.channel.take_token(intent.id.priority, now)
        if ready_at is None:
            token = self.channel.person_token(person, standing.full_at, now)
            return Pass(person, standing.breaker, token)
        return self._later(intent, ready_at, now)

    def refused(self, intent: Intent, passed: Pass, code: int | None, now: datetime) -> None:
        """The channel has refused the intent's template.

        Raises:
            StoreUnavailableError: call again.
        """
        breaker = Breaker.tripped(passed.breaker, code, now)
        if self.channel.record(intent.template, intent.language, passed.breaker, breaker):
            self.alerts.template_stopped(intent.template, intent.language, breaker)

    def suspected(self, intent: Intent, passed: Pass, code: int | None, now: datetime) -> None:
        """The channel has refused the intent's values, or its template: looked at again, it fails or waits.

        Raises:
            StoreUnavailableError: call again.
        """
        seen = passed.breaker
        for _ in range(_LOOKS):
            if seen and seen.is_open(now):
                return  # somebody else has met the second one
            breaker = Breaker.suspected(seen, str(intent.id), code, now)
            if self.channel.record(intent.template, intent.language, seen, breaker):
                if breaker.is_open(now):
                    self.alerts.template_stopped(intent.template, intent.language, breaker)
                return
            seen = self.channel.standing(passed.person, intent.template, intent.language).breaker

    def accepted(self, intent: Intent, passed: Pass, now: datetime) -> None:
        """The channel has accepted the intent's template.

        Raises:
            StoreUnavailableError: its next message will say so again.
        """
        if passed.breaker and not passed.breaker.is_at_rest:
            self.channel.record(intent.template, intent.language, passed.breaker, passed.breaker.reset(now))

    def reason_of(self, code: int | None) -> str:
        """The reason of an intent that ended with one of the channel's codes."""
        return reason_of(self.channel.name, code)

    def _later(self, intent: Intent, ready_at: datetime, now: datetime) -> Later:
        # When it is of no more use, the ledger says how it ends.
        return Later(min(ask_again(intent.id, intent.due_at, ready_at, now), intent.useful_until))

    def _while_open(self, intent: Intent, breaker: Breaker, now: datetime) -> Later | Never:
        until = breaker.open_until + spread(str(intent.id), now, RETURN_SECONDS)
        if until < intent.useful_until:
            return Later(until)
        if intent.status is IntentStatus.UNKNOWN:  # of an earlier request the channel has named no code
            return Never(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN)
        return Never(IntentStatus.FAILED, self.reason_of(breaker.code))


def _unsent(intent: Intent, reason: Reason) -> Never:
    if intent.status is IntentStatus.UNKNOWN:  # an earlier request may have been accepted
        return Never(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN)
    return Never(IntentStatus.SKIPPED, reason)

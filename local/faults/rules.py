"""The rules of a fault plan: each says whom or what it concerns, how often it acts, and what happens then.

Every rule counts the occasions it matches. It acts from the ``call``-th on (default: the first), ``times``
times (default: once, or without end for a rule that names a recipient, an intent, a charge or a rate), and
with the probability ``rate`` drawn from the plan's seed.
"""

import random
import re
from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

_DURATION = re.compile(r"(\d+)([smhd])")
_LONGEST = timedelta(days=366)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: object) -> object:
    """``"3h"``, ``"90m"``, ``"1d12h"`` as a length of time."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not re.fullmatch(r"(\d+[smhd])+", text):
        raise ValueError(f"{text!r} is no length of time: write 90s, 15m, 3h or 1d12h")
    parts = _DURATION.findall(text)
    try:
        length = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        length = timedelta.max
    if length > _LONGEST:
        raise ValueError(f"at most {_LONGEST.days} days")
    return length


class Strict(BaseModel):
    """An unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Counted(Strict):
    """A rule that acts on some of the occasions it matches."""

    call: int | None = Field(default=None, ge=1)
    times: int | None = Field(default=None, ge=1)

    _seen: int = PrivateAttr(default=0)
    _acted: int = PrivateAttr(default=0)

    @property
    def has_acted(self) -> bool:
        """Whether it has ever acted."""
        return self._acted > 0

    def due(self, chance: random.Random, rate: float | None, endless: bool) -> bool:
        """Whether the rule acts on this occasion, which it matches."""
        self._seen += 1
        limit = self.times if self.times is not None else (None if endless else 1)
        if self._seen < (self.call or 1) or (limit is not None and self._acted >= limit):
            return False
        if rate is not None and chance.random() >= rate:
            return False
        self._acted += 1
        return True


class _ServiceFault(Counted):
    """What a service's simulator does instead of answering as usual.

    Attributes:
        rate: with this probability.
        status: answer this HTTP status, without an error code of the service's.
        cut: close the connection ``before`` what is asked for is done or ``after`` it is.
        timeout: let the caller run into its time-out, ``before`` or ``after`` what is asked for is done.
    """

    rate: float | None = Field(default=None, gt=0, le=1)
    status: int | None = Field(default=None, ge=400, le=599)
    cut: Literal["before", "after"] | None = None
    timeout: Literal["before", "after"] | None = None

    _effects: ClassVar[tuple[str, ...]] = ("status", "code", "cut", "timeout")

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if sum(getattr(self, effect) is not None for effect in self._effects) != 1:
            *names, last = self._effects
            raise ValueError(f"say exactly one of {', '.join(names)} and {last}")
        return self


class WhatsAppFault(_ServiceFault):
    """What the WhatsApp simulator does instead of taking a message.

    Attributes:
        to: only for this number; ``+`` and blanks do not matter.
        intent: only for messages with this ``biz_opaque_callback_data``.
        code: answer this error code of Meta's, with the HTTP status Meta gives it.
        later: take the message, and have a webhook say that it failed with this error code of Meta's.
        reads: take the message, which is read so long after it was delivered.
    """

    to: str | None = None
    intent: str | None = None
    code: int | None = Field(default=None, ge=0)
    later: int | None = Field(default=None, ge=0)
    reads: Annotated[timedelta, BeforeValidator(duration)] | None = None

    _effects: ClassVar[tuple[str, ...]] = ("status", "code", "cut", "timeout", "later", "reads")

    def applies(self, to: str, intent: str | None, chance: random.Random) -> bool:
        """Whether it acts on a message to ``to`` for ``intent``."""
        if not _concerns(self, to, intent):
            return False
        endless = self.call is None and (self.to, self.intent, self.rate) != (None, None, None)
        return self.due(chance, self.rate, endless)


class WebhookFault(Counted):
    """What becomes of a status that WhatsApp tells by webhook.

    Attributes:
        to: only of messages to this number; ``+`` and blanks do not matter.
        intent: only of messages with this ``biz_opaque_callback_data``.
        status: only this one.
        rate: with this probability.
        late: it comes so much later.
        delivered: how many times it comes.
        lost: it never comes.
        forged: it comes with a wrong signature, and no other.
        first: it comes before those that should have come before it.
    """

    to: str | None = None
    intent: str | None = None
    status: Literal["sent", "delivered", "read", "failed"] | None = None
    rate: float | None = Field(default=None, gt=0, le=1)
    late: Annotated[timedelta, BeforeValidator(duration)] = timedelta(0)
    delivered: int = Field(default=1, ge=1, le=100)
    lost: bool = Field(default=False, strict=True)
    forged: bool = Field(default=False, strict=True)
    first: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        others = (bool(self.late), self.delivered > 1, self.forged, self.first)
        if not (self.lost or any(others)):
            raise ValueError("say late, delivered (2 or more), lost, forged or first")
        if self.lost and any(others):
            raise ValueError("what is lost can be nothing else: say lost alone")
        return self

    def applies(self, to: str, intent: str | None, status: str, chance: random.Random) -> bool:
        """Whether it acts on a ``status`` of a message to ``to`` for ``intent``."""
        if self.status not in (None, status) or not _concerns(self, to, intent):
            return False
        picked = (self.to, self.intent, self.rate) != (None, None, None)
        return self.due(chance, self.rate, endless=self.call is None and picked)


def _concerns(rule: WhatsAppFault | WebhookFault, to: str, intent: str | None) -> bool:
    """Whether a rule names this recipient and this intent, or none."""
    named = rule.to is None or digits(rule.to) == digits(to)
    return named and rule.intent in (None, intent)


class PaymentsFault(_ServiceFault):
    """What the payments simulator does when a refund is asked for; what lists refunds always works.

    Attributes:
        charge: only for refunds of this charge (or payment intent).
        code: answer this error code of Stripe's, with the HTTP status Stripe gives it.
        refund: take the refund, which then has this status instead of ``succeeded``.
    """

    charge: str | None = None
    code: str | None = Field(default=None, pattern=r"^[a-z][a-z_]{2,63}$")
    refund: Literal["pending", "requires_action", "failed", "canceled"] | None = None

    _effects: ClassVar[tuple[str, ...]] = ("status", "code", "cut", "timeout", "refund")

    @property
    def prevents(self) -> bool:
        """Whether Stripe never hears of the refund."""
        return self.status is not None or "before" in (self.cut, self.timeout)

    def applies(self, charge: str, chance: random.Random) -> bool:
        """Whether it acts on a refund of ``charge``."""
        if self.charge not in (None, charge):
            return False
        endless = self.call is None and (self.charge, self.rate) != (None, None)
        return self.due(chance, self.rate, endless)


class LambdaFault(Counted):
    """A function's process dies.

    Attributes:
        workflow: the function's workflow, such as ``appointment-reminders``.
        step: only this step.
        rate: with this probability.
        dies: ``before`` the handler runs; ``after`` it returned, its answer lost; ``before_request`` or
            ``after_request``: in the handler, around a request to WhatsApp or to payments, so that nothing
            after is recorded.
    """

    workflow: str
    step: str | None = None
    rate: float | None = Field(default=None, gt=0, le=1)
    dies: Literal["before", "after", "before_request", "after_request"]

    def applies(self, function: str, step: str | None, chance: random.Random) -> bool:
        """Whether it acts on this invocation, or on a request to another service made in it."""
        if function != self.workflow and not function.endswith(f"-{self.workflow}"):
            return False
        if self.step is not None and self.step != step:
            return False
        return self.due(chance, self.rate, endless=self.rate is not None and self.call is None)


class EventFault(Strict):
    """The bus delivers an event twice, or late.

    Attributes:
        line: the event's line in the file of events, from 1.
        delivered: how many times.
        late: by how much.
    """

    line: int = Field(ge=1)
    delivered: int = Field(default=1, ge=1, le=100)
    late: Annotated[timedelta, BeforeValidator(duration)] = timedelta(0)

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if self.delivered == 1 and not self.late:
            raise ValueError("say delivered (2 or more) or late")
        return self


def digits(number: str) -> str:
    """A phone number's digits."""
    return re.sub(r"\D", "", number)

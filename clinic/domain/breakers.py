"""A template that WhatsApp has refused is left alone for a while; the others go on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

_FIRST = timedelta(hours=1)
_LONGEST = timedelta(hours=6)
# Those that have waited for a template come back over this time: the first of them shows if it works again.
RETURN_SECONDS = 60


@dataclass(frozen=True)
class Breaker:
    """What is known of a refused template.

    Attributes:
        open_until: nothing is sent with it before this instant (UTC); from then on the next one is a trial.
        times: how often it was refused in a row; 0: it has been accepted since.
        code: WhatsApp's error code.
    """

    open_until: datetime
    times: int
    code: int | None

    def is_open(self, now: datetime) -> bool:
        """Whether nothing is to be sent with the template now."""
        return self.times > 0 and now < self.open_until

    @classmethod
    def tripped(cls, seen: "Breaker | None", code: int | None, now: datetime) -> Self:
        """After one more refusal: an hour, then twice as long each time, up to six."""
        times = seen.times + 1 if seen else 1
        return cls(now + min(_FIRST * 2 ** min(times - 1, 8), _LONGEST), times, code)

    def reset(self, now: datetime) -> "Breaker":
        """After WhatsApp has accepted the template."""
        return Breaker(now, 0, None)

"""A template that the channel has refused is left alone for a while; the others go on.

Some codes speak of one message's values or of its template, and do not say of which: the first message that
meets one fails alone and makes the template suspect, a second message stops it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

_FIRST = timedelta(hours=1)
_LONGEST = timedelta(hours=6)
# Two messages whose values don't fit within this time have the template in common, not a mistake each.
_SUSPICION_LASTS = timedelta(days=1)
# Those that have waited for a template come back over this time: the first of them shows if it works again.
RETURN_SECONDS = 60


@dataclass(frozen=True)
class Breaker:
    """What is known of a refused template.

    Attributes:
        open_until: nothing is sent with it before this instant (UTC); from then on the next one is a trial.
        times: how often it was refused in a row; 0: it has been accepted since.
        code: the channel's error code.
        suspect: the message that was refused for what may be the template's fault, at ``open_until``; None:
            there is none, or one has been accepted since.
    """

    open_until: datetime
    times: int
    code: int | None
    suspect: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether nothing is to be sent with the template now."""
        return self.times > 0 and now < self.open_until

    @classmethod
    def tripped(cls, seen: "Breaker | None", code: int | None, now: datetime) -> Self:
        """After one more refusal: an hour, then twice as long each time, up to six."""
        times = seen.times + 1 if seen else 1
        return cls(now + min(_FIRST * 2 ** min(times - 1, 8), _LONGEST), times, code)

    @classmethod
    def suspected(cls, seen: "Breaker | None", suspect: str, code: int | None, now: datetime) -> "Breaker":
        """After a refusal that may be the template's fault: open if another message has met one, too."""
        if seen and (seen.times or seen.suspects_another(suspect, now)):
            return cls.tripped(seen, code, now)
        return cls(now, 0, code, suspect)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing speaks against the template."""
        return not self.times and self.suspect is None

    def suspects_another(self, suspect: str, now: datetime) -> bool:
        """Whether another message than this one has made the template suspect, of late."""
        return self.suspect not in {None, suspect} and now < self.open_until + _SUSPICION_LASTS

    def reset(self, now: datetime) -> "Breaker":
        """After the channel has accepted the template."""
        return Breaker(now, 0, None)

"""Hours in which nobody should be written to, by the clock on the recipient's wall."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.domain.local_time import first_instant

_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class QuietHours:
    """From ``begin`` until just before ``end``; over midnight where ``begin`` is the later of the two."""

    begin: time
    end: time

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("quiet hours end at another time than they begin")

    def contain(self, instant: datetime, time_zone: str) -> bool:
        """Whether it is quiet at this instant in the zone."""
        clock = instant.astimezone(ZoneInfo(time_zone)).time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def next_allowed(self, instant: datetime, time_zone: str) -> datetime:
        """The instant itself, or the first after it that is not quiet (UTC)."""
        if not self.contain(instant, time_zone):
            return instant
        local = instant.astimezone(ZoneInfo(time_zone))
        end_is_tomorrow = local.time() >= self.end
        day = local.date() + _A_DAY if end_is_tomorrow else local.date()
        # In a repeated hour the first round of the end may be over already.
        return max(first_instant(day, self.end, time_zone), instant)

    def last_allowed(self, instant: datetime, time_zone: str) -> datetime:
        """The instant itself, or the last whole minute before it that is not quiet (UTC)."""
        if not self.contain(instant, time_zone):
            return instant
        local = instant.astimezone(ZoneInfo(time_zone))
        began_yesterday = local.time() < self.begin
        day = local.date() - _A_DAY if began_yesterday else local.date()
        return min(first_instant(day, self.begin, time_zone), instant) - _A_MINUTE

"""An oracle of one reservation's messages, in the simplest words that are right.

It shares no code with what it judges: its own arithmetic, its own idea of which event is the newer.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# How long WhatsApp has to say what became of a request without an answer.
UNKNOWN_WAIT = timedelta(minutes=15)
OFFSETS = {"reminder_24h": timedelta(hours=24), "reminder_2h": timedelta(hours=2)}


@dataclass(frozen=True)
class Told:
    """One event as it was published: when, by which id, and what it says."""

    event_id: str
    second: datetime
    visit: datetime
    phone: str


@dataclass(frozen=True)
class Appointment:
    """What one version stands for: the visit, and when it became known."""

    visit: datetime
    known_at: datetime

    def window(self, kind: str) -> tuple[datetime, datetime]:
        """From when until when a message of this kind may leave."""
        due = {name: self.visit - offset for name, offset in OFFSETS.items()}
        if kind == "confirmation":
            ahead = [moment for moment in due.values() if moment > self.known_at]
            return self.known_at, min(ahead, default=self.visit)
        later = [moment for moment in due.values() if moment > due[kind]]
        return due[kind], min(later, default=self.visit)

    def may_ever_leave(self, kind: str) -> bool:
        """Whether its window lies ahead of the instant it became known."""
        return kind == "confirmation" or self.window(kind)[0] > self.known_at


@dataclass
class Oracle:
    """One reservation's true story."""

    versions: dict[int, Appointment] = field(default_factory=dict)
    phone: str = ""
    cancelled: bool = False
    newest_second: datetime | None = None
    applied_then: set[str] = field(default_factory=set)
    accepted: list[tuple[int, str, datetime]] = field(default_factory=list)
    doubtful: dict[tuple[int, str], datetime] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The one that counts."""
        return max(self.versions, default=0)

    def hears(self, told: Told, now: datetime) -> None:
        """Take in an event; of a visit that has begun by then no message has a window."""
        if self.cancelled:
            return
        current = self.versions.get(self.version)
        moves = current is None or (current.visit != told.visit and self._is_newer(told))
        if moves:
            self.versions[self.version + 1] = Appointment(told.visit, now)
        if moves or (current is not None and current.visit == told.visit and self._is_newer(told)):
            self._apply(told)

    def judge(self, version: int, kind: str, to: str, now: datetime) -> None:
        """A request for this message leaves now: may it?"""
        assert version == self.version, "a superseded version was sent"
        assert not self.cancelled, "a cancelled reservation was written to"
        begin, end = self.versions[version].window(kind)
        assert begin <= now, "sent before it was due"
        assert now < end, "sent after it was of use"
        assert self.versions[version].may_ever_leave(kind), "sent though it was due before it was known"
        assert to == self.phone, "sent to a number that has been corrected"
        in_doubt_since = self.doubtful.get((version, kind))
        was_accepted = any((v, k) == (version, kind) for v, k, _ in self.accepted)
        assert in_doubt_since is not None or not was_accepted, "sent after it was accepted"
        assert in_doubt_since is None or now - in_doubt_since >= UNKNOWN_WAIT, "sent again too soon"

    def _is_newer(self, told: Told) -> bool:
        if self.newest_second is None or told.second > self.newest_second:
            return True
        return told.second == self.newest_second and told.event_id not in self.applied_then

    def _apply(self, told: Told) -> None:
        if told.second != self.newest_second:
            self.applied_then = set()
        self.newest_second = told.second
        self.phone = told.phone
        self.applied_then.add(told.event_id)

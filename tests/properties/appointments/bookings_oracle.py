"""An oracle of a doctor's bookings, in the simplest words that are right.

It shares no code with what it judges: its own idea of which event is the newer, of what is free, and of who
holds what. A place is known by (slot, who holds it); whether it is approved stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ACTIVE, CANCELLED, MOVED, PLACEHOLDER = "active", "cancelled", "moved", "placeholder"
PENDING, APPROVED, DECLINED, EXPIRED, WITHDRAWN = (
    "pending",
    "approved",
    "declined",
    "expired",
    "withdrawn",
)


@dataclass(frozen=True)
class Stretch:
    """A slot: when the visit begins and ends, until when the doctor is taken up, and for how many."""

    start: datetime
    end: datetime
    until: datetime
    capacity: int


@dataclass(frozen=True)
class Said:
    """When an event was put on the bus, to the second, and its id."""

    second: datetime
    event_id: str


@dataclass(frozen=True)
class Wish:
    """Where a visit is to be moved.

    Attributes:
        name: by which it is remembered that it could not be.
    """

    said: Said
    name: str
    start: datetime
    slot: str | None
    now: datetime


@dataclass(frozen=True)
class Whereabouts:
    """Where a visit has its place: a slot, or none."""

    slot: str | None


@dataclass
class Visit:
    """One reservation's true story."""

    state: str
    start: datetime | None
    slot: str | None
    newest: datetime | None = None
    applied: set[str] = field(default_factory=set)
    moved_to: str | None = None
    cancelled_at: datetime | None = None
    is_refunded: bool = False

    def is_older_than(self, said: Said) -> bool:
        """Whether an event says something newer than what is known."""
        if self.newest is None or self.newest != said.second:
            return self.newest is None or self.newest < said.second
        return said.event_id not in self.applied

    def hears(self, said: Said) -> None:
        """Take note of an event that counts."""
        if self.newest != said.second:
            self.applied = set()
        self.newest = said.second
        self.applied.add(said.event_id)


@dataclass
class Asked:
    """One request's true story."""

    status: str
    slot: str
    start: datetime
    expires: datetime


@dataclass
class BookingsOracle:
    """One doctor's bookings."""

    slots: dict[str, Stretch] = field(default_factory=dict)
    held: dict[tuple[str, str], bool] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)
    refused: set[tuple[str, datetime]] = field(default_factory=set)

    def generates(self, wanted: Mapping[str, Stretch], now: datetime) -> None:
        """Free future slots are what the hours make of them; nothing that anybody holds is touched (I5)."""
        taken = {slot for slot, _ in self.held}
        for name in [n for n, s in self.slots.items() if n not in taken and now < s.start]:
            if name in wanted:
                self.slots[name] = wanted[name]
            else:
                del self.slots[name]
        for name, stretch in wanted.items():
            if name not in self.slots and now < stretch.start:
                self.slots[name] = stretch

    def is_created(self, who: str, said: Said, start: datetime, slot: str | None, now: datetime) -> None:
        """``appointment/created``."""
        visit = self.visits.get(who)
        if visit is None:
            where = self._comes(who, None, start, slot, now)
            if where is not None:
                self.visits[who] = Visit(ACTIVE, start, where.slot, said.second, {said.event_id})
        elif visit.state == PLACEHOLDER:
            self._becomes_known(visit, said, start, slot)
        elif visit.state != ACTIVE or not visit.is_older_than(said):
            return
        elif visit.start == start:
            self._is_corrected(who, visit, said, slot or visit.slot, now)
        elif (where := self._comes(who, visit.slot, start, slot, now)) is not None:
            visit.start, visit.slot = start, where.slot
            visit.hears(said)

    def is_requested(self, who: str, slot: str, start: datetime, expires: datetime, now: datetime) -> None:
        """``reservation/requested``; ``start`` is what the slot's id says."""
        if who in self.asked:
            return
        known = self.slots.get(slot)
        request = Asked(PENDING, slot, start, min(expires, start))
        visit = self.visits.get(who)
        if visit is not None:
            request.status = APPROVED if visit.state in {ACTIVE, MOVED} else WITHDRAWN
            if visit.state == PLACEHOLDER:
                visit.state, visit.start, visit.slot = CANCELLED, start, slot
        elif request.expires <= now:
            request.status = EXPIRED
        elif known is None or not self._is_free(slot, now, None):
            request.status = DECLINED
        else:
            self.held[slot, who] = False
        self.asked[who] = request

    def is_approved(self, who: str, now: datetime) -> None:
        """``reservation/approved``."""
        request = self.asked.get(who)
        if request is None or request.status != PENDING or now >= request.start:
            return
        request.status = APPROVED
        self.held[request.slot, who] = True
        self.visits[who] = Visit(ACTIVE, request.start, request.slot)

    def is_declined(self, who: str) -> None:
        """``reservation/declined``."""
        self._close(who, DECLINED)

    def expires(self, who: str, now: datetime) -> None:
        """``reservation/request-expired``."""
        request = self.asked.get(who)
        if request is not None and now >= request.expires:
            self._close(who, EXPIRED)

    def is_cancelled(self, who: str, said: Said, *, gives_back: bool) -> None:
        """``reservation/cancelled``."""
        visit = self.visits.get(who)
        if visit is None and who in self.asked:
            self._is_withdrawn(who, gives_back=gives_back)
        elif visit is None:
            self.visits[who] = Visit(
                PLACEHOLDER, None, None, cancelled_at=said.second, is_refunded=gives_back
            )
        elif visit.state == PLACEHOLDER:
            assert visit.cancelled_at is not None
            visit.cancelled_at = min(said.second, visit.cancelled_at)  # the first to be published counts
            visit.is_refunded |= gives_back  # and a later one may add what is given back
        elif visit.state == CANCELLED:
            visit.is_refunded |= gives_back
        elif visit.state == ACTIVE:
            assert visit.start is not None
            if said.second < visit.start:
                self._leave(who, visit.slot)
                visit.state, visit.is_refunded = CANCELLED, gives_back

    def is_rescheduled(self, old: str, new: str, wish: Wish) -> None:
        """``appointment/rescheduled``."""
        visit = self.visits.get(old)
        if visit is None or (wish.name, wish.start) in self.refused:
            return
        if old == new:
            if visit.state == ACTIVE and (_is_at(visit, wish) or visit.is_older_than(wish.said)):
                self._follows(old, visit, wish)
            return
        other = self.visits.get(new)
        if visit.state == ACTIVE:
            if not visit.is_older_than(wish.said) or wish.start <= wish.now:
                return
            if other is None:
                self._moves(old, visit, new, wish)
                return
            self._leave(old, visit.slot)
            visit.state, visit.moved_to = MOVED, new
            if other.state == PLACEHOLDER:
                self._becomes_known(other, wish.said, wish.start, wish.slot)
        if other is not None and visit.moved_to == new and other.state == ACTIVE:
            self._follows(new, other, wish)

    def _follows(self, who: str, visit: Visit, wish: Wish) -> None:
        if not _is_at(visit, wish):
            if visit.is_older_than(wish.said):
                self._moves(who, visit, who, wish)
            return
        if visit.is_older_than(wish.said):
            visit.hears(wish.said)
        is_kept = visit.slot is None and wish.slot in self.slots
        if is_kept and self._exchange(who, None, who, wish.slot, wish.now):
            visit.slot = wish.slot

    def _moves(self, old: str, visit: Visit, new: str, wish: Wish) -> None:
        """Both places change hands, or neither (I7)."""
        if wish.start <= wish.now:
            return
        is_gone = wish.slot is not None and wish.slot not in self.slots
        if is_gone or not self._exchange(old, visit.slot, new, wish.slot, wish.now):
            self.refused.add((wish.name, wish.start))
        elif old == new:
            visit.start, visit.slot = wish.start, wish.slot
            visit.hears(wish.said)
        else:
            visit.state, visit.moved_to = MOVED, new
            heard = {wish.said.event_id}
            self.visits[new] = Visit(ACTIVE, wish.start, wish.slot, wish.said.second, heard)

    def _is_corrected(self, who: str, visit: Visit, said: Said, slot: str | None, now: datetime) -> None:
        assert visit.start is not None
        where = self._comes(who, visit.slot, visit.start, slot, now)
        if where is not None:
            visit.slot = where.slot
            visit.hears(said)

    def _comes(
        self, who: str, had: str | None, start: datetime, slot: str | None, now: datetime
    ) -> "Whereabouts | None":
        """Where a visit is booked; one that has begun needs no place. None: nowhere."""
        if self._exchange(who, had, who, slot, now):
            return Whereabouts(slot)
        if now < start:
            return None
        self._exchange(who, had, who, None, now)
        return Whereabouts(None)

    def _becomes_known(self, visit: Visit, said: Said, start: datetime, slot: str | None) -> None:
        visit.state, visit.start, visit.slot = CANCELLED, start, slot
        visit.hears(said)

    def _is_withdrawn(self, who: str, *, gives_back: bool) -> None:
        """What was paid for a request goes back, too: a cancelled visit keeps account of it."""
        self._close(who, WITHDRAWN)
        request = self.asked[who]
        if gives_back and request.status == WITHDRAWN:
            self.visits[who] = Visit(CANCELLED, request.start, request.slot, is_refunded=True)

    def _close(self, who: str, status: str) -> None:
        request = self.asked.get(who)
        if request is not None and request.status == PENDING:
            request.status = status
            self._leave(who, request.slot)

    def _leave(self, who: str, slot: str | None) -> None:
        if slot is not None:
            self.held.pop((slot, who), None)

    def _exchange(self, old: str, had: str | None, new: str, wants: str | None, now: datetime) -> bool:
        """Leave the one place for the other; both or neither. A slot nobody keeps here has no places."""
        leaving = (had, old) if had is not None else None
        if wants is not None and wants in self.slots and (wants, new) not in self.held:
            if not self._is_free(wants, now, leaving):
                return False
            self.held[wants, new] = True
        if leaving is not None and leaving != (wants, new):
            self.held.pop(leaving, None)
        return True

    def _is_free(self, slot: str, now: datetime, leaving: tuple[str, str] | None) -> bool:
        wanted = self.slots[slot]
        others = [place for place in self.held if place != leaving]
        if now >= wanted.start or sum(held == slot for held, _ in others) >= wanted.capacity:
            return False
        busy = [self.slots[held] for held, _ in others if held != slot]
        return not any(wanted.start < other.until and other.start < wanted.until for other in busy)


def _is_at(visit: Visit, wish: Wish) -> bool:
    """Whether a visit is where an event wants it; it may lack the place."""
    return visit.start == wish.start and (wish.slot is None or visit.slot in {None, wish.slot})

"""Every order in which the port calls of use cases that run at once can come, without a thread.

A use case asks and says the same whenever it is given the same answers. So one that is under way is kept as
the answers it has had, and goes on by being run again with them up to its next call. One that lost a race is
called again, as its workflow does. States that several orders share are looked at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from clinic.domain.errors import ConcurrentChangeError
from clinic.services.unit_of_work import BookingStore
from tests.fakes.ports import MemoryLedger
from tests.fakes.stores.booking_store import MemoryBookingStore

Process = Callable[[BookingStore], object]


class _Paused(BaseException):
    def __init__(self, method: str, arguments: tuple[Any, ...]) -> None:
        self.method, self.arguments = method, arguments


@dataclass(frozen=True)
class _Answer:
    value: Any = None
    error: Exception | None = None


@dataclass
class _Replay:
    """Records that give the answers that are known, and stop at the first call beyond them."""

    answers: list[_Answer]

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if not self.answers:
                raise _Paused(method, arguments)
            answer = self.answers.pop(0)
            if answer.error is not None:
                raise answer.error
            return answer.value

        return call


@dataclass(eq=False)
class _Progress:
    """How far a use case has come."""

    process: Process
    begin: "_Progress | None" = None
    answers: tuple[_Answer, ...] = ()
    known: dict[str, "_Progress"] = field(default_factory=dict)

    @cached_property
    def state(self) -> Any:
        """The call it waits for, or its result, or its error."""
        booking_store: Any = _Replay(list(self.answers))
        try:
            return self.process(booking_store)
        except _Paused as call:
            return call
        except Exception as error:  # noqa: BLE001 - however it ends, it has ended
            return error

    def after(self, answer: _Answer, key: str) -> "_Progress":
        """The same one answer later."""
        if key not in self.known:
            begin = self.begin or self
            further = _Progress(self.process, begin, (*self.answers, answer))
            lost = isinstance(further.state, ConcurrentChangeError)
            self.known[key] = begin if lost else further
        return self.known[key]


@dataclass(eq=False)
class _Store:
    """Records at one moment, and what they answer."""

    booking_store: MemoryBookingStore
    answers: dict[object, tuple[_Answer, str]] = field(default_factory=dict)

    def read(self, call: _Paused) -> tuple[_Answer, str]:
        key = (call.method, call.arguments)
        if key not in self.answers:
            answer = _Answer(getattr(self.booking_store, call.method)(*call.arguments))
            self.answers[key] = answer, repr(answer)
        return self.answers[key]


@dataclass(frozen=True)
class End:
    """What one order, or many, led to: the records, and each use case's result or error."""

    booking_store: MemoryBookingStore
    results: tuple[Any, ...]


@dataclass
class Interleavings:
    """All orders of some use cases on the same records; `retry_on_conflict` has to lose after one race.

    Attributes:
        is_bad: whether an end is one that must not be.
        total, bad: how many orders there are, and how many of them end badly or never.
        ends: the different ends.
    """

    is_bad: Callable[[End], bool]
    ends: list[End] = field(default_factory=list)
    total: int = 0
    bad: int = 0
    _seen: dict[object, tuple[int, int]] = field(default_factory=dict)
    _stores: dict[str, _Store] = field(default_factory=dict)

    def explore(self, booking_store: MemoryBookingStore, *processes: Process) -> None:
        """Go through all of them."""
        begin = tuple(_Progress(process) for process in processes)
        self.total, self.bad = self._count(self._store(booking_store), begin)

    def _count(self, store: _Store, under_way: tuple[_Progress, ...]) -> tuple[int, int]:
        key = (store, *under_way)
        if key not in self._seen:
            self._seen[key] = (1, 1)  # who comes back here goes round in circles
            self._seen[key] = self._counted(store, under_way)
        return self._seen[key]

    def _counted(self, store: _Store, under_way: tuple[_Progress, ...]) -> tuple[int, int]:
        total = bad = 0
        for place, one in enumerate(under_way):
            if not isinstance(call := one.state, _Paused):
                continue
            if call.method == "commit":
                after, answer, key = self._commit(store, call)
            else:
                after, (answer, key) = store, store.read(call)
            further = one.after(answer, key)
            counted = self._count(after, (*under_way[:place], further, *under_way[place + 1 :]))
            total, bad = total + counted[0], bad + counted[1]
        if total:
            return total, bad
        end = End(store.booking_store, tuple(one.state for one in under_way))
        self.ends.append(end)
        return 1, int(self.is_bad(end))

    def _commit(self, store: _Store, call: _Paused) -> tuple[_Store, _Answer, str]:
        booking_store = _copy(store.booking_store)
        try:
            booking_store.commit(*call.arguments)
        except (ConcurrentChangeError, AssertionError) as error:
            return store, _Answer(error=error), repr(error)
        return self._store(booking_store), _Answer(), "written"

    def _store(self, booking_store: MemoryBookingStore) -> _Store:
        written = (
            booking_store.slots,
            booking_store.sheets,
            booking_store.requests,
            booking_store.request_names,
        )
        key = repr((booking_store.ledger.reservations, booking_store.ledger.rows, *written))
        return self._stores.setdefault(key, _Store(booking_store))


def _copy(booking_store: MemoryBookingStore) -> MemoryBookingStore:
    ledger = MemoryLedger(dict(booking_store.ledger.reservations), dict(booking_store.ledger.rows))
    return replace(
        booking_store,
        ledger=ledger,
        slots=dict(booking_store.slots),
        sheets=dict(booking_store.sheets),
        requests=dict(booking_store.requests),
        request_names=dict(booking_store.request_names),
    )

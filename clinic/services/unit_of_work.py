"""The unit of work of bookings: slots, reservations, requests and messages, changed together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, reservation_subject
from clinic.domain.requests.request import ReservationRequest
from clinic.services.ports import Outcome

if TYPE_CHECKING:
    from clinic.domain.slots.slot import Booking, Slot


ResultT = TypeVar("ResultT")

# Each lost race means that somebody else won one: a doctor's day has fewer places than this.
_MOST_CONFLICTS = 100


@dataclass(frozen=True)
class Changes:
    """What shall be written, all of it or nothing; each pair is a record as it was read and as it shall be.

    Attributes:
        bookings: slots with the sheets of their days; no slot twice.
        reservations, requests: None stands for one that nobody has written yet.
        named_requests: the request that a reservation's id led to as it was read, and now leads to.
        intents: new ones.
        endings: open ones that nobody has touched since they were read, and how they end.

    Raises:
        ConcurrentChangeError: something is named twice, as no transaction may: what was read before the one
            and before the other does not belong together, since somebody wrote in between.
    """

    bookings: "tuple[tuple[Booking, Booking], ...]" = ()
    reservations: tuple[tuple[Reservation | None, Reservation], ...] = ()
    requests: "tuple[tuple[ReservationRequest | None, ReservationRequest], ...]" = ()
    named_requests: "tuple[tuple[ReservationRequest | None, ReservationRequest], ...]" = ()
    intents: tuple[Intent, ...] = ()
    endings: tuple[tuple[Intent, Outcome], ...] = ()

    def __post_init__(self) -> None:
        named: list[object] = [
            ("slot", after.slot.profile_id, after.slot.slot_id)
            for _, after in self.bookings
            if not after.slot.is_own_time  # which no item but the sheets knows
        ]
        named += [("reservation", after.reservation_id) for _, after in self.reservations]
        named += [("request", after.request_id) for _, after in self.requests]
        named += [intent.id for intent in self.intents]
        named += [intent.id for intent, _ in self.endings]
        if len(set(named)) < len(named) or self._has_sheets_that_differ():
            raise ConcurrentChangeError("what was read did not belong together")

    def _has_sheets_that_differ(self) -> bool:
        """Whether two slots of one day disagree about its sheet, which is written once for both."""
        sheets: dict[object, object] = {}
        return any(
            sheets.setdefault((seen.profile_id, seen.day), (seen, sheet)) != (seen, sheet)
            for before, after in self.bookings
            for seen, sheet in zip(before.sheets, after.sheets, strict=True)
        )


class BookingStore(Protocol):
    """Reads are consistent. Every method may raise `StoreUnavailableError`."""

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now."""

    def request(self, request_id: str) -> "ReservationRequest | None":
        """The request as it stands now."""

    def request_for(self, reservation_id: str) -> "ReservationRequest | None":
        """The request that leads to this reservation, as it stands now, whatever its own id."""

    def overdue_requests(self, profile_id: str, until: datetime) -> list[str]:
        """The ids of a profile's pending requests whose time was up at ``until``, oldest first."""

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents, versions first, then by kind."""

    def bookings(self, profile_id: str, *slots: "str | Slot") -> "tuple[Booking | None, ...]":
        """A doctor's slots, each with the sheets of its days, as they all stand together now.

        Args:
            profile_id: the doctor.
            slots: each by its id, or as it would be made if it does not exist.

        Returns:
            In the same order; None stands for a slot that does not exist and of which only the id was given.
        """

    def commit(self, changes: Changes) -> None:
        """Write all of it in one transaction, or nothing.

        Raises:
            ConcurrentChangeError: something is no longer as it was read; nothing was written.
        """


def standing_for(booking_store: BookingStore, seen: Reservation) -> Reservation:
    """The reservation that stands for the visit now: this one, or where it was moved to in the end."""
    now_called, passed = seen, {seen.reservation_id}
    while now_called.rescheduled_to is not None and now_called.rescheduled_to not in passed:
        passed.add(now_called.rescheduled_to)
        following = booking_store.reservation(now_called.rescheduled_to)
        if following is None:
            break
        now_called = following
    return now_called


def reservation_and_intents(
    booking_store: BookingStore, reservation_id: str
) -> tuple[Reservation | None, list[Intent]]:
    """A reservation with all its intents, as they stood together; of one that nobody has written, none.

    Raises:
        ConcurrentChangeError: somebody changed the reservation between the reads.
    """
    seen = booking_store.reservation(reservation_id)
    if seen is None:
        return None, []
    known = booking_store.intents(reservation_subject(reservation_id))
    if booking_store.reservation(reservation_id) != seen:
        raise ConcurrentChangeError(f"reservation {reservation_id} was changed by somebody else")
    return seen, known


def retry_on_conflict(attempt: Callable[[], ResultT], subject: str) -> ResultT:
    """Read, decide and write again until nobody else was quicker.

    Raises:
        ConcurrentChangeError: others keep changing it; call again.
    """
    for _ in range(_MOST_CONFLICTS):
        try:
            return attempt()
        except ConcurrentChangeError:
            continue  # somebody was quicker: what they wrote decides
    raise ConcurrentChangeError(f"{subject} keeps changing")

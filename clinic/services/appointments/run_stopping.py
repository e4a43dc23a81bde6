"""Stopping the runs that keep time for reminders nobody needs: a saving, never what holds a message back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.messages.intent import IntentStatus, Reason, reservation_subject
from clinic.services.appointments.appointment_intents import endings, still_open
from clinic.services.ports import Runs
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict


@dataclass(frozen=True)
class WhyStopped:
    """Why reminders are of no more use.

    Attributes:
        closed: a reservation in this status needs none of its reminders; another none of older versions.
        status, reason: how those end that have not left.
        words: what happened to the reservation.
    """

    closed: ReservationStatus
    status: IntentStatus
    reason: Reason
    words: str


CANCELLED = WhyStopped(
    ReservationStatus.CANCELLED, IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED, "is cancelled"
)
RESCHEDULED = WhyStopped(
    ReservationStatus.RESCHEDULED, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, "was rescheduled"
)


def stop_runs(
    booking_store: BookingStore,
    runs: Runs,
    reservation_id: str,
    why: WhyStopped,
    now: datetime,
    *,
    among: Sequence[str] | None = None,
) -> int:
    """Stop the runs that kept time for a reservation's reminders; how many still ran.

    The ledger lets none of its messages go. While one is just leaving, its run goes on and notes what became
    of it.

    Args:
        among: their ARNs; None: all that the reservation knows, if it is closed for this reason.

    Raises:
        RunsUnavailableError: Step Functions did not answer; call again.
        ConcurrentChangeError: somebody else keeps changing its messages; call again.
    """
    useless = retry_on_conflict(
        lambda: _without_use(booking_store, reservation_id, why, now, among),
        reservation_subject(reservation_id),
    )
    return sum(runs.stop(run, f"reservation {reservation_id} {why.words}") for run in useless)


def _without_use(
    booking_store: BookingStore,
    reservation_id: str,
    why: WhyStopped,
    now: datetime,
    among: Sequence[str] | None,
) -> Sequence[str]:
    """The runs of which none has a message that is just leaving."""
    reservation, known = reservation_and_intents(booking_store, reservation_id)
    if reservation is None:
        return among or ()
    is_closed = reservation.status is why.closed
    if among is None:
        among = sorted(reservation.runs) if is_closed else ()
    if not among and not is_closed:
        return ()
    overtaken = [
        intent
        for intent in still_open(known)
        if intent.id.follows_appointment and (is_closed or intent.id.version < reservation.version)
    ]
    # One that was leaving when the reservation changed may have come back unsent since.
    unsent = endings(overtaken, why.status, why.reason, now)
    if unsent:
        booking_store.commit(Changes(endings=unsent))
    return () if len(overtaken) > len(unsent) else among

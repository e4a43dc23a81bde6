"""Requests by either of their names: their own id, and that of the reservation they lead to."""

from clinic.domain.requests import RequestStatus, ReservationRequest
from clinic.domain.reservations import Reservation
from clinic.services.records_port import Records


def request_called(records: Records, name: str) -> ReservationRequest | None:
    """The request that an answer means: its own id first."""
    return records.request(name) or records.request_for(name)


def request_behind(
    records: Records, name: str, patient_phone: str | None = None
) -> ReservationRequest | None:
    """The request behind what an event calls a reservation: the reservation's id first.

    Args:
        patient_phone: whom the event names; by its own id no other patient's request is meant.
    """
    found = records.request_for(name)
    if found is not None:
        return found
    found = records.request(name)
    if found is not None and patient_phone not in {None, found.details.patient_phone}:
        return None
    return found


def withdrawn_request(records: Records, cancelled: Reservation) -> ReservationRequest | None:
    """The request that a cancelled reservation never came beyond; None: it was a visit."""
    if cancelled.order is not None:  # its publisher has booked it
        return None
    request = records.request_for(cancelled.reservation_id)
    return request if request is not None and request.status is RequestStatus.WITHDRAWN else None

"""The kinds of message by which the audit judges: a copy of its own.

The audit is an independent oracle. What `docs/run-format.md` and the specification say of the kinds stands
here once more, and nothing of it is read from the table that messages are planned by
(`clinic.domain.messages.kinds`): an error there would hide itself. A test holds the two to the same names.
"""

from enum import StrEnum


class Kind(StrEnum):
    """A kind of which a subject has one in each version."""

    CONFIRMATION = "confirmation"
    CANCELLATION = "cancellation"
    CANCELLATION_DOCTOR = "cancellation_doctor"
    REFUND_MADE = "refund_made"
    RESCHEDULING = "rescheduling"
    RESCHEDULING_REFUSED = "rescheduling_refused"
    REQUEST_DOCTOR = "request_doctor"
    REQUEST_DECLINED = "request_declined"
    REQUEST_EXPIRED = "request_expired"
    REQUEST_EXPIRED_DOCTOR = "request_expired_doctor"
    APPROVAL_TOO_LATE_DOCTOR = "approval_too_late_doctor"


REMINDER_PREFIX = "reminder_"
FOLLOW_UP_PREFIX = "follow_up_"
DOSE_PREFIX = "dose_"


class Followed(StrEnum):
    """What a message is true of."""

    APPOINTMENT = "appointment"
    VISIT = "visit"
    PRESCRIPTION = "prescription"
    STANDING = "standing"
    REFUND = "refund"
    CANCELLATION = "cancellation"
    NOTHING = "nothing"


def followed_by(kind: str) -> Followed:
    """What a kind speaks of; a notice is true whatever happens afterwards, but for what it says of money."""
    if kind in {Kind.CANCELLATION, Kind.REFUND_MADE}:
        return Followed.REFUND if kind == Kind.CANCELLATION else Followed.CANCELLATION
    if kind.startswith(FOLLOW_UP_PREFIX):
        return Followed.VISIT
    if kind.startswith(DOSE_PREFIX):
        return Followed.PRESCRIPTION
    if kind == Kind.RESCHEDULING_REFUSED:
        return Followed.STANDING
    is_ahead = kind.startswith(REMINDER_PREFIX) or kind in {Kind.CONFIRMATION, Kind.RESCHEDULING}
    return Followed.APPOINTMENT if is_ahead else Followed.NOTHING

"""Runs that refused their event: that is their work, and the publisher's to mend; they are counted apart.

A refusal leaves everything as it was. A run that did a part and then could not do the rest is none, whoever
is to blame: a cancellation whose refund was refused has freed the place and told both, and the money that was
promised is where it was. It failed, counts as failed, and rings.
"""

# Names of errors: the workflow looked at its event and said no.
REFUSALS = frozenset(
    {
        "InvalidEventError",
        "AppointmentInThePastError",
        "AppointmentTooFarAheadError",
        "UnknownReservationError",
        "UnknownRequestError",
        "UnknownProfileError",
        "SlotNotAvailableError",
    }
)


def is_refusal(error: str | None) -> bool:
    """Whether a run that ended with an error of this name refused its event."""
    return error in REFUSALS

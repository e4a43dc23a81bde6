"""Runs that refused their event: that is their work, and the publisher's to mend; they are counted apart."""

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

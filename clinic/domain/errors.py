"""Every error Citas raises on purpose. Imports nothing of ours.

A class's name is public: AWS Lambda reports it as ``errorType``, and the state machines' Retry and
Catch match on it. Messages carry ids and field names, never a patient's data.

Each class says what makes the same call go through another time (`Remedy`): time (T below; so do the errors
under it, unless they say otherwise), somebody who mends a token, a setting or the directory (O), or nothing.
Whoever tries failed runs again goes by it.

::

    CitasError
    ├── PermanentError                  never retried: the same call would fail again
    │   ├── InvalidEventError           an event breaks its contract; names the fields
    │   │   └── NotInDirectoryError     O: it names what the directory does not hold; names the field
    │   ├── AppointmentInThePastError   a visit can't be moved to what is past, nor was ten years ago
    │   ├── AppointmentTooFarAheadError the visit is more than ten years ahead
    │   ├── UnreadableNotificationError a channel's webhook was sent something that is no JSON
    │   ├── InvalidStepInputError       a state sent its step something it can't read
    │   ├── UnknownReservationError     nobody has booked it, and no event will say so any more
    │   ├── UnknownRequestError         nobody has asked for it, and no event will say so any more
    │   ├── UnknownPrescriptionError    nobody has prescribed it
    │   ├── UnknownProfileError         O: the directory holds no such profile
    │   ├── UnknownIntentError          the ledger holds no such intent
    │   ├── ConfigurationError          O: a setting is missing or wrong; names it
    │   ├── UnexpectedStepError         O: a fault in Citas itself, stripped of data
    │   ├── SlotNotAvailableError       the place is taken, blocked or past; says by what
    │   ├── SlotNotHeldError            the reservation holds no such place (any more)
    │   ├── MessengerAccountError       O: token, permission, lock, payment, spam limit: an operator must act
    │   ├── PaymentsAccountError        O: Stripe's key, permission or balance: an operator must act
    │   ├── RefundRefusedError          this refund will not be made; the code says why
    │   ├── ReservationClosedError      it was completed, missed or moved, or its request is over
    │   ├── RefundConflictError         two events ask for different refunds of one reservation
    │   └── MessageNotDeliverableError  this message will not go out; others may
    │       ├── RecipientUnreachableError  this person can't be reached by the channel, or has opted out
    │       ├── TemplateRejectedError      O: the channel refuses the template: an operator must act
    │       ├── TemplateSuspectedError     the message's fault, or its template's: a second one tells
    │       └── MessageRefusedError        the channel refuses this one message
    ├── UnfinishedRunError              T: a run has done what it could, and something is left
    │   ├── RefundNotMadeError          O: nobody knows yet whether a refund is made
    │   ├── DoctorNotToldError          O: the doctor of a cancelled visit or a request could not be told
    │   ├── PatientNotToldError         O: the clinic called off a visit whose patient wants no messages
    │   ├── SlotsLeftError              some expired slots could not be freed
    │   └── NightIncompleteError        some of a night's events could not be put on the bus
    ├── PassingError                    T: retried: it may work in a moment
    │   ├── StoreUnavailableError       DynamoDB or Secrets Manager did not answer
    │   ├── ConcurrentChangeError       somebody else changed the record first
    │   ├── MessengerUnavailableError   the channel is down or was never reached
    │   ├── MessengerThrottledError     the channel's rate limit
    │   ├── EventBusUnavailableError    EventBridge did not take an event
    │   ├── RunsUnavailableError        Step Functions did not answer
    │   ├── QueueUnavailableError       SQS did not answer
    │   ├── PaymentsUnavailableError    no answer from Stripe; the same request again is safe
    │   └── PaymentsThrottledError      Stripe's rate limit
    ├── MessengerDeferredError          T: the channel says: not before a given time
    └── MessengerOutcomeUnknownError    T: the request left and no answer came
"""

from enum import StrEnum
from typing import ClassVar


class Remedy(StrEnum):
    """What makes the same call go through another time."""

    TIME = "passing"
    OPERATOR = "operator"  # somebody has to mend it: a token, a setting, the directory, Citas
    NONE = "final"


class CitasError(Exception):
    """The root of all errors raised on purpose."""

    remedy: ClassVar[Remedy] = Remedy.NONE


class PermanentError(CitasError):
    """The same call would fail again: never retried."""


class InvalidEventError(PermanentError):
    """An event breaks its contract. The message names each field and what would be accepted."""


class NotInDirectoryError(InvalidEventError):
    """An event names a doctor, clinic or service that the directory lacks, or counts on it for a particular.

    Whoever keeps the directory can add it, and then the event is as good as any. Of a slip of the publisher's
    nobody knows the difference: it fails again.
    """

    remedy = Remedy.OPERATOR


class AppointmentInThePastError(PermanentError):
    """The visit was to be moved to an instant that is past, or is said to have been ten years ago."""


class AppointmentTooFarAheadError(PermanentError):
    """The appointment is more than ten years ahead: its year is mistyped."""


class UnreadableNotificationError(PermanentError):
    """A channel's webhook was sent a signed body that is no JSON."""


class InvalidStepInputError(PermanentError):
    """A state sent its step an input that the step can't read, or names no step."""


class UnknownReservationError(PermanentError):
    """Nobody has booked this reservation, and no event that could still be under way will say so."""


class UnknownRequestError(PermanentError):
    """Nobody has made this request, and no event that could still be under way will say so."""


class UnknownPrescriptionError(PermanentError):
    """Nobody has prescribed this, or it has been forgotten."""


class UnknownProfileError(PermanentError):
    """The directory holds no profile with this id."""

    remedy = Remedy.OPERATOR


class UnknownIntentError(PermanentError):
    """The ledger holds no intent with this id."""


class ConfigurationError(PermanentError):
    """A setting is missing or wrong. The message names it."""

    remedy = Remedy.OPERATOR


class UnexpectedStepError(PermanentError):
    """A fault in Citas itself; carries the kind and place of the original, not its text."""

    remedy = Remedy.OPERATOR


class SlotNotAvailableError(PermanentError):
    """The slot has no place to give: full, blocked, begun, or the doctor is busy. Offer another."""


class SlotNotHeldError(PermanentError):
    """The reservation holds no place in the slot, or no longer does."""


class MessengerAccountError(PermanentError):
    """The channel refuses the account: token, permission, lock, payment. An operator must act."""

    remedy = Remedy.OPERATOR


class MessageNotDeliverableError(PermanentError):
    """This message will not go out; others may. ``code`` is the channel's error code."""

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.code = code


class RecipientUnreachableError(MessageNotDeliverableError):
    """The recipient can't be reached, or has opted out."""


class TemplateRejectedError(MessageNotDeliverableError):
    """The channel refuses the template (missing, paused, disabled, against its policy)."""

    remedy = Remedy.OPERATOR


class TemplateSuspectedError(MessageNotDeliverableError):
    """The channel refuses the number of values: of this message alone, or of all with its template."""


class MessageRefusedError(MessageNotDeliverableError):
    """The channel refuses this message for a reason that is in the message."""


class PaymentsAccountError(PermanentError):
    """Stripe refuses the account: key, permission, balance. An operator must act."""

    remedy = Remedy.OPERATOR


class RefundRefusedError(PermanentError):
    """This refund will not be made: what was asked for can't be right, or Stripe refuses it.

    ``code`` is one of ours (``charge_in_another_currency`` …) or Stripe's: ``charge_already_refunded``,
    ``amount_too_large`` (more than was paid, or than is left of it), ``resource_missing`` (no such charge),
    ``idempotency_error`` (the key was used for another refund), or another of its error codes.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ReservationClosedError(PermanentError):
    """What the event asks for can't be done any more: the visit was completed, missed or moved before it."""


class RefundConflictError(PermanentError):
    """An event asks for another refund than one that is made or on its way: the first one stands."""


class UnfinishedRunError(CitasError):
    """A run has done all that it could and tells in the end what is left. Redriven, it starts over."""

    remedy = Remedy.TIME


class RefundNotMadeError(UnfinishedRunError):
    """A reservation is cancelled, and nobody knows yet whether its refund is made."""

    remedy = Remedy.OPERATOR


class DoctorNotToldError(UnfinishedRunError):
    """A visit is cancelled, or asked for, and its doctor could not be told.

    The directory does not know whom to tell, the number can't be reached, or the doctor wants no messages.
    """

    remedy = Remedy.OPERATOR


class PatientNotToldError(UnfinishedRunError):
    """The clinic called off a visit, and its patient, who wants no messages, does not know."""

    remedy = Remedy.OPERATOR


class SlotsLeftError(UnfinishedRunError):
    """Some of a profile's expired slots could not be freed."""

    remedy = Remedy.TIME


class NightIncompleteError(UnfinishedRunError):
    """Some of a night's events could not be put on the bus, or some profiles could not be read."""

    remedy = Remedy.TIME


class PassingError(CitasError):
    """It may work in a moment: retried with backoff."""

    remedy = Remedy.TIME


class StoreUnavailableError(PassingError):
    """A data store (DynamoDB, Secrets Manager) did not answer, or asks to slow down."""


class ConcurrentChangeError(PassingError):
    """Somebody else changed the record between reading and writing; read again."""


class MessengerUnavailableError(PassingError):
    """The channel had a passing fault, or was never reached. The message was not accepted."""


class MessengerThrottledError(PassingError):
    """The channel's rate limit. The message was not accepted."""


class EventBusUnavailableError(PassingError):
    """EventBridge did not take an event, or not all of them. Putting them again is safe."""


class RunsUnavailableError(PassingError):
    """Step Functions did not answer. Stopping a run again is safe."""


class QueueUnavailableError(PassingError):
    """SQS did not answer."""


class PaymentsUnavailableError(PassingError):
    """Stripe gave no answer, or none that settles it. Asked again with the same key it acts once at most."""


class PaymentsThrottledError(PassingError):
    """Stripe's rate limit. Nothing was refunded by this request."""


class MessengerDeferredError(CitasError):
    """The channel asks not to try before ``seconds`` have passed. The message was not accepted."""

    remedy = Remedy.TIME

    def __init__(self, message: str, code: int | None, seconds: int) -> None:
        super().__init__(message)
        self.code = code
        self.seconds = seconds


class MessengerOutcomeUnknownError(CitasError):
    """The request left and no answer came: the message may or may not have been accepted."""

    remedy = Remedy.TIME


# Names of errors: the workflow looked at its event and said no.
REFUSALS = frozenset(
    {
        "InvalidEventError",
        "NotInDirectoryError",
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

"""Why a message stands where it stands, in words."""

from clinic.channels.failures import code_in, is_of_channel
from clinic.domain.messages.intent import Reason

_REASONS = {
    Reason.ACCEPTED: "WhatsApp accepted it",
    Reason.BOOKED_AFTER_DUE: "the visit was booked after it was due",
    Reason.KNOWN_AFTER_DUE: "it was due before Citas was told",
    Reason.VISIT_HAS_BEGUN: "the visit had begun before Citas was told of it",
    Reason.TOO_SOON: "it was due sooner after the confirmation than the clinic wants",
    Reason.IMPORTED: "the visit was brought in from elsewhere, where the patient was told",
    Reason.APPOINTMENT_MOVED: "the visit was moved",
    Reason.RESERVATION_CANCELLED: "the visit was cancelled",
    Reason.RESERVATION_CLOSED: "the reservation no longer stands as it did",
    Reason.RESERVATION_MISSING: "there is no such reservation",
    Reason.NO_LONGER_USEFUL: "it would have come too late to be of use",
    Reason.NO_LONGER_WANTED: "a newer event no longer asks for it",
    Reason.REQUEST_CLOSED: "the request had been answered by then",
    Reason.TOLD_WITH_CANCELLATION: "the cancellation's own text had named the amount",
    Reason.NO_SHOW: "the patient did not come",
    Reason.VISIT_CORRECTED: "a newer event corrects what is known of the visit",
    Reason.PRESCRIPTION_STOPPED: "the prescription was stopped",
    Reason.PRESCRIPTION_CHANGED: "the prescription was changed",
    Reason.PRESCRIPTION_MISSING: "there is no such prescription",
    Reason.OPTED_OUT: "the person does not want such messages",
    Reason.QUIET_HOURS: "it could only have gone out in quiet hours",
    Reason.DELIVERED: "it is on the phone",
    Reason.READ: "the person has read it",
    Reason.OUTCOME_UNKNOWN: "the request left and no answer came",
    Reason.INTERRUPTED: "the process died around the request",
}
# Meta, WhatsApp Cloud API error codes.
_CODES = {
    4: "too many requests of this app",
    10: "the token may not send",
    100: "a parameter of the request is wrong",
    190: "the access token has expired",
    368: "the account is blocked for breaking WhatsApp's policies",
    80007: "too many messages of this account",
    130429: "too many messages at once",
    130472: "this number is part of an experiment of Meta's and gets none",
    130497: "the account may not write to this country",
    131000: "something went wrong at WhatsApp",
    131005: "the token may not send",
    131008: "a required parameter is missing",
    131009: "a parameter's value is wrong",
    131016: "WhatsApp was not available",
    131026: "WhatsApp can't reach this number",
    131031: "the account is locked",
    131037: "the sending number's name is not approved yet",
    131042: "WhatsApp's bill is not paid",
    131045: "the sending number is not registered",
    131047: "more than 24 hours since this person wrote: it needs a template",
    131048: "too many of this number's messages were taken for spam",
    131049: "WhatsApp limits how much this person gets",
    131050: "the person does not want such messages",
    131053: "the media could not be used",
    131056: "too many messages to this person in a short time",
    131057: "the sending number was being upgraded",
    132000: "the template has another number of parameters",
    132001: "there is no such template in this language",
    132005: "the text is too long for the template",
    132007: "the text breaks WhatsApp's rules for templates",
    132012: "a parameter has another form than the template's",
    132015: "the template is paused: people complained of it",
    132016: "the template is disabled: it was paused too often",
    133010: "the sending number is not registered",
}
_EXHAUSTED = "retries_exhausted:"


def reason_text(reason: str | None) -> str:
    """A ledger's reason in words; one that nobody has words for as it is, none as an empty text."""
    if not reason:
        return ""
    if is_of_channel(reason):
        return _of_whatsapp(code_in(reason))
    if reason.startswith(_EXHAUSTED):
        error = reason.removeprefix(_EXHAUSTED)
        return f"every retry failed, the last with {error}" if error else "every retry failed"
    try:
        return _REASONS[Reason(reason)]
    except ValueError:
        return reason


def _of_whatsapp(code: int | None) -> str:
    if code is not None:
        text = _CODES.get(code)
        return f"{text} ({code})" if text else f"WhatsApp refused it with code {code}"
    return "WhatsApp refused it without a code"

"""A language, as messages know it: a text for every template, and every sentence that goes into one."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """What is put into texts by Citas itself; each of them whole, so that no language is glued together.

    Attributes:
        not_said: what stands where a clinic has nothing to say.
        ask_at_reception: whom to ask for the way, where the clinic has not described it.
        default_preparation, default_instructions: what is told where nobody has said it: before a visit, with
            a medicine.
        default_questions, after_48_hours, after_1_week: what follow-ups ask.
        about_visit, about_unnamed_visit: which visit one asks after, with ``{service}`` and ``{day}``.
        cancelled_by_patient, cancelled_by_doctor, cancelled_by_clinic, cancelled_by_system, no_reason_given:
            what is read as a cancellation's reason where none was given, by who cancelled.
        rescheduled, declined, slot_not_free: reasons of a new time and of a request's end, likewise.
        no_refund, refund_to_be_cleared: what is read of a refund that is no amount (yet).
        next_steps: what a patient can do after a cancellation.
        expired_for_patient, expired_for_doctor: that a request ran out.
        expired_on_arrival: that one had when it came: nobody was asked.
        requested_visit: what was asked for: ``{service}``.
        as_requested: a day or time that nobody knows any more.
        phone, clinic_phone: a telephone number ``{number}``, beside the clinic's name and by itself.
    """

    not_said: str
    ask_at_reception: str
    default_preparation: str
    default_instructions: str
    default_questions: tuple[str, ...]
    after_48_hours: str
    after_1_week: str
    about_visit: str
    about_unnamed_visit: str
    cancelled_by_patient: str
    cancelled_by_doctor: str
    cancelled_by_clinic: str
    cancelled_by_system: str
    no_reason_given: str
    rescheduled: str
    declined: str
    slot_not_free: str
    no_refund: str
    refund_to_be_cleared: str
    next_steps: str
    expired_for_patient: str
    expired_for_doctor: str
    expired_on_arrival: str
    requested_visit: str
    as_requested: str
    phone: str
    clinic_phone: str


@dataclass(frozen=True)
class Language:
    """All that messages say in one language.

    Attributes:
        code: its name in `clinic.domain.languages.LANGUAGES`; Babel's locale, too.
        bodies: the text of each template by its name, with ``{{parameter}}`` where a value goes.
        examples: a fictional value of each parameter; channels ask for them at registration.
        own_examples: those of single templates, by template and parameter.
    """

    code: str
    bodies: Mapping[str, str]
    examples: Mapping[str, str]
    own_examples: Mapping[tuple[str, str], str]
    phrases: Phrases

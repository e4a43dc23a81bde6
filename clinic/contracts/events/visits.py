"""The events that say how a visit ended."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator

from clinic.contracts.events.base import KnownPatient
from clinic.contracts.fields import FreeText, Identifier, Instant, OptionalLanguage, TimeZone
from clinic.domain.appointments.follow_ups import (
    LONGEST_QUESTIONS,
    MOST_QUESTIONS,
    FollowUp,
    follow_ups_for,
    questions_line,
)
from clinic.domain.text import to_single_line


def _follow_ups(value: Any) -> tuple[FollowUp, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if names is None or (isinstance(value, str) and not value.strip()):
        names = ()
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        try:
            return follow_ups_for(FollowUp(name.strip()) for name in names)
        except ValueError:
            pass
    raise ValueError(f"expected {', '.join(FollowUp)}, or several of them")


def _without_blanks(value: Any) -> Any:
    if value is None:
        return ()
    if isinstance(value, list):
        return [part for part in value if not isinstance(part, str) or to_single_line(part)]
    return value


def _short_enough(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) > MOST_QUESTIONS or len(questions_line(value)) > LONGEST_QUESTIONS:
        raise ValueError(
            f"expected at most {MOST_QUESTIONS} questions of {LONGEST_QUESTIONS} characters altogether"
        )
    return value


FollowUpType = Annotated[tuple[FollowUp, ...], BeforeValidator(_follow_ups)]
"""``24h``, ``48h`` or ``1week``, a list of them, or several with commas between; always with the first."""

Questions = Annotated[tuple[FreeText, ...], BeforeValidator(_without_blanks), AfterValidator(_short_enough)]
"""A list of questions, each brought to one line; blank ones are dropped."""


class VisitEvent(KnownPatient):
    """What both have in common; what it leaves out is taken from the reservation.

    Attributes:
        appointment_date: when the visit began.
    """

    reservation_id: Identifier
    appointment_date: Instant | None = None
    timezone: TimeZone | None = None
    language: OptionalLanguage = None
    clinic_id: Identifier | None = None
    profile_id: Identifier | None = None


class AppointmentCompleted(VisitEvent):
    """The patient came.

    Attributes:
        follow_up_type: which follow-ups; the one after 24 hours in any case.
        follow_up_questions: what the first one asks; none: three questions that suit every visit.
    """

    detail_type: ClassVar[str] = "appointment/completed"

    follow_up_type: FollowUpType = (FollowUp.AFTER_24_HOURS,)
    follow_up_questions: Questions = ()


class AppointmentNoShow(VisitEvent):
    """The patient did not come."""

    detail_type: ClassVar[str] = "appointment/no-show"


VisitEnd = AppointmentCompleted | AppointmentNoShow
"""Either of them."""

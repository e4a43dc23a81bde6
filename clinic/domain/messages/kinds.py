"""The kinds of message: a row each that says what it follows, how it goes out and what it is called.

A kind is kept as text: ``confirmation``, or with what it is one of several by, ``reminder_24h``. Only this
module reads that text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Self

from clinic.domain.people.consents import Category

CONFIRMATION = "confirmation"
RESCHEDULING = "rescheduling"


class NoticeKind(StrEnum):
    """Which notice it is: a message that says at once what has happened."""

    CANCELLATION = "cancellation"
    CANCELLATION_DOCTOR = "cancellation_doctor"
    REFUND_MADE = "refund_made"
    RESCHEDULING = RESCHEDULING
    RESCHEDULING_REFUSED = "rescheduling_refused"
    REQUEST_DOCTOR = "request_doctor"
    REQUEST_DECLINED = "request_declined"
    REQUEST_EXPIRED = "request_expired"
    REQUEST_EXPIRED_DOCTOR = "request_expired_doctor"
    APPROVAL_TOO_LATE_DOCTOR = "approval_too_late_doctor"


class Follows(StrEnum):
    """What an intent is held against when it is about to leave."""

    APPOINTMENT = "appointment"  # that lies ahead: a confirmation, a reminder
    VISIT = "visit"  # that has taken place: a follow-up
    PRESCRIPTION = "prescription"  # that is being taken: a dose
    STANDING = "standing"  # an appointment that stays as it was: that it was not moved
    REFUND = "refund"  # of a cancellation, as far as it has come: the patient's notice
    CANCELLATION = "cancellation"  # the patient's notice of it, which may have named the refund
    NOTHING = "nothing"  # any other notice: it says what has happened


class Priority(IntEnum):
    """Who goes first when not all can leave at once: the thirds of a bucket that a message may empty."""

    LOW = 1  # a follow-up: an hour later is as good
    NORMAL = 2  # a confirmation, a notice, a reminder of the day before
    URGENT = 3  # a reminder close to the visit, a dose


class InQuietHours(StrEnum):
    """What becomes of a message that would be due in the recipient's quiet hours."""

    SENT = "sent"  # it keeps its own time
    WAITS = "waits"  # it is due at the first minute after them
    COMES_BEFORE = "comes_before"  # where the clinic wants it so, it is due before them


_OFFSET = re.compile(r"([1-9][0-9]{0,4})(m|h|d)")
_MINUTES_PER_UNIT = {"m": 1, "h": 60, "d": 24 * 60}
_LONGEST_OFFSET = 30 * 24 * 60


@dataclass(frozen=True, order=True)
class ReminderOffset:
    """How long before the appointment a reminder is due, in ``minutes`` of elapsed time."""

    minutes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``24h``, ``90m`` or ``3d``.

        Raises:
            ValueError: it is none of these, or longer than 30 days.
        """
        match = _OFFSET.fullmatch(text.strip())
        minutes = int(match[1]) * _MINUTES_PER_UNIT[match[2]] if match else 0
        if not 0 < minutes <= _LONGEST_OFFSET:
            raise ValueError("expected an offset such as 24h, 90m or 3d, at most 30d")
        return cls(minutes)

    @classmethod
    def of_kind(cls, kind: str) -> Self:
        """Read the offset of a reminder's kind, ``reminder_24h``.

        Raises:
            ValueError: it is no reminder's.
        """
        return cls.parse(REMINDER.variant_of(kind))

    @property
    def label(self) -> str:
        """The name it goes by: ``24h``, ``72h``, ``90m``."""
        return f"{self.minutes // 60}h" if self.minutes % 60 == 0 else f"{self.minutes}m"

    @property
    def kind(self) -> str:
        """The kind of intent it leads to: ``reminder_24h``."""
        return REMINDER.kind(self.label)

    @property
    def duration(self) -> timedelta:
        """As a duration."""
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Close:
    """What is different of a reminder that is due ``within`` so long before the visit, or less."""

    within: timedelta
    template: str
    priority: Priority


@dataclass(frozen=True)
class MessageKind:
    """A row of the table.

    Attributes:
        name: the kind as it is kept; of one that varies what stands before ``_<variant>``.
        called: how operators call it; ``{}`` is the variant's place.
        follows: what it is held against when it is about to leave.
        templates: the names of those it may use; the first is the ordinary one. A variant's is its kind.
        priority: who goes first.
        category: what a person refuses to get none of it.
        useful_for: how long after it is due it is of use at most; None: until what it announces begins, ends
            or is said by the next message, which whoever plans it works out.
        in_quiet_hours: what becomes of it in the recipient's quiet hours.
        varies_by: what its variants differ by, ``offset`` or ``instant``; None: there is one of it.
        is_prepared: whether its recipient and values are known when it is planned, not only when it leaves.
        is_for_doctor: whether it goes to the doctor and not to the patient.
        must_be_known: whether a patient who does not get it has to be phoned: would come in vain, or wait so.
        reminder_type: what metrics call it; ``{}`` is the variant's place; None: they don't name it.
        close: what is different shortly before the visit.
    """

    name: str
    called: str
    templates: tuple[str, ...] = ()
    follows: Follows = Follows.NOTHING
    priority: Priority = Priority.NORMAL
    category: Category = Category.APPOINTMENTS
    useful_for: timedelta | None = timedelta(hours=24)
    in_quiet_hours: InQuietHours = InQuietHours.SENT
    varies_by: str | None = None
    is_prepared: bool = True
    is_for_doctor: bool = False
    must_be_known: bool = False
    reminder_type: str | None = None
    close: Close | None = None

    @property
    def pattern(self) -> str:
        """How its text is written: ``confirmation``, ``reminder_<offset>``."""
        return self.kind(f"<{self.varies_by}>") if self.varies_by else self.name

    def kind(self, variant: str) -> str:
        """The text of one that varies: ``reminder_24h``."""
        return f"{self.name}_{variant}"

    def holds(self, kind: str) -> bool:
        """Whether the text is of this kind."""
        return kind.startswith(f"{self.name}_") if self.varies_by else kind == self.name

    def variant_of(self, kind: str) -> str:
        """What the text says beside the name: ``24h``; nothing where it does not vary."""
        return kind.removeprefix(self.name).removeprefix("_")

    def called_of(self, kind: str) -> str:
        """How operators call one of it: ``24h reminder``."""
        return self.called.replace("{}", self.variant_of(kind)) if self.varies_by else self.called

    def reminder_type_of(self, kind: str) -> str | None:
        """What metrics call one of it: ``24h``, ``follow_up_24h``, ``dose``; None: they don't."""
        return self.reminder_type.replace("{}", self.variant_of(kind)) if self.reminder_type else None

    def of_use_until(self, due_at: datetime) -> datetime:
        """Until when one that is due then is of use at most.

        Raises:
            ValueError: that follows from what it announces, and not from the table.
        """
        if self.useful_for is None:
            raise ValueError(f"{self.name}: expected useful_until from whoever plans it")
        return due_at + self.useful_for

    def priority_of(self, kind: str) -> Priority:
        """The priority of one of it.

        Raises:
            ValueError: it is a reminder with no offset that can be read.
        """
        if self.close is None or ReminderOffset.of_kind(kind).duration >= self.close.within:
            return self.priority
        return self.close.priority

    def usual_template(self, kind: str) -> str | None:
        """The template that one of it nearly always uses; None: it is not to be told."""
        if self.close is not None:
            try:
                return self.template_ahead(ReminderOffset.of_kind(kind).duration)
            except ValueError:
                return None
        return kind if kind in self.templates else next(iter(self.templates), None)

    def template_ahead(self, ahead: timedelta) -> str:
        """The name of the template of one that is due so long before the visit."""
        return self.close.template if self.close and ahead < self.close.within else self.templates[0]


REMINDER = MessageKind(
    "reminder",
    "{} reminder",
    ("appointment_reminder_24h", "appointment_reminder_2h"),
    follows=Follows.APPOINTMENT,
    useful_for=None,
    in_quiet_hours=InQuietHours.COMES_BEFORE,
    varies_by="offset",
    is_prepared=False,
    reminder_type="{}",
    # From half a day ahead on it names the day and what to prepare; later ones name the way in.
    close=Close(timedelta(hours=12), "appointment_reminder_2h", Priority.URGENT),
)
FOLLOW_UP = MessageKind(
    "follow_up",
    "{} follow-up",
    ("follow_up_24h", "follow_up_48h", "follow_up_1week"),
    follows=Follows.VISIT,
    priority=Priority.LOW,
    category=Category.FOLLOW_UPS,
    in_quiet_hours=InQuietHours.WAITS,
    varies_by="offset",
    reminder_type="follow_up_{}",
)
DOSE = MessageKind(
    "dose",
    "dose",
    ("medication_reminder",),
    follows=Follows.PRESCRIPTION,
    priority=Priority.URGENT,
    category=Category.MEDICATION,
    useful_for=None,
    varies_by="instant",
    reminder_type="dose",
)

KINDS: Mapping[str, MessageKind] = {
    row.name: row
    for row in (
        MessageKind(
            CONFIRMATION,
            "confirmation",
            ("appointment_confirmed",),
            follows=Follows.APPOINTMENT,
            useful_for=None,
            is_prepared=False,
        ),
        REMINDER,
        FOLLOW_UP,
        DOSE,
        MessageKind(
            NoticeKind.CANCELLATION,
            "cancellation",
            ("appointment_cancelled", "request_withdrawn_patient"),
            follows=Follows.REFUND,
            must_be_known=True,
        ),
        MessageKind(
            NoticeKind.CANCELLATION_DOCTOR,
            "cancellation",
            ("appointment_cancelled_doctor", "request_withdrawn_doctor"),
            is_for_doctor=True,
        ),
        MessageKind(
            NoticeKind.REFUND_MADE,
            "refund made",
            ("refund_made",),
            follows=Follows.CANCELLATION,
            useful_for=None,
        ),
        MessageKind(
            NoticeKind.RESCHEDULING,
            "new time",
            ("appointment_rescheduled",),
            follows=Follows.APPOINTMENT,
            useful_for=None,
            must_be_known=True,
        ),
        MessageKind(
            NoticeKind.RESCHEDULING_REFUSED,
            "no new time, the old one stays",
            ("appointment_rescheduling_refused",),
            follows=Follows.STANDING,
            must_be_known=True,
        ),
        MessageKind(
            NoticeKind.REQUEST_DOCTOR,
            "request",
            ("reservation_requested_doctor",),
            useful_for=None,
            is_for_doctor=True,
        ),
        MessageKind(
            NoticeKind.REQUEST_DECLINED,
            "request declined",
            ("reservation_declined_patient",),
            must_be_known=True,
        ),
        MessageKind(
            NoticeKind.REQUEST_EXPIRED,
            "request expired",
            ("request_expired_patient",),
            must_be_known=True,
        ),
        MessageKind(
            NoticeKind.REQUEST_EXPIRED_DOCTOR,
            "request expired",
            ("request_expired_doctor",),
            is_for_doctor=True,
        ),
        MessageKind(
            NoticeKind.APPROVAL_TOO_LATE_DOCTOR,
            "approved too late",
            ("approval_too_late_doctor",),
            is_for_doctor=True,
        ),
    )
}
_VARYING = tuple(row for row in KINDS.values() if row.varies_by)
_UNKNOWN = MessageKind("", "")


def kind_of(kind: str) -> MessageKind:
    """The row of a kind as it is kept; one that no row has counts as a notice of its own."""
    row = KINDS.get(kind)
    if row is not None and row.holds(kind):
        return row
    return next((row for row in _VARYING if row.holds(kind)), None) or replace(
        _UNKNOWN, name=kind, called=kind
    )

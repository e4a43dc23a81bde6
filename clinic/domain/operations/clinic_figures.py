"""Adds up a clinic's day, beside its runs, in figures that can be added to each other."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from clinic.domain.messages.arrivals import Verdict, verdict
from clinic.domain.messages.intent import Intent
from clinic.domain.messages.kinds import CONFIRMATION
from clinic.domain.statistics import Statistic, StatisticKind

# A reminder that left later than this after it was due was late.
LATE_AFTER = timedelta(minutes=5)
_FIRST_VERSION = 1


@dataclass(frozen=True)
class ClinicFigures:
    """Figures of what was due or happened in a stretch of time.

    Attributes:
        reminders_wanted: how many were due and wanted then, and could have been on the phone by now.
        reminders_sent, reminders_delivered, reminders_late: of those that were due.
        messages_wanted, messages_sent, messages_delivered: likewise, of all messages.
        slots_generated: how many were made.
        slots_booked: visits that were confirmed for the first time.
        slots_freed, slots_refilled: places that cancellations gave up, and how many of them were given again.
        expired_requests: requests that nobody answered in time.
        cancelled_by: how many visits were cancelled by whom (a role).
        cancellation_reasons: how many cancellations gave a reason (``given``) and how many none (``none``);
            what patients write is not counted by its words.
    """

    reminders_wanted: int = 0
    reminders_sent: int = 0
    reminders_delivered: int = 0
    reminders_late: int = 0
    messages_wanted: int = 0
    messages_sent: int = 0
    messages_delivered: int = 0
    slots_generated: int = 0
    slots_booked: int = 0
    slots_freed: int = 0
    slots_refilled: int = 0
    expired_requests: int = 0
    cancelled_by: Mapping[str, int] = field(default_factory=dict)
    cancellation_reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "ClinicFigures") -> "ClinicFigures":
        return ClinicFigures(
            **{it.name: _sum(getattr(self, it.name), getattr(other, it.name)) for it in fields(self)}
        )

    @property
    def cancellations(self) -> int:
        """How many visits were cancelled."""
        return sum(self.cancelled_by.values())

    @property
    def reminder_delivery_rate(self) -> float | None:
        """Percent of the wanted reminders that arrived; None if none were wanted."""
        return _percent(self.reminders_delivered, self.reminders_wanted)

    @property
    def message_delivery_rate(self) -> float | None:
        """Likewise of all messages."""
        return _percent(self.messages_delivered, self.messages_wanted)


def of_intent(intent: Intent, now: datetime) -> ClinicFigures:
    """What a message that was due counts by now."""
    was_sent = intent.sent_at is not None
    found = verdict(intent, now)
    has_arrived = found is Verdict.ARRIVED
    is_wanted = found in {Verdict.ARRIVED, Verdict.MISSING}
    is_late = intent.sent_at is not None and intent.sent_at > intent.due_at + LATE_AFTER
    is_reminder = intent.id.is_reminder
    return ClinicFigures(
        reminders_wanted=int(is_reminder and is_wanted),
        reminders_sent=int(is_reminder and was_sent),
        reminders_delivered=int(is_reminder and has_arrived),
        reminders_late=int(is_reminder and is_late),
        messages_wanted=int(is_wanted),
        messages_sent=int(was_sent),
        messages_delivered=int(has_arrived),
        slots_booked=int(intent.kind == CONFIRMATION and intent.id.version == _FIRST_VERSION),
    )


def of_statistic(statistic: Statistic, refilled: frozenset[str] = frozenset()) -> ClinicFigures:
    """What something that was done counts; ``refilled``: the ids of slots that have no place to give."""
    values = statistic.values
    match statistic.kind:
        case StatisticKind.SLOT_GENERATION:
            return ClinicFigures(slots_generated=int(values.get("slots_generated", 0)))
        case StatisticKind.REQUEST_EXPIRED:
            return ClinicFigures(expired_requests=1)
        case StatisticKind.CANCELLATION:
            slot = str(values.get("slot_id", ""))
            return ClinicFigures(
                slots_freed=int(bool(slot)),
                slots_refilled=int(slot in refilled),
                cancelled_by={str(values.get("cancelled_by", "not_said")): 1},
                cancellation_reasons={"given" if values.get("reason_given") == "yes" else "none": 1},
            )
        case _:
            return ClinicFigures()


def total(figures: Iterable[ClinicFigures]) -> ClinicFigures:
    """What they add up to."""
    return sum(figures, ClinicFigures())


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping):
        return dict(Counter(one) + Counter(other))
    return one + other


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None

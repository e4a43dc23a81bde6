"""Plans the messages that an appointment calls for, and when each is due. Pure.

FHIR calls the rule behind such a plan PlanDefinition.relatedAction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.messages.kinds import CONFIRMATION, ReminderOffset

# So long the channel may try to deliver a reminder: what is due later could arrive after the visit has begun.
SHORTEST_OFFSET_MINUTES = 60


@dataclass(frozen=True)
class Touchpoint:
    """One message an appointment calls for.

    Attributes:
        kind: ``confirmation`` or ``reminder_<offset>``.
        due_at: not before this instant (UTC).
        useful_until: no longer from this instant on: the next message's turn, or the visit itself.
        missed: it was due before the appointment was known, so it is not sent at all.
        too_soon: it would come sooner after the first message than the clinic wants, and is not sent either.
    """

    kind: str
    due_at: datetime
    useful_until: datetime
    missed: bool
    too_soon: bool = False


def parse_offsets(text: str) -> tuple[ReminderOffset, ...]:
    """Read a configured list such as ``24h,2h``: longest first, each once.

    Raises:
        ValueError: an entry is no offset.
    """
    parts = (part for part in text.split(",") if part.strip())
    return tuple(sorted({ReminderOffset.parse(part) for part in parts}, reverse=True))


def plan_touchpoints(
    appointment_time: datetime,
    now: datetime,
    offsets: Sequence[ReminderOffset],
    earlier: Callable[[datetime], datetime] | None = None,
    not_before: datetime | None = None,
) -> tuple[Touchpoint, ...]:
    """The confirmation, due now, and one reminder for each offset, in the order they are due.

    A reminder whose instant has come or gone when the appointment becomes known is ``missed``: the
    confirmation, sent at that moment, already says it all.

    Args:
        appointment_time: when the visit begins; must lie after ``now``.
        now: when the plan is made.
        offsets: in any order.
        earlier: gives the instant, at or before its own, at which a reminder may be sent; later ones never
            give an earlier one.
        not_before: a reminder that is due before this instant comes too soon after the first message.
    """
    if appointment_time <= now:
        raise ValueError("nothing can be planned for an appointment in the past")
    ordered = sorted(set(offsets), reverse=True)
    due = [appointment_time - offset.duration for offset in ordered]
    if earlier is not None:
        due = [earlier(instant) for instant in due]
    ends = [*due, appointment_time][1:]
    reminders = [
        Touchpoint(
            offset.kind,
            due_at,
            end,
            missed=due_at <= now,
            too_soon=not_before is not None and now < due_at < not_before,
        )
        for offset, due_at, end in zip(ordered, due, ends, strict=True)
    ]
    first_reminder = next((r.due_at for r in reminders if not r.missed and not r.too_soon), appointment_time)
    at_once = now.replace(microsecond=0)  # whole seconds, as all other instants: they sort as text
    return (Touchpoint(CONFIRMATION, at_once, first_reminder, missed=False), *reminders)

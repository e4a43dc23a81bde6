"""Records of what workflows have done, to be counted later: one for each thing, ids and figures only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class StatisticKind(StrEnum):
    """What was done."""

    CANCELLATION = "cancellation"
    RESCHEDULING = "rescheduling"
    SLOT_GENERATION = "slot_generation"
    SLOT_CLEANUP = "slot_cleanup"
    CONSISTENCY_CHECK = "consistency_check"
    REQUEST_EXPIRED = "request_expired"


@dataclass(frozen=True)
class Statistic:
    """One thing that was done. Recording it again writes the same row.

    Attributes:
        subject: the ids that tell it from others of its kind: ``r-17``, ``dr-1#2026-11-30``.
        at: an instant (UTC) that is the same however often it is recorded: the event's.
        values: what there is to count.
    """

    kind: StatisticKind
    subject: str
    at: datetime
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def day(self) -> str:
        """The UTC day it belongs to."""
        return self.at.date().isoformat()

    @property
    def entry(self) -> str:
        """Its key within the day."""
        return f"{self.kind.value}#{self.subject}"

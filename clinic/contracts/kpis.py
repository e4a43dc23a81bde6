"""The figures Citas is measured by, with their targets: one list for dashboards, alarms and commands."""

from dataclasses import dataclass

from clinic.contracts.metrics import (
    BUSY_TIME,
    EXPIRATION_DELAY,
    HEALTH_CHECK,
    MESSAGE_DELIVERY_RATE,
    REMINDER_DELIVERY_RATE,
    RUN_RECOVERY,
    RUN_SUCCESS,
    SLOT_ACCURACY,
    STATE_CONSISTENCY,
    Metric,
)


@dataclass(frozen=True)
class Kpi:
    """A figure and its target.

    Attributes:
        name: kebab-case; names its alarm.
        metric: what it is read from; it has no dimensions of its own.
        statistic: how the metric's values are brought to one figure: ``Average``, ``Maximum`` or ``Minimum``.
        target: in the metric's unit.
        is_ceiling: the figure should stay below the target; else it should be above it.
        is_reached_at: whether the target itself is good enough.
    """

    name: str
    title: str
    metric: Metric
    statistic: str
    target: float
    is_ceiling: bool = False
    is_reached_at: bool = False

    def is_met(self, figure: float) -> bool:
        """Whether a figure meets the target."""
        if figure == self.target:
            return self.is_reached_at
        return figure < self.target if self.is_ceiling else figure > self.target

    @property
    def target_text(self) -> str:
        """The target as a person writes it: ``> 99.5 %``, ``< 30 s``."""
        unit = "s" if self.metric.unit == "Seconds" else "%"
        below, above = ("≤", "≥") if self.is_reached_at else ("<", ">")
        return f"{below if self.is_ceiling else above} {self.target:g} {unit}"


EXECUTION_TIME = Kpi("execution-time", "Average busy time", BUSY_TIME, "Average", 30, is_ceiling=True)
SUCCESS_RATE = Kpi("success-rate", "Success rate of runs", RUN_SUCCESS, "Average", 99.5)
REMINDER_DELIVERY = Kpi("reminder-delivery", "Reminder delivery rate", REMINDER_DELIVERY_RATE, "Average", 98)
SLOT_GENERATION = Kpi("slot-accuracy", "Slot generation accuracy", SLOT_ACCURACY, "Average", 99)
EXPIRATION = Kpi(
    "expiration-handling", "Expiration handling", EXPIRATION_DELAY, "Maximum", 300, is_ceiling=True
)
AVAILABILITY = Kpi("availability", "Availability", HEALTH_CHECK, "Average", 99.9, is_reached_at=True)
RECOVERY = Kpi("error-recovery", "Error recovery rate", RUN_RECOVERY, "Average", 95)
MESSAGE_SUCCESS = Kpi("message-success", "Message delivery success", MESSAGE_DELIVERY_RATE, "Average", 99)
CONSISTENCY = Kpi(
    "state-consistency", "State consistency", STATE_CONSISTENCY, "Minimum", 100, is_reached_at=True
)

KPIS: tuple[Kpi, ...] = (
    EXECUTION_TIME,
    SUCCESS_RATE,
    REMINDER_DELIVERY,
    SLOT_GENERATION,
    EXPIRATION,
    AVAILABILITY,
    RECOVERY,
    MESSAGE_SUCCESS,
    CONSISTENCY,
)

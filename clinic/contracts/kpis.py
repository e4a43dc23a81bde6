"""The figures Citas is measured by: one row each for alarms, dashboard, commands and docs.

A row says what is counted, in words; the two delivery rates count by `clinic.domain.messages.arrivals`,
wherever they are given.
"""

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
        counted: what of what; docs/kpi.md and docs/runbook.md say it so.
        left_out: what is in neither.
        on_aws: where the alarm and the dashboard have it from, and what they can't see.
        is_ceiling: the figure should stay below the target; else it should be above it.
        is_reached_at: whether the target itself is good enough.
    """

    name: str
    title: str
    metric: Metric
    statistic: str
    target: float
    counted: str
    left_out: str
    on_aws: str
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


_NOT_WANTED = (
    "people whom nobody could have reached; what was not wanted any more, or never; what may arrive yet"
)

EXECUTION_TIME = Kpi(
    "execution-time",
    "Average busy time",
    BUSY_TIME,
    "Average",
    30,
    counted="of each run that ended: how long it was at work",
    left_out="waits",
    on_aws=(
        "one value for each run. `citas kpi` has the steps' time on this machine's processor, and the"
        " pauses between a step's tries; the metric has the steps' own time without the pauses"
    ),
    is_ceiling=True,
)
SUCCESS_RATE = Kpi(
    "success-rate",
    "Success rate of runs",
    RUN_SUCCESS,
    "Average",
    99.5,
    counted=(
        "of the runs that ended: how many ended well. A cancellation whose refund was refused did the"
        " rest, and failed"
    ),
    left_out=(
        "runs of the health check and the analytics, which do not count themselves; runs stopped on "
        "purpose; those that refused their event and left everything as it was"
    ),
    on_aws="100 or 0 for each run that ends; `EventsRefused` counts the refused events",
)
REMINDER_DELIVERY = Kpi(
    "reminder-delivery",
    "Reminder delivery rate",
    REMINDER_DELIVERY_RATE,
    "Average",
    98,
    counted=(
        "of the reminders that were due, and still wanted then: how many reached the phone, as the "
        "webhook told. One that never left counts against it"
    ),
    left_out=_NOT_WANTED,
    on_aws=(
        "of those that were due in the day before, every six hours; nothing where none was. What "
        "arrives later than that is missing in it"
    ),
)
SLOT_GENERATION = Kpi(
    "slot-accuracy",
    "Slot generation accuracy",
    SLOT_ACCURACY,
    "Average",
    99,
    counted=(
        "of the slots that the doctors' hours call for: how many are there, with the right id, start,"
        " end, buffer and capacity"
    ),
    left_out="today's and past slots: free ones go",
    on_aws=(
        "right after each generation, by the code that makes slots. `citas kpi` looks at the thirty "
        "days from tomorrow on, each day at noon (UTC), by the code that makes the month up: the two "
        "share nothing"
    ),
)
EXPIRATION = Kpi(
    "expiration-handling",
    "Expiration handling",
    EXPIRATION_DELAY,
    "Maximum",
    300,
    counted="the longest that a request which nobody answered was kept beyond its time",
    left_out="answered and withdrawn ones, and those that still wait",
    on_aws="one value for each request that is closed; one that nobody ever closes has none",
    is_ceiling=True,
)
AVAILABILITY = Kpi(
    "availability",
    "Availability",
    HEALTH_CHECK,
    "Average",
    99.9,
    counted=(
        "of the events that the bus accepted, Citas' own included: how many were served with no "
        "operator's help, that is, all their runs ended well, were stopped on purpose or refused the "
        "event"
    ),
    left_out="events whose runs go on at the end",
    on_aws=(
        "it is another share: of the health checks, how many found all well. A machine that is always"
        " up has nothing to show for that, and CloudWatch can't say which event a run belongs to"
    ),
    is_reached_at=True,
)
RECOVERY = Kpi(
    "error-recovery",
    "Error recovery rate",
    RUN_RECOVERY,
    "Average",
    95,
    counted="of the runs in which a step died, failed or was throttled: how many ended well all the same",
    left_out="those that refused their event, were stopped or go on",
    on_aws="100 or 0 for each such run that ends",
)
MESSAGE_SUCCESS = Kpi(
    "message-success",
    "Message delivery success",
    MESSAGE_DELIVERY_RATE,
    "Average",
    99,
    counted=(
        "of the messages of all kinds that were due, and still wanted then: how many reached the "
        "phone, as the webhook told. One that never left counts against it"
    ),
    left_out=_NOT_WANTED,
    on_aws=(
        "of those that were due in the day before, every six hours; nothing where none was. What "
        "arrives later than that is missing in it"
    ),
)
CONSISTENCY = Kpi(
    "state-consistency",
    "State consistency",
    STATE_CONSISTENCY,
    "Minimum",
    100,
    counted=(
        "slots, day sheets, reservations, requests, moves and refunds, held against each other. One "
        "breach makes it 0"
    ),
    left_out="messages and events, which the audit holds to I4 and I8",
    on_aws=(
        "what is found every six hours about the slots that lie ahead. `citas kpi` has the audit of "
        "I1, I2, I3, I5, I6 and I7; a refund is held against its charge there alone"
    ),
    is_reached_at=True,
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

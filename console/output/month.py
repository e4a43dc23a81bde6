"""The document of `citas kpi --json`: each KPI, as it was measured, against its target."""

from typing import Literal

from pydantic import Field

from console.output.kpis import MessageCounts
from console.output.result import AuditRow
from console.output.rows import FailedEventRow, Instant, Row


class KpiFigure(Row):
    """A KPI as it was measured."""

    name: str = Field(description="as in clinic/contracts/kpis.py, which names its alarm so")
    title: str
    unit: Literal["Percent", "Seconds"]
    value: float | None = Field(description="null if there was nothing to measure")
    target: float
    is_ceiling: bool = Field(description="true: the value should stay below the target")
    is_met: bool = Field(description="false, too, where there was nothing to measure")
    part: int = Field(description="of a percentage: how many were well")
    whole: int = Field(description="out of how many; of a time: how many were timed")
    left_out: dict[str, int] = Field(description="what is not part of the whole, and how much of it there is")
    note: str = Field(description="what is counted")


class MonthReport(Row):
    """A random month, and how well it went."""

    version: str = Field(description="of Citas: with it and the three below, the same month can be run again")
    appointments: int
    days: int
    seed: int
    start: Instant
    until: Instant
    doctors: int
    events: int = Field(description="put on the bus, those that Citas itself put there included")
    runs: int
    steps: int = Field(description="invocations of functions")
    mishaps: dict[str, int] = Field(description="invocations that did not end well: died, failed, throttled")
    idle_faults: list[str] = Field(description="rules of the fault plan that never acted")
    messages: MessageCounts
    figures: list[KpiFigure]
    failures: list[FailedEventRow] = Field(
        description="events that were not served, those left out that a run refused"
    )
    audit: list[AuditRow]

    @property
    def is_well(self) -> bool:
        """Whether every KPI is met, and the audit holds."""
        holds = all(row.status != "violated" for row in self.audit)
        return holds and all(figure.is_met for figure in self.figures)

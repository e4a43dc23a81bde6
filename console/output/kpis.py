"""Rows of OUT.json about how well it went: counts of messages, and each KPI against its target."""

from typing import Literal

from pydantic import Field

from console.output.rows import Row

KpiStatus = Literal["met", "missed", "not_measured"]


class MessageCounts(Row):
    """What became of the messages."""

    planned: int = Field(description="all message intents there are")
    accepted: int = Field(description="taken by WhatsApp, whatever came later")
    delivered: int = Field(description="on the phone, read ones included")
    read: int
    failed: int = Field(description="refused by WhatsApp, undeliverable, or given up")
    unknown: int = Field(description="the request left, and nobody knows what came of it")
    open: int = Field(description="planned or being sent at the end")
    superseded: int
    skipped: dict[str, int] = Field(description="by reason")


class KpiRow(Row):
    """One KPI as a run measured it."""

    name: str
    title: str
    unit: Literal["percent", "count"]
    value: float | None = Field(description="null if there was nothing to measure")
    target: float
    goal: Literal["above", "at_least", "at_most"] = Field(description="on which side of the target it is met")
    status: KpiStatus
    part: int = Field(description="of a percentage: how many were well")
    whole: int = Field(description="of a percentage: out of how many; of a count: how many were looked at")
    left_out: dict[str, int] = Field(description="what is not part of the whole, and how much of it there is")
    note: str = Field(description="what is counted")


class KpiReport(Row):
    """How well it went."""

    messages: MessageCounts
    figures: list[KpiRow]

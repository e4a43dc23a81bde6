"""Knows what happens again and again by itself, and sums it up in a few words."""

from collections.abc import Mapping

from clinic.contracts.workflows import (
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    NIGHTLY_FAN_OUT,
    WORKFLOW_ANALYTICS,
    WORKFLOW_HEALTH,
)

_EVENTS = frozenset(DAILY_SLOT_GENERATION.detail_types + EXPIRED_SLOTS_CLEANUP.detail_types)
_WORKFLOWS = frozenset(
    workflow.name
    for workflow in (
        DAILY_SLOT_GENERATION,
        EXPIRED_SLOTS_CLEANUP,
        NIGHTLY_FAN_OUT,
        WORKFLOW_HEALTH,
        WORKFLOW_ANALYTICS,
    )
)
_FIGURES = {
    "slots_generated": "made",
    "slots_changed": "changed",
    "slots_removed": "removed",
    "slots_kept": "kept",
}


def is_routine_event(detail_type: str, line: int | None) -> bool:
    """Whether it is one of the many events that Citas puts on the bus every night."""
    return line is None and detail_type in _EVENTS


def is_routine_run(workflow: str, line: int | None) -> bool:
    """Whether it is one of the many runs of every night, or of those who watch."""
    return line is None and workflow in _WORKFLOWS


def slots_made(figures: Mapping[str, object]) -> str:
    """``7 made, 12 kept``: what generating slots came to, by the figures a run keeps of it."""
    if reason := figures.get("reason"):
        return str(reason)
    parts = [
        f"{number:,} {word}"
        for name, word in _FIGURES.items()
        if isinstance(number := figures.get(name), int) and number
    ]
    return ", ".join(parts) or "none"

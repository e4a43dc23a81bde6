"""Findings of a look at an account or a stage, with what to do about each."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    WARNING = "warning"  # it works, and less well than it should
    FAILURE = "failure"  # a deployment would fail, or messages would not go out
    UNKNOWN = "unknown"  # it could not be looked at


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at, in kebab-case: for programs, and for the runbook.
        text: what was found. Ids and figures alone, never a secret's value.
        remedy: what to do; empty where nothing is to be done.
    """

    check: str
    level: Level
    text: str
    remedy: str = ""


def fine(check: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, remedy: str) -> Finding:
    """It works, and less well than it should."""
    return Finding(check, Level.WARNING, text, remedy)


def failure(check: str, text: str, remedy: str) -> Finding:
    """It has to be mended first."""
    return Finding(check, Level.FAILURE, text, remedy)


def unknown(check: str, text: str, remedy: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(check, Level.UNKNOWN, text, remedy)

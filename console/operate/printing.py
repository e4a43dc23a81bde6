"""How operators' commands print figures and documents."""

import json

from console.output.output_file import STDOUT, OutputFile

NOTHING = "–"


def print_json(document: object) -> None:
    """For programs, on standard output."""
    OutputFile(STDOUT).write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def percent(value: float | None) -> str:
    """``99.5 %``; a dash where there is nothing to measure."""
    return NOTHING if value is None else f"{value:.2f} %".replace(".00 %", " %")


def number(value: float | None, unit: str = "") -> str:
    """``1.25 s``; a dash where there is nothing to measure."""
    return NOTHING if value is None else f"{value:.2f}{unit}"

"""Figures that were measured, for people and for programs."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measurement:
    """One figure.

    Attributes:
        most: the target; None where there is none.
        note: how it was taken.
    """

    name: str
    value: float
    unit: str
    most: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.most is None:
            return ""
        return "met" if self.value <= self.most else "missed"


def table(measurements: list[Measurement]) -> str:
    """A row for each figure."""
    rows = [("what", "measured", "target", "", "how")]
    for found in measurements:
        target = f"at most {found.most:g} {found.unit}" if found.most is not None else ""
        rows.append((found.name, f"{found.value:.2f} {found.unit}", target, found.verdict, found.note))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_json(measurements: list[Measurement]) -> list[dict[str, object]]:
    """The same for a program."""
    return [{**asdict(found), "verdict": found.verdict or None} for found in measurements]

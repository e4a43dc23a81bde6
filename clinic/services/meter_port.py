"""What is counted while it happens, as a protocol."""

from typing import Protocol

from clinic.contracts.metrics import Metric


class Meter(Protocol):
    """Publishes metrics. It never fails a step: what can't be published is lost."""

    def add(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        """Add a value to a metric.

        Args:
            metric: one of `clinic.contracts.metrics`.
            value: in the metric's unit.
            dimensions: a value for each of the metric's own dimensions; few different ones, no ids.

        Raises:
            ValueError: the dimensions are not those of the metric.
        """

"""Metrics in CloudWatch's embedded format, through Powertools: lines in the log that CloudWatch reads."""

from dataclasses import dataclass

from aws_lambda_powertools.metrics import EphemeralMetrics

from clinic.contracts.metrics import SERVICE_NAME, STAGE, Metric


@dataclass(frozen=True)
class EmfMeter:
    """Fulfils `clinic.services.ports.Meter`.

    Attributes:
        namespace: CloudWatch's, for all metrics of Citas.
        stage: the deployment.
    """

    namespace: str
    stage: str

    def add(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        """Write a line that CloudWatch reads as this metric."""
        if set(dimensions) != set(metric.dimensions):
            raise ValueError(f"{metric.name} has the dimensions {', '.join(metric.dimensions) or 'none'}")
        # One that keeps nothing: the usual one shares its values among all calls of a process.
        metrics = EphemeralMetrics(namespace=self.namespace, service=SERVICE_NAME)
        metrics.add_dimension(STAGE, self.stage)
        for name, text in dimensions.items():
            metrics.add_dimension(name, text)
        metrics.add_metric(name=metric.name, unit=metric.unit.value, value=value)
        metrics.flush_metrics()

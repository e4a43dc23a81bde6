"""CloudWatch's metrics, ours and AWS's, as dashboards and alarms name them."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn

from clinic.contracts.metrics import NAMESPACE, SERVICE, SERVICE_NAME, STAGE, Metric
from infra.config import StageConfig

FIVE_MINUTES = Duration.minutes(5)


def ours(
    metric: Metric,
    config: StageConfig,
    *,
    statistic: str,
    period: Duration = FIVE_MINUTES,
    label: str | None = None,
    **dimensions: str,
) -> cloudwatch.Metric:
    """One of `clinic.contracts.metrics`, with a value for each of its own dimensions."""
    if set(dimensions) != set(metric.dimensions):
        raise ValueError(f"{metric.name} has the dimensions {metric.dimensions}")
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric.name,
        dimensions_map={SERVICE: SERVICE_NAME, STAGE: config.stage.value, **dimensions},
        statistic=statistic,
        period=period,
        label=label,
    )


def of_runs(
    name: str, machine: sfn.IStateMachine, statistic: str = "Sum", period: Duration = FIVE_MINUTES
) -> cloudwatch.Metric:
    """One of Step Functions' metrics of a state machine."""
    return _aws("AWS/States", name, {"StateMachineArn": machine.state_machine_arn}, statistic, period)


def of_function(name: str, function: lambda_.IFunction, statistic: str = "Sum") -> cloudwatch.Metric:
    """One of Lambda's metrics of a function."""
    return _aws("AWS/Lambda", name, {"FunctionName": function.function_name}, statistic)


def of_rule(name: str, rule: str, bus: str | None, period: Duration = FIVE_MINUTES) -> cloudwatch.Metric:
    """One of EventBridge's metrics of a rule; ``bus`` None: the account's default one."""
    dimensions = {"RuleName": rule} if bus is None else {"EventBusName": bus, "RuleName": rule}
    return _aws("AWS/Events", name, dimensions, "Sum", period)


def of_queue(name: str, queue: str, statistic: str = "Maximum") -> cloudwatch.Metric:
    """One of SQS's metrics of a queue."""
    return _aws("AWS/SQS", name, {"QueueName": queue}, statistic)


def of_api(name: str, api_id: str) -> cloudwatch.Metric:
    """One of API Gateway's metrics of an HTTP API."""
    return _aws("AWS/ApiGateway", name, {"ApiId": api_id}, "Sum")


def of_table(name: str, table: str, index: str | None = None) -> cloudwatch.Metric:
    """One of DynamoDB's metrics of a table, or of one of its indexes, which are not in the table's."""
    dimensions = {"TableName": table, **({"GlobalSecondaryIndexName": index} if index else {})}
    return _aws("AWS/DynamoDB", name, dimensions, "Sum")


def _aws(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    statistic: str,
    period: Duration = FIVE_MINUTES,
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        statistic=statistic,
        period=period,
    )

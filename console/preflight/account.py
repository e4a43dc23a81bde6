"""The account: room for the functions' reservations, names that an earlier attempt left, quotas."""

from collections.abc import Callable, Iterator
from typing import Any

from clinic.contracts.endpoints import ENDPOINTS, Endpoint
from clinic.contracts.listeners import LISTENERS, Listener
from clinic.contracts.tables import TABLES
from clinic.contracts.workflows import WORKFLOWS, Workflow
from console.operate.stage import Stage
from console.preflight.findings import Finding, failure, fine, unknown, warning

# As much as Lambda keeps for functions that reserve nothing (Lambda, "Configuring reserved concurrency").
KEPT_UNRESERVED = 100
# Each visit that lies ahead within the horizon is an open run; quotas are found by their names.
_STATES, _OPEN_EXECUTIONS, _ENOUGH_EXECUTIONS = "states", "open executions", 100_000
_RECOVERABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}


def account_findings(stage: Stage, *, reserves: bool) -> Iterator[Finding]:
    """Look at what a deployment needs of the account, whether the stage is there yet or not."""
    from botocore.exceptions import BotoCoreError, ClientError

    looks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("lambda-concurrency", lambda: _concurrency(stage, reserves=reserves)),
        ("stack", lambda: _stack(stage)),
        ("quotas", lambda: _quotas(stage)),
    )
    for check, look in looks:
        try:
            yield from look()
        except (ClientError, BotoCoreError) as error:
            yield unknown(check, f"AWS did not say: {_reason(error)}", "look at it by hand")


def stack_status(stage: Stage) -> str | None:
    """The status of the stage's stack; None: there is none."""
    from botocore.exceptions import ClientError

    try:
        found = stage.client("cloudformation").describe_stacks(StackName=stage.stack)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return next((str(it["StackStatus"]) for it in found["Stacks"]), None)


def _concurrency(stage: Stage, *, reserves: bool) -> Iterator[Finding]:
    check = "lambda-concurrency"
    serving: tuple[Workflow | Endpoint | Listener, ...] = (*WORKFLOWS, *ENDPOINTS, *LISTENERS)
    ours = {stage.named(it.name): it.concurrency for it in serving}
    wanted = sum(ours.values())
    client = stage.client("lambda")
    limit = client.get_account_settings()["AccountLimit"]
    total = int(limit["ConcurrentExecutions"])
    if not reserves:
        yield fine(check, f"Lambda runs {total:,} functions at once; none is reserved")
        return
    missing = wanted - sum(_reserved(client, name) for name in ours)
    left = int(limit.get("UnreservedConcurrentExecutions", total)) - missing
    if left >= KEPT_UNRESERVED:
        yield fine(
            check, f"Lambda runs {total:,} functions at once; {wanted} are reserved, {left:,} stay free"
        )
        return
    yield failure(
        check,
        f"Lambda runs {total:,} functions at once; the stage reserves {wanted}, and {KEPT_UNRESERVED} have "
        "to stay free",
        "ask for a higher quota (Lambda, concurrent executions), or deploy with -c reserved_concurrency=off",
    )


def _reserved(client: Any, name: str) -> int:
    from botocore.exceptions import ClientError

    try:
        found = client.get_function_concurrency(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return 0
        raise
    return int(found.get("ReservedConcurrentExecutions", 0))


def _stack(stage: Stage) -> Iterator[Finding]:
    status = stack_status(stage)
    name = stage.stack
    if status in _RECOVERABLE:
        yield fine("stack", f"stack {name}: {status}")
        return
    if status is not None and status.endswith("_IN_PROGRESS"):
        yield warning("stack", f"stack {name}: {status}", "wait until it is done")
        return
    if status is not None and status != "REVIEW_IN_PROGRESS":
        yield failure(
            "stack",
            f"stack {name}: {status}",
            "read its events in CloudFormation; delete it if it never lived",
        )
    left = sorted(_names_left(stage))
    if not left:
        yield fine("names", "no name of the stage is taken")
        return
    yield failure(
        "names",
        f"no stack holds them, and they would be in its way: {', '.join(left)}",
        "delete what is empty; what holds data is brought into the stack by `npx cdk import`",
    )


def _names_left(stage: Stage) -> Iterator[str]:
    prefix = stage.named("")
    tables = {stage.named(table) for table in TABLES}
    pages = stage.client("dynamodb").get_paginator("list_tables").paginate()
    yield from (f"table {name}" for page in pages for name in page["TableNames"] if name in tables)
    secrets = stage.client("secretsmanager").get_paginator("list_secrets")
    for page in secrets.paginate(IncludePlannedDeletion=True):
        for secret in page["SecretList"]:
            if secret["Name"].startswith(f"citas/{stage.choice.stage}/"):
                being_deleted = " (being deleted)" if secret.get("DeletedDate") else ""
                yield f"secret {secret['Name']}{being_deleted}"
    queues = stage.client("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    yield from (f"queue {url.rpartition('/')[2]}" for url in queues)
    logs = stage.client("logs").get_paginator("describe_log_groups")
    for kind in ("lambda", "vendedlogs/states", "vendedlogs/apis"):
        for page in logs.paginate(logGroupNamePrefix=f"/aws/{kind}/{prefix}"):
            yield from (f"log group {group['logGroupName']}" for group in page["logGroups"])


def _quotas(stage: Stage) -> Iterator[Finding]:
    pages = stage.client("service-quotas").get_paginator("list_service_quotas")
    for page in pages.paginate(ServiceCode=_STATES):
        for quota in page["Quotas"]:
            if _OPEN_EXECUTIONS in str(quota["QuotaName"]).lower():
                value = int(quota["Value"])
                text = f"Step Functions: {value:,} open executions"
                is_enough = value >= _ENOUGH_EXECUTIONS
                yield fine("quotas", text) if is_enough else warning("quotas", text, "ask for more")
                return
    yield unknown("quotas", "Step Functions names no quota of open executions", "look at it by hand")


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    return str(response["Error"]["Code"]) if response else type(error).__name__

"""The workflows that watch keep no count of themselves: Step Functions is asked how their last runs ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.contracts.workflows import WATCHED, WORKFLOWS
from console.operate.stage import Stage

# Of those that are still at work nobody knows how they end.
_LOOKED_AT = 20


@dataclass(frozen=True)
class LastRun:
    """A watching workflow's last run that has ended.

    Attributes:
        error: an error's name.
    """

    workflow: str
    name: str
    status: str
    started_at: datetime
    error: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether it has done its work, or somebody stopped it on purpose."""
        return self.status in {"SUCCEEDED", "ABORTED"}


def last_runs(stage: Stage) -> list[LastRun]:
    """The last run of each, as far as one has ended.

    Raises:
        StageError: AWS did not say.
    """
    client = stage.client("stepfunctions")
    with stage.asking():
        pages = client.get_paginator("list_state_machines").paginate()
        arns = {found["name"]: found["stateMachineArn"] for page in pages for found in page["stateMachines"]}
        watching = [workflow.name for workflow in WORKFLOWS if workflow not in WATCHED]
        runs = (_last(client, name, arns.get(stage.named(name))) for name in watching)
        return [run for run in runs if run is not None]


def _last(client: Any, workflow: str, arn: str | None) -> LastRun | None:
    if arn is None:
        return None
    found = client.list_executions(stateMachineArn=arn, maxResults=_LOOKED_AT)["executions"]
    ended = [run for run in found if run["status"] != "RUNNING"]
    if not ended:
        return None
    last = max(ended, key=lambda run: run["startDate"])
    is_bad = last["status"] not in {"SUCCEEDED", "ABORTED"}
    told = client.describe_execution(executionArn=last["executionArn"]) if is_bad else {}
    return LastRun(workflow, last["name"], last["status"], last["startDate"], told.get("error"))

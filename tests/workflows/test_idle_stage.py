"""An idle stage publishes the metrics that docs/deploy.md says are paid for."""

import json
import re
from datetime import timedelta
from typing import Any

from clinic.contracts.schedules import SCHEDULES
from tests.docs.documents import page
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import clinic_stack

BEFORE_MIDNIGHT = NOW.replace(hour=23, minute=50)


def published(lines: list[str]) -> set[tuple[Any, ...]]:
    """Each metric with its dimensions: CloudWatch asks for each of them."""
    found: set[tuple[Any, ...]] = set()
    for line in lines:
        record = json.loads(line) if line.startswith("{") else {}
        for directive in record.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                for names in directive["Dimensions"]:
                    found.add((metric["Name"], *(record[name] for name in sorted(names))))
    return found


def test_a_night_and_a_morning_without_anybody_publish_the_metrics_that_the_bill_has() -> None:
    names = [schedule.name for schedule in SCHEDULES]
    with clinic_stack(BEFORE_MIDNIGHT, schedules=names, keeps_run_ledger=True) as clinic:
        clinic.stack.run_until(BEFORE_MIDNIGHT + timedelta(hours=7))
        seen = published(clinic.stack.log_lines)
    (billed,) = re.findall(
        r"^\| metrics that are published all the same \| (\d+) \| (\d+) \|",
        page("docs/deploy.md"),
        re.MULTILINE,
    )
    assert (str(len(seen)), str(len(seen))) == billed, sorted(seen)

"""A clinic's day heard late, out of order and twice, with processes that die, ends as the calm one."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from clinic.contracts.workflows import WORKFLOWS
from tests.agreement.definitions import states
from tests.workflows.clinic_days import Day, failed, random_day, standing, violations

LATEST = 6 * 60  # minutes
# What publishers' events run through; the nights' own workflow is another test's.
SHAKEN = [workflow for workflow in WORKFLOWS if workflow.detail_types]


def shaken(day: Day, chance: random.Random) -> list[dict[str, Any]]:
    """Each event late by up to six hours, and every third one twice; but the slots are made first."""
    lines = [event.line for event in day.events if event.line >= day.first_of_a_patient]
    return [
        {"line": line, "late": f"{chance.randrange(1, LATEST)}m", "delivered": chance.choice([1, 1, 2])}
        for line in lines
    ]


def deaths(chance: random.Random) -> Iterator[dict[str, Any]]:
    """Of each step of each workflow one call dies, before or after what it does."""
    for workflow in SHAKEN:
        for state in states(workflow):
            if state.definition["Type"] == "Task":
                call, dies = chance.randrange(1, 3), chance.choice(["before", "after"])
                yield {"workflow": workflow.name, "step": state.name, "call": call, "dies": dies}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_in_any_order_with_deaths_ends_as_the_calm_one(seed: int) -> None:
    day, chance = random_day(seed), random.Random(seed)
    calm = day.run()
    assert (failed(calm), violations(calm)) == ([], [])
    faults = {"events": shaken(day, chance), "lambda": list(deaths(chance))}
    in_disorder = day.run(faults)
    assert (failed(in_disorder), violations(in_disorder)) == ([], [])
    assert standing(in_disorder) == standing(calm)

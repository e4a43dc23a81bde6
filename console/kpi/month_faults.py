"""Makes the faults of a random month: all that there can be, seeded, none of them for good."""

import random
from collections.abc import Sequence
from typing import Any

from clinic.contracts.endpoints import ENDPOINTS
from clinic.contracts.workflows import WORKFLOWS
from console.inputs.events import InputLine
from console.kpi.month_events import Month

# Of a hundred patients one has a number that WhatsApp can't reach.
UNREACHABLE = 0.01
READERS = 0.2
TWICE, LATE = 0.05, 0.03
# Each way of dying, of each call of a function.
DIES = 0.004


def month_faults(made: Month, lines: Sequence[InputLine], seed: int) -> dict[str, Any]:
    """FAULTS.json for a month."""
    chance = random.Random(f"{seed} faults")
    return {
        "whatsapp": [*_people(made, chance), *_whatsapp()],
        "webhooks": [
            {"rate": 0.05, "late": "4m"},
            {"rate": 0.01, "late": "3h"},
            {"rate": 0.1, "delivered": 2},
            {"rate": 0.05, "first": True},
            {"rate": 0.01, "forged": True, "status": "sent"},
            {"rate": 0.01, "lost": True, "status": "sent"},
        ],
        "payments": [
            {"rate": 0.1, "status": 500},
            {"rate": 0.05, "timeout": "after"},
            {"rate": 0.05, "cut": "before"},
            {"rate": 0.05, "refund": "pending"},
        ],
        "lambda": [
            {"workflow": name, "dies": dies, "rate": DIES}
            for name in (*(workflow.name for workflow in WORKFLOWS), *(end.name for end in ENDPOINTS))
            for dies in ("before", "after", "before_request", "after_request")
        ],
        "events": list(_events(lines, chance)),
        "seed": seed,
    }


def _people(made: Month, chance: random.Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in made.numbers:
        if chance.random() < UNREACHABLE:
            found.append({"to": number, chance.choice(["code", "later"]): 131026})
        elif chance.random() < READERS:
            found.append({"to": number, "reads": chance.choice(["1m", "20m", "5h"])})
    return found


def _whatsapp() -> list[dict[str, Any]]:
    return [
        {"rate": 0.02, "code": 131016},
        {"rate": 0.005, "code": 130429},
        {"rate": 0.003, "code": 131056},
        {"rate": 0.005, "status": 500},
        {"rate": 0.004, "timeout": "before"},
        {"rate": 0.004, "timeout": "after"},
        {"rate": 0.004, "cut": "before"},
        {"rate": 0.004, "cut": "after"},
    ]


def _events(lines: Sequence[InputLine], chance: random.Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        if chance.random() < TWICE:
            found.append({"line": line.line, "delivered": chance.choice([2, 2, 3])})
        elif chance.random() < LATE:
            found.append({"line": line.line, "late": chance.choice(["5s", "90s", "10m", "2h"])})
    return found

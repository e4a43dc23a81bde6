"""`docs/scaling.md`: which limits a million appointments a day meet, and which of them first."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bench.cost.bill import bill, milliseconds, prices
from bench.cost.count import Counted
from bench.cost.table import amount, table
from clinic.contracts.workflows import (
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    MEDICATION_REMINDERS,
    WORKFLOWS,
)
from infra.config import STAGES, Stage

_MILLION = 1_000_000
_SECONDS_A_DAY = 86_400
# The busiest hour against the day's mean: visits begin on the hour, and so do their reminders.
PEAK = 5
# How long runs are open, in days: booked a week ahead, followed up for a week, ten days of doses.
_OPEN_DAYS = {APPOINTMENT_REMINDERS.name: 7, APPOINTMENT_FOLLOW_UP.name: 7, MEDICATION_REMINDERS.name: 10}
_OPEN_RUNS = 1_000_000
_PARTITION = 1000
_LEDGERS_AT_ONCE = 2


@dataclass(frozen=True)
class Limit:
    """Something there is only so much of.

    Attributes:
        a_day: how much of it a million appointments a day use, at their peak where it is a rate.
        most: how much there is.
        whose: who sets it.
        then: what to change when it is reached.
    """

    what: str
    unit: str
    a_day: float
    most: float
    whose: str
    then: str

    @property
    def reached_at(self) -> float:
        """So many appointments a day use all of it."""
        return _MILLION * self.most / self.a_day


def limits(counted: Counted) -> list[Limit]:
    """Each limit that grows with the appointments, the first to be reached first."""
    each = 1 / counted.appointments
    by_price = {line.price: line.amount * 1000 for line in bill(counted)}
    runs = sum(counted.runs.values()) * each * _MILLION
    config = STAGES[Stage.PROD]
    recorder = counted.functions["run-ledger"]
    # Each write of an intent is one of its day's partition in the index of what became of a day's messages.
    day_writes = by_price["whatsapp_messages"] * _writes_of_a_message(counted)
    found = [
        Limit(
            "open runs",
            "runs",
            sum(counted.runs[name] * days for name, days in _OPEN_DAYS.items()) * each * _MILLION,
            _OPEN_RUNS,
            "Step Functions, for an account; can be raised",
            "have it raised; park visits and follow-ups beyond the last days, as those beyond a month are",
        ),
        Limit(
            "questions of the run ledger to Step Functions",
            "a second",
            _peak(recorder.requests["stepfunctions.GetExecutionHistory"] * each * _MILLION),
            _LEDGERS_AT_ONCE * config.run_questions_per_second,
            "`run_questions_per_second`; Step Functions answers some 20",
            "figures come late, none is lost; let functions say themselves how long a run was busy",
        ),
        Limit(
            "runs that start",
            "a second",
            _peak(runs),
            150,
            "Step Functions; 300 in the largest regions",
            "EventBridge tries again for a day; have it raised",
        ),
        Limit(
            "state transitions",
            "a second",
            _peak(by_price["state_transitions"]),
            800,
            "Step Functions; 5,000 in the largest regions",
            "have it raised",
        ),
        Limit(
            "messages of one number",
            "a second",
            _peak(by_price["whatsapp_messages"]),
            config.messages_per_second,
            "`messages_per_second`; WhatsApp lets a number have up to 1,000",
            "have the number's throughput raised, then the setting; more numbers",
        ),
        Limit(
            "writes of one day's messages in `by-due-day`",
            "units a second",
            _peak(day_writes),
            _PARTITION,
            "DynamoDB, for a partition that it has not split",
            "divide the day into shards, as `open-by-due` is",
        ),
        Limit(
            "writes of one workflow's runs",
            "units a second",
            _peak(recorder.units.write * each * _MILLION),
            _PARTITION,
            "DynamoDB, likewise",
            "divide each workflow into shards",
        ),
        Limit(
            "calls of the webhook",
            "a second",
            _peak(by_price["api_requests"]),
            10_000,
            "API Gateway, for an account",
            "have it raised",
        ),
    ]
    found += [
        Limit(
            f"places of `{workflow.name}`",
            "calls at once",
            _peak(milliseconds(counted.functions[workflow.name]) / 1000 * each * _MILLION),
            workflow.concurrency,
            "the specification's concurrency",
            "throttled steps wait and lose nothing; raise it in `clinic/contracts/workflows.py`",
        )
        for workflow in WORKFLOWS
        if workflow.name in counted.runs and workflow.name in _OPEN_DAYS
    ]
    return sorted(found, key=lambda limit: limit.reached_at)


def _peak(a_day: float) -> float:
    return a_day / _SECONDS_A_DAY * PEAK


def _writes_of_a_message(counted: Counted) -> float:
    """Planned, claimed, settled, and each status that is told."""
    statuses = counted.functions["whatsapp-webhook"].requests["dynamodb.UpdateItem"] / counted.messages
    return 3 + statuses


def page(counted: Counted, tenth: Counted) -> str:
    """The page in Markdown.

    Args:
        tenth: the same count for a tenth of the appointments, for how figures grow.
    """
    found = limits(counted)
    rows = [
        (
            limit.what,
            f"{amount(limit.a_day)} {limit.unit}",
            amount(limit.most),
            limit.whose,
            f"**{_rough(limit.reached_at)}**",
            limit.then,
        )
        for limit in found
    ]
    costs = {line.price: line.costs(prices()["us-east-1"]) or 0.0 for line in bill(counted)}
    whatsapp = costs.pop("whatsapp_messages")
    a_day, messages_a_day = amount(sum(costs.values()) * 1000), amount(whatsapp * 1000)
    return "\n".join(
        [
            *_OPENING.format(appointments=counted.appointments, peak=PEAK).splitlines(),
            "",
            *table(
                ("What", "At a million a day", "There is", "Whose limit", "Reached at, a day", "Then"), rows
            ),
            "",
            f"The first is {found[0].what}, at some {_rough(found[0].reached_at)} appointments a day.",
            f"A million a day would cost some {a_day} US dollars on AWS, and {messages_a_day} for WhatsApp.",
            "",
            *_growth(counted, tenth),
            "",
            _REST,
        ]
    )


_OPENING = """\
# What a million appointments a day would need

`make cost` writes this page from the counts of {appointments:,} appointments ([cost.md](cost.md)). Rates are
those of the busiest hour, taken as {peak} times the day's mean. Limits are AWS's defaults as last
known, where they are not ours. **Nothing has been tried at such a size, nor on AWS**: these are counts,
multiplied."""

_REST = """\
What does not grow with the appointments: the health check (a query of each shard of what is open), and the
templates' breakers. What grows with doctors instead: the night, which makes slots for each of them in a run
of its own ([0010](decisions/0010-slots-of-a-date.md)).

The number's sending rate is one item of the `channel` table; how often it is written is in
[0024](decisions/0024-limits-priority-and-breakers.md).
"""


def _growth(counted: Counted, tenth: Counted) -> list[str]:
    figures: dict[str, Callable[[Counted], float]] = {
        "requests to DynamoDB": _requests,
        "write units": lambda it: sum(used.units.write for used in it.functions.values()),
        "read units": lambda it: sum(used.units.read for used in it.functions.values()),
        "state transitions": lambda it: float(sum(it.transitions.values())),
        "calls of functions": lambda it: float(sum(used.calls for used in it.functions.values())),
    }
    rows = []
    for what, figure in figures.items():
        few, many = figure(tenth), figure(counted)
        exponent = math.log(many / few) / math.log(counted.appointments / tenth.appointments)
        rows.append((what, amount(few), amount(many), f"{exponent:.2f}"))
    head = ("What", f"{tenth.appointments:,} appointments", f"{counted.appointments:,}", "exponent")
    return [
        "## How it grows",
        "",
        "1.00 is as many times more as there are appointments.",
        "",
        *table(head, rows),
    ]


def _requests(counted: Counted) -> float:
    return float(
        sum(
            number
            for used in counted.functions.values()
            for name, number in used.requests.items()
            if name.startswith("dynamodb.")
        )
    )


def _rough(number: float) -> str:
    """Two digits: more would be pretended."""
    if number >= _MILLION:
        return f"{number / _MILLION:.2g} million"
    digits = 10 ** max(int(math.log10(number)) - 1, 0)
    return f"{round(number / digits) * digits:,}"

"""Prices counts: what 1,000 appointments cost, and what two other designs would be billed for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.cost.count import Counted, Used
from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    DAILY_SLOT_GENERATION,
    MEDICATION_REMINDERS,
)

_THOUSAND, _MILLION = 1000, 1_000_000
MEMORY_GB = 0.5

# How long a call of a function takes, in milliseconds: reckoned, since nothing has run on AWS yet.
MILLISECONDS = {
    "a call itself": 8.0,
    "a request to DynamoDB": 5.0,
    "a transaction": 12.0,
    "a request to another service of AWS": 20.0,
    "a request to WhatsApp or to the payments provider": 250.0,
}
# What Lambda itself writes of a call, and what it is asked for of a queue.
_LOG_BYTES_OF_A_CALL = 350
_STATUS_CHANGES = 2
_RECEIVE_AND_DELETE = 2

# The specification's functions: steps, of those that send a message, and sleeps.
SPECIFIED: Mapping[str, tuple[int, int, int]] = {
    APPOINTMENT_REMINDERS.name: (5, 3, 2),
    APPOINTMENT_FOLLOW_UP.name: (2, 2, 2),
    MEDICATION_REMINDERS.name: (30, 30, 30),
    APPOINTMENT_CANCELLATION.name: (6, 2, 0),
    APPOINTMENT_RESCHEDULING.name: (5, 1, 0),
}


@dataclass(frozen=True)
class Line:
    """A line of the bill.

    Attributes:
        price: the name of its price.
        amount: of how much, for 1,000 appointments.
    """

    what: str
    price: str
    amount: float

    def costs(self, prices: Mapping[str, float]) -> float | None:
        """US dollars; None: the price is not known."""
        return self.amount * prices[self.price] / _MILLION if self.price in prices else None


@cache
def prices() -> dict[str, dict[str, float]]:
    """By region (and ``inngest``): US dollars for a million of each."""
    tables = tomllib.loads(Path(__file__).with_name("prices.toml").read_text(encoding="utf-8"))
    return {
        name: {key: value for key, value in table.items() if key != "as_of"} for name, table in tables.items()
    }


def as_of(region: str) -> str:
    """When the prices were looked up."""
    text = Path(__file__).with_name("prices.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)[region]["as_of"])


def milliseconds(used: Used) -> float:
    """How long all of a function's calls take together."""
    total = used.calls * MILLISECONDS["a call itself"]
    for name, number in used.requests.items():
        service, _, operation = name.partition(".")
        if service == "http":
            kind = "a request to WhatsApp or to the payments provider"
        elif service != "dynamodb":
            kind = "a request to another service of AWS"
        else:
            kind = "a transaction" if operation.startswith("Transact") else "a request to DynamoDB"
        total += number * MILLISECONDS[kind]
    return total


def of_appointments(counted: Counted) -> dict[str, Used]:
    """What the functions used, but for those that make slots: a night's work, whoever is booked."""
    return {name: used for name, used in counted.functions.items() if name != DAILY_SLOT_GENERATION.name}


def bill(counted: Counted) -> list[Line]:
    """What 1,000 appointments of a whole life use."""
    each = _THOUSAND / counted.appointments
    functions = of_appointments(counted).values()
    nights = counted.runs.get(DAILY_SLOT_GENERATION.name, 0)
    transitions = sum(counted.transitions.values()) - counted.transitions.get(DAILY_SLOT_GENERATION.name, 0)
    calls = sum(used.calls for used in functions)
    seconds = sum(milliseconds(used) for used in functions) / 1000
    runs = sum(counted.runs.values()) - nights
    recorder, webhook = (counted.functions[name].calls for name in ("run-ledger", "whatsapp-webhook"))
    log_bytes = counted.log_bytes + calls * _LOG_BYTES_OF_A_CALL
    secrets = sum(used.requests["secretsmanager.GetSecretValue"] for used in functions)
    lines = [
        Line("Step Functions: state transitions", "state_transitions", transitions),
        Line("Lambda: calls", "lambda_requests", calls),
        Line("Lambda: GB-seconds, reckoned", "lambda_gb_seconds", seconds * MEMORY_GB),
        Line("DynamoDB: write request units", "dynamodb_writes", sum(used.units.write for used in functions)),
        Line("DynamoDB: read request units", "dynamodb_reads", sum(used.units.read for used in functions)),
        Line("EventBridge: events", "events", counted.events - nights),
        Line(
            "SQS: requests",
            "queue_requests",
            runs * _STATUS_CHANGES + recorder * _RECEIVE_AND_DELETE,
        ),
        Line("API Gateway: requests", "api_requests", webhook),
        Line("Secrets Manager: reads", "secret_reads", secrets),
        Line(
            "CloudWatch: GB of logs",
            "log_gigabytes",
            log_bytes / 1e9,
        ),
        Line("WhatsApp: messages", "whatsapp_messages", counted.messages),
    ]
    return [Line(line.what, line.price, line.amount * each) for line in lines]


def specified(counted: Counted) -> list[Line]:
    """The specification's own functions on Inngest, for the same appointments: what it bills."""
    each = _THOUSAND / counted.appointments
    executions = sum(
        number * (1 + SPECIFIED[name][0] + SPECIFIED[name][2])
        for name, number in counted.runs.items()
        if name in SPECIFIED
    )
    return [Line("Inngest: runs and steps", "executions", executions * each)]


def naive(counted: Counted) -> list[Line]:
    """A function for each of its steps, one after the other: a read and a write each, and nothing else."""
    each = _THOUSAND / counted.appointments
    runs = {name: number * each for name, number in counted.runs.items() if name in SPECIFIED}
    steps = sum(number * SPECIFIED[name][0] for name, number in runs.items())
    sends = sum(number * SPECIFIED[name][1] for name, number in runs.items())
    waits = sum(number * SPECIFIED[name][2] for name, number in runs.items())
    spent = steps * (MILLISECONDS["a call itself"] + 2 * MILLISECONDS["a request to DynamoDB"])
    spent += sends * MILLISECONDS["a request to WhatsApp or to the payments provider"]
    return [
        Line("Step Functions: state transitions", "state_transitions", steps + waits + sum(runs.values())),
        Line("Lambda: calls", "lambda_requests", steps),
        Line("Lambda: GB-seconds, reckoned", "lambda_gb_seconds", spent / 1000 * MEMORY_GB),
        Line("DynamoDB: write request units", "dynamodb_writes", steps),
        Line("DynamoDB: read request units", "dynamodb_reads", steps),
        Line("EventBridge: events", "events", sum(runs.values())),
        Line("WhatsApp: messages", "whatsapp_messages", counted.messages * each),
    ]

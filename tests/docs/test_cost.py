"""docs/cost.md adds up: amounts, prices and sums agree, and no function that patients need is left out."""

import re

import pytest

from bench.cost.bill import prices
from bench.cost.page import REGIONS
from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    MEDICATION_REMINDERS,
)
from tests.docs.documents import page

HERE = REGIONS[0]
# In the order of the bill.
PRICES = (
    "state_transitions",
    "lambda_requests",
    "lambda_gb_seconds",
    "dynamodb_writes",
    "dynamodb_reads",
    "events",
    "queue_requests",
    "api_requests",
    "secret_reads",
    "log_gigabytes",
    "whatsapp_messages",
)


@pytest.fixture
def text() -> str:
    return page("docs/cost.md")


@pytest.fixture
def rows(text: str) -> list[tuple[float, float]]:
    found = re.findall(r"^\| [^|*`]+: [^|]+ \| ([\d.,]+) \| ([\d.]+) \| [\d.–]+ \|$", text, re.MULTILINE)
    return [(float(amount.replace(",", "")), float(dollars)) for amount, dollars in found]


def test_each_amount_is_priced_by_the_table(rows: list[tuple[float, float]]) -> None:
    assert len(rows) == len(PRICES)
    for (amount, dollars), price in zip(rows, PRICES, strict=True):
        # Amounts below ten are printed with two digits.
        expected = amount * prices()[HERE][price] / 1_000_000
        assert dollars == pytest.approx(expected, rel=0.06, abs=0.001), price


def test_the_sums_are_right(text: str, rows: list[tuple[float, float]]) -> None:
    (aws,) = re.findall(r"^\| \*\*AWS together\*\* \|  \| \*\*([\d.]+)\*\*", text, re.MULTILINE)
    (everything,) = re.findall(r"^\| \*\*with WhatsApp\*\* \|  \| \*\*([\d.]+)\*\*", text, re.MULTILINE)
    assert float(aws) == pytest.approx(sum(dollars for _, dollars in rows[:-1]), abs=0.01)
    assert float(everything) == pytest.approx(float(aws) + rows[-1][1], abs=0.01)


def test_transitions_and_calls_are_those_of_the_functions(text: str, rows: list[tuple[float, float]]) -> None:
    found = re.findall(r"^\| `([a-z-]+)` \| [\d,]+ \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE)
    transitions, calls = (sum(float(row[n].replace(",", "")) for row in found) for n in (1, 2))
    assert (transitions, calls) == (rows[0][0], rows[1][0])
    workflows = {
        APPOINTMENT_CANCELLATION.name,
        APPOINTMENT_FOLLOW_UP.name,
        APPOINTMENT_REMINDERS.name,
        APPOINTMENT_RESCHEDULING.name,
        MEDICATION_REMINDERS.name,
    }
    assert {name for name, _, _ in found} == workflows | {"run-ledger", "whatsapp-webhook"}


def test_a_price_that_is_not_known_is_a_dash_and_never_nothing(text: str) -> None:
    unknown = set(PRICES) - prices()[REGIONS[1]].keys()
    assert ("**–**" in text) == bool(unknown)

"""`docs/cost.md`: the bill of 1,000 appointments, and what it is made of."""

from collections.abc import Iterable, Sequence

from bench.cost.bill import (
    MEMORY_GB,
    MILLISECONDS,
    Line,
    as_of,
    bill,
    milliseconds,
    naive,
    of_appointments,
    prices,
    specified,
)
from bench.cost.count import Counted
from bench.cost.table import amount, table
from clinic.contracts.workflows import DAILY_SLOT_GENERATION

REGIONS = ("us-east-1", "mx-central-1")
_MESSAGES = "whatsapp_messages"


def page(counted: Counted) -> str:
    """The whole page in Markdown."""
    return "\n".join(
        [
            *_OPENING.format(appointments=counted.appointments).splitlines(),
            "",
            *_bill(counted),
            "",
            *_assumptions(),
            "",
            *_functions(counted),
            "",
            *_night(counted),
            "",
            *_others(counted),
            "",
        ]
    )


_OPENING = """\
# What it costs on AWS

`make cost` writes this page. It runs {appointments:,} fictional appointments on the local stack, counts
every request that the functions make, and prices the counts by `bench/cost/prices.toml`. Of a hundred
appointments, each with a confirmation, two reminders and two follow-ups, ten are cancelled with a refund,
five are moved, and three lead to a prescription of 30 doses. Nothing failed or was tried again.

**None of it has been billed by AWS yet**: counts are counted, durations reckoned, prices as said below. What
a stage costs while nothing happens is in [deploy.md](deploy.md#what-it-costs); what a million appointments
a day would need, in [scaling.md](scaling.md)."""


def _bill(counted: Counted) -> list[str]:
    lines = bill(counted)
    rows = [
        (line.what, amount(line.amount), *(_dollars(line.costs(prices()[region])) for region in REGIONS))
        for line in lines
    ]
    sums = [_sum(lines, region, messages=messages) for messages in (False, True) for region in REGIONS]
    rows.append(("**AWS together**", "", f"**{sums[0]}**", f"**{sums[1]}**"))
    rows.append(("**with WhatsApp**", "", f"**{sums[2]}**", f"**{sums[3]}**"))
    said = [f"Prices of {region}: {as_of(region)}." for region in REGIONS]
    return [
        "## A thousand appointments",
        "",
        *table(("What", "How much of it", *(f"US$, {region}" for region in REGIONS)), rows),
        "",
        *said,
        "A dash stands for a price that is not known. Not in the bill: what is kept (some kilobytes for an",
        "appointment), KMS (the tables' key is asked for seldom, whatever is booked), free tiers, and cold",
        "starts.",
    ]


def _sum(lines: Sequence[Line], region: str, *, messages: bool) -> str:
    known = [line.costs(prices()[region]) for line in lines if messages or line.price != _MESSAGES]
    costs = [cost for cost in known if cost is not None]
    return _dollars(sum(costs)) if len(costs) == len(known) else "–"


def _assumptions() -> list[str]:
    rows = [(what, f"{number:g} ms") for what, number in MILLISECONDS.items()]
    return [
        "## What is reckoned",
        "",
        f"Functions have {MEMORY_GB:g} GB. A call takes as long as what it does one after the other:",
        "",
        *table(("What", "Takes"), rows),
    ]


def _functions(counted: Counted) -> list[str]:
    each = 1000 / counted.appointments
    rows = [
        (
            f"`{name}`",
            amount(counted.runs.get(name, 0) * each),
            amount(counted.transitions.get(name, 0) * each),
            amount(used.calls * each),
            amount(sum(n for what, n in used.requests.items() if what.startswith("dynamodb.")) * each),
            amount(used.units.write * each),
            amount(used.units.read * each),
            amount(milliseconds(used) / max(used.calls, 1)),
        )
        for name, used in of_appointments(counted).items()
    ]
    head = ("Function", "runs", "transitions", "calls", "DynamoDB requests", "writes", "reads", "ms a call")
    return ["## Who uses it", "", "For 1,000 appointments:", "", *table(head, rows)]


def _night(counted: Counted) -> list[str]:
    name = DAILY_SLOT_GENERATION.name
    used, runs = counted.functions[name], counted.runs[name]
    return [
        "## A night",
        "",
        f"Making ten days of slots for a doctor took {counted.transitions[name] / runs:.0f} transitions,",
        f"{used.calls / runs:.0f} calls, {used.units.write / runs:.0f} write units and",
        f"{used.units.read / runs:.0f} read units; a later night finds most of them there.",
    ]


def _others(counted: Counted) -> list[str]:
    plain = naive(counted)
    (executions,) = specified(counted)
    transitions, calls = amount(_of(plain, "state_transitions")), amount(_of(plain, "lambda_requests"))
    rows = [
        ("Citas", "all of the above", _without_messages(bill(counted))),
        (
            "a function for each step of the specification",
            f"{transitions} transitions, {calls} calls, a read and a write each",
            _without_messages(plain),
        ),
        (
            "the specification on Inngest",
            f"{amount(executions.amount)} runs and steps beyond a plan's; no functions, no database",
            _dollars(executions.costs(prices()["inngest"])),
        ),
    ]
    return [
        "## Beside it",
        "",
        "The same appointments by two other designs, without WhatsApp:",
        "",
        *table(("Design", "What is billed for 1,000 appointments", "US$"), rows),
        "",
        "The plain design keeps no ledger, hears nothing of what was delivered, and sends twice when a step",
        f"is tried again: the difference is what that costs. Inngest's price: {as_of('inngest')}.",
    ]


def _without_messages(lines: Iterable[Line]) -> str:
    costs = (line.costs(prices()[REGIONS[0]]) for line in lines if line.price != _MESSAGES)
    return _dollars(sum(cost for cost in costs if cost is not None))


def _of(lines: Iterable[Line], price: str) -> float:
    return next(line.amount for line in lines if line.price == price)


def _dollars(cost: float | None) -> str:
    return "–" if cost is None else f"{cost:.3f}"

"""The payments simulator against localstripe, which somebody else wrote: the same calls, the same outcomes.

localstripe is under the GPL: it runs as a process of its own and is never imported.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from clinic.adapters.payments.stripe import StripePayments
from clinic.domain.errors import CitasError
from clinic.domain.money import Money
from clinic.services.appointments.refunding import RefundReceipt, RefundRequest
from local.simulators.payments import Charge, PaymentsSimulator
from tests.architecture import project
from tests.fakes.examples import NOW
from tests.fakes.payments import SECRET_KEY, pesos, request_for

pytestmark = pytest.mark.slow

CARD = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12", "card[cvc]": "123"}
# Its own command listens on every interface and keeps a file in a fixed place: it is started by its parts.
ON_LOOPBACK = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@dataclass(frozen=True)
class Paid:
    """A charge and its payment intent."""

    charge: str
    intent: str


@dataclass
class Server:
    """One of the two, and how it comes by a payment."""

    url: str
    pay: Callable[[int, str], Paid]
    payments: StripePayments = field(init=False)

    def __post_init__(self) -> None:
        self.payments = StripePayments(f"{self.url}/v1", lambda: SECRET_KEY)


@pytest.fixture(scope="module")
def localstripe() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", ON_LOOPBACK, port]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(url, process)
        yield Server(url, lambda units, currency: pay_at_localstripe(url, units, currency))
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Server]:
    simulator = PaymentsSimulator(now=lambda: NOW, secret_key=SECRET_KEY)
    numbers = iter(range(1, 1000))

    def pay(units: int, currency: str) -> Paid:
        number = next(numbers)
        simulator.pay(Charge(f"ch_{number}", units, currency, payment_intent=f"pi_{number}"))
        return Paid(f"ch_{number}", f"pi_{number}")

    with closing(simulator):
        yield Server(simulator.url, pay)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(2400):
        assert process.poll() is None, "localstripe did not start"
        try:
            requests.get(f"{url}/v1/refunds", timeout=10)
        except (requests.ConnectionError, requests.Timeout):
            pause.wait(0.05)
        else:
            return
    raise TimeoutError("localstripe does not answer")


def pay_at_localstripe(url: str, units: int, currency: str) -> Paid:
    def post(path: str, **form: str) -> Any:
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        response = requests.post(f"{url}/v1/{path}", headers=headers, data=form, timeout=120)
        response.raise_for_status()
        return response.json()

    method = post("payment_methods", **CARD, **{"card[exp_year]": "2030"})["id"]
    intent = post(
        "payment_intents", amount=str(units), currency=currency, payment_method=method, confirm="true"
    )
    charge = intent["latest_charge"]
    return Paid(charge if isinstance(charge, str) else charge["id"], intent["id"])


Outcome = tuple[str, ...]
Calls = Callable[[Server], list[Outcome]]


def outcome(call: Callable[[], RefundReceipt | None]) -> Outcome:
    """What a caller is told, but for ids and codes: localstripe names no codes."""
    try:
        receipt = call()
    except CitasError as error:
        return (type(error).__name__,)
    return ("nothing",) if receipt is None else (receipt.status.value, str(receipt.money))


def refunds(server: Server, *wanted: RefundRequest) -> list[Outcome]:
    return [outcome(partial(server.payments.refund, request)) for request in wanted]


def whole_by_charge(server: Server) -> list[Outcome]:
    return refunds(server, request_for("500.00", charge_id=server.pay(50000, "mxn").charge))


def parts_by_either_name(server: Server) -> list[Outcome]:
    paid = server.pay(50000, "mxn")
    return refunds(
        server,
        request_for("0.01", charge_id=paid.charge, idempotency_key="a"),
        request_for("499.99", charge_id=paid.intent, idempotency_key="b"),
    )


def without_decimals(server: Server) -> list[Outcome]:
    yen = Money.of_minor_units(300, "JPY")
    charge = server.pay(500, "jpy").charge
    return refunds(server, request_for(charge_id=charge, money=yen, idempotency_key="l"))


def unknown(server: Server) -> list[Outcome]:
    return refunds(
        server,
        request_for(charge_id="ch_0", idempotency_key="c"),
        request_for(charge_id="pi_0", idempotency_key="d"),
        request_for(charge_id="x", idempotency_key="e"),
    )


def nothing_at_all(server: Server) -> list[Outcome]:
    return refunds(server, request_for("0", charge_id=server.pay(50000, "mxn").charge, idempotency_key="f"))


def with_a_public_key(server: Server) -> list[Outcome]:
    public = replace(server.payments, secret_key=lambda: "pk_test_made_up")
    return [outcome(lambda: public.refund(request_for())), outcome(lambda: public.refund_of(request_for()))]


def looked_up(server: Server) -> list[Outcome]:
    paid, other = server.pay(50000, "mxn"), server.pay(50000, "mxn")
    mine = request_for("1.00", charge_id=paid.charge, idempotency_key="g")
    anothers = replace(mine, money=pesos("2.00"), reservation_id="r-18", idempotency_key="h")
    by_intent = replace(anothers, charge_id=paid.intent)
    before = [outcome(lambda: server.payments.refund_of(mine))]
    made = refunds(server, mine, anothers)
    after = [
        outcome(partial(server.payments.refund_of, request))
        for request in (mine, anothers, by_intent, replace(mine, charge_id=other.charge))
    ]
    return before + made + after + [outcome(lambda: server.payments.refund_of(request_for(charge_id="ch_0")))]


@pytest.mark.parametrize(
    "calls",
    [
        whole_by_charge,
        parts_by_either_name,
        without_decimals,
        unknown,
        nothing_at_all,
        with_a_public_key,
        looked_up,
    ],
    ids=lambda calls: calls.__name__,
)
def test_the_same_calls_have_the_same_outcomes(calls: Calls, simulator: Server, localstripe: Server) -> None:
    assert calls(simulator) == calls(localstripe)


def twice_without_a_rest(server: Server) -> list[Outcome]:
    charge = server.pay(50000, "mxn").charge
    return refunds(server, *(request_for(charge_id=charge, idempotency_key=f"i-{n}") for n in range(2)))[1:]


def more_than_was_paid(server: Server) -> list[Outcome]:
    charge = server.pay(50000, "mxn").charge
    return refunds(server, request_for("500.01", charge_id=charge, idempotency_key="j"))


def one_key_for_two_refunds(server: Server) -> list[Outcome]:
    charge = server.pay(50000, "mxn").charge
    wanted = [request_for(amount, charge_id=charge, idempotency_key="k") for amount in ("1.00", "2.00")]
    return refunds(server, *wanted)[1:]


@pytest.mark.parametrize(
    "calls",
    [twice_without_a_rest, more_than_was_paid, one_key_for_two_refunds],
    ids=lambda calls: calls.__name__,
)
def test_what_stripe_documents_and_localstripe_does_not_look_at_is_refused_here(
    calls: Calls, simulator: Server, localstripe: Server
) -> None:
    assert calls(simulator) == [("RefundRefusedError",)]
    assert [told[0] for told in calls(localstripe)] == ["succeeded"]  # once it refuses, it is an opinion


def test_localstripe_is_never_imported() -> None:
    """But by the process of its own that it runs in, whose few lines stand above."""
    importing = {
        project.name(path)
        for path in project.files(".py")
        for line in path.read_text().splitlines()
        if line.split()[:1] in (["import"], ["from"]) and "localstripe" in line
    }
    assert importing == {"tests/adapters/payments/test_second_opinion.py"}


def test_it_listens_on_loopback_alone(localstripe: Server) -> None:
    """/proc/net/tcp tells of every listener: 0100007F is 127.0.0.1, in the processor's order of bytes."""
    port = f"{int(localstripe.url.rpartition(':')[2]):04X}"
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    listeners = [
        row.split()[1]
        for table in tables
        if table.exists()
        for row in table.read_text().splitlines()[1:]
        if row.split()[3] == "0A" and row.split()[1].endswith(f":{port}")
    ]
    assert listeners == [f"0100007F:{port}"]

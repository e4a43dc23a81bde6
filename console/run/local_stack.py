"""Opens the local stack for a command; its imports are heavy, so this module is loaded late."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Self

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.contracts.schedules import ANALYTICS, HEALTH, NIGHTLY
from console.dev.dev_stack import DevStack, DevStackRequest
from console.run.sending_again import SendingAgain
from console.run.stack import EventRefusedError, Stack, StackRequest
from console.terminal.errors import InputError
from local.clock import machine_time
from local.emulator.gate import OPEN, fresh
from local.emulator.load import PortUnavailableError
from local.simulators.payments import Charge
from local.stack import LocalStack, PublishRefusedError, StackOptions

_NIGHTLY = tuple(schedule.name for schedule in NIGHTLY)
_UNWATCHED = (*_NIGHTLY, ANALYTICS.name)


class _LocalStack(LocalStack):
    """The local stack, with the console's words."""

    def __enter__(self) -> Self:
        try:
            entered = super().__enter__()
        except PortUnavailableError as error:
            hint = "another `citas dev` may have it, or another program"
            raise InputError([f"--port: {error} ({hint})"]) from error
        if HEALTH.name not in self.fired:
            SendingAgain(self).begin()
        return entered

    def machine_time(self) -> datetime:
        return machine_time()

    def publish(
        self, detail_type: str, detail: Any, source: str = "citas.publisher", *, line: int | None = None
    ) -> str:
        try:
            return super().publish(detail_type, detail, source, line=line)
        except PublishRefusedError as error:
            raise EventRefusedError(str(error)) from error

    def pay(self, charge_id: str, amount: int, currency: str, payment_intent: str | None) -> None:
        self.payments.pay(Charge(charge_id, amount, currency, payment_intent))


def open_local_stack(request: StackRequest) -> AbstractContextManager[Stack]:
    """A local stack in virtual time, with Citas's templates registered at its WhatsApp."""
    return _LocalStack(
        StackOptions(
            start=request.start,
            templates=export_catalogue(),
            faults=request.faults,
            tells_of_runs=request.keeps_run_ledger,
            concurrent=request.is_concurrent,
            schedules=None if request.watches else _NIGHTLY,
            operator=fresh(),
        )
    )


def open_dev_stack(request: DevStackRequest) -> AbstractContextManager[DevStack]:
    """A local stack that other programs use, in which everything fires that does on AWS.

    Raises:
        InputError: on entering, if the port can't be had.
    """
    start = machine_time().replace(microsecond=0)
    return _LocalStack(
        StackOptions(
            start=start,
            templates=export_catalogue(),
            faults=request.faults,
            port=request.port,
            schedules=None if request.watches else _UNWATCHED,
            keeps_logs=True,
            operator=OPEN if request.is_open else fresh(),
        )
    )

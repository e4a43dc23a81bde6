"""Opens the local stack for a command; its imports are heavy, so this module is loaded late."""

from contextlib import AbstractContextManager
from typing import Any

from clinic.messages.meta import export_catalogue
from console.stack import EventRefusedError, Stack, StackRequest
from local.payments import Charge
from local.stack import LocalStack, PublishRefusedError, StackOptions


class _LocalStack(LocalStack):
    """The local stack, with the console's words."""

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
    return _LocalStack(StackOptions(start=request.start, templates=export_catalogue(), faults=request.faults))

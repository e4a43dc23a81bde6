"""The webhook's function in a process of its own, on moto, with one reminder in the ledger."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import boto3
import pytest

from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.contracts.environment import Env
from clinic.contracts.tables import TABLES
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.messages.intent import Intent
from clinic.domain.people.consents import Consent
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import NOW
from tests.fakes.machines.lambda_process import Context, process
from tests.fakes.stores.aws import account
from tests.fakes.stores.dynamo import open_booking_store
from tests.fakes.stores.rows import details, intent


@dataclass(frozen=True)
class Webhook:
    """What a test asks of it."""

    module: ModuleType
    booking_store: Any

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer a call."""
        answer = self.module.handler(json.loads(json.dumps(event)), Context("request-1", "whatsapp-webhook"))
        return dict(json.loads(json.dumps(answer)))

    def put(self, *intents: Intent) -> None:
        """Plan further messages."""
        self.booking_store.commit(Changes(intents=intents))

    def intent(self, planned: Intent | None = None) -> Intent:
        """A message as the ledger holds it now."""
        found: Intent | None = self.booking_store.ledger.intent((planned or intent()).id)
        assert found is not None
        return found

    def reminders_sent(self) -> dict[str, Any]:
        """What the reservation says of its reminders."""
        reservation = self.booking_store.reservation("r-17")
        assert reservation is not None
        return dict(reservation.reminders_sent)

    def consent(self, person: str = "+525500000101") -> Consent:
        """What a person has said."""
        return DynamoConsents.open(self.booking_store.connection, "consents").of(person)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every row there is."""
        client = boto3.client("dynamodb")
        return {spec.name: client.scan(TableName=spec.name)["Items"] for spec in TABLES}


@contextmanager
def webhook_on_moto(monkeypatch: pytest.MonkeyPatch, sent: Intent) -> Iterator[Webhook]:
    """The function, and a reservation whose reminder the ledger holds as ``sent``."""
    variables = {Env.SERVICE_NAME.value: "whatsapp-webhook"}
    with account(monkeypatch, "https://graph.facebook.invalid/v23.0", **variables):
        from clinic.adapters.dynamodb.base import connect  # its clients are made inside the account

        booking_store = open_booking_store(connect("us-east-1"))
        reservation = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
        booking_store.commit(Changes(reservations=((None, reservation),), intents=(sent,)))
        with process("lambdas.whatsapp_webhook") as module:
            yield Webhook(module, booking_store)

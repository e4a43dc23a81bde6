"""Citas' own event bus: EventBridge, through boto3."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clinic.adapters.aws_errors import asks_to_slow_down, is_servers_fault
from clinic.contracts.events.base import OWN_SOURCE, BusEvent
from clinic.domain.errors import EventBusUnavailableError

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# What one PutEvents request takes.
MOST_ENTRIES = 10
MOST_BYTES = 256 * 1024
_ROUNDS = 3


@dataclass(frozen=True)
class EventBridgePublisher:
    """Fulfils `clinic.services.ports.EventPublisher`."""

    client: "EventBridgeClient"
    bus: str

    @classmethod
    def open(cls, bus: str) -> Self:
        """The bus with this name; time-outs (seconds) leave a function's 30 seconds room for a retry."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        # A session of its own: the default one keeps the credentials of whoever asked for it first.
        return cls(boto3.Session().client("events", config=config), bus)

    def publish(self, events: Sequence[BusEvent]) -> None:
        """Put all of them, a few times those that are not taken."""
        for batch in batches([self._entry(event) for event in events]):
            left = list(batch)
            for _ in range(_ROUNDS):
                left = self._put(left)
                if not left:
                    break
            if left:
                raise EventBusUnavailableError(f"the bus did not take {len(left)} of {len(batch)} events")

    def _put(self, entries: list["PutEventsRequestEntryTypeDef"]) -> list["PutEventsRequestEntryTypeDef"]:
        """Put them once; those that were not taken."""
        try:
            answer = self.client.put_events(Entries=entries)
        except BotoCoreError:
            raise EventBusUnavailableError("EventBridge did not answer") from None
        except ClientError as error:
            if asks_to_slow_down(error) or is_servers_fault(error):
                raise EventBusUnavailableError("EventBridge is not available") from None
            raise
        return [
            entry for entry, result in zip(entries, answer["Entries"], strict=True) if "ErrorCode" in result
        ]

    def _entry(self, event: BusEvent) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": self.bus,
            "Source": OWN_SOURCE,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.to_detail(), ensure_ascii=False),
        }


def batches(
    entries: Sequence["PutEventsRequestEntryTypeDef"],
) -> Iterator[Sequence["PutEventsRequestEntryTypeDef"]]:
    """The entries in order, in batches that a request takes; one that is too big stands alone."""
    begin = size = 0
    for number, entry in enumerate(entries):
        more = _size(entry)
        if number > begin and (number - begin == MOST_ENTRIES or size + more > MOST_BYTES):
            yield entries[begin:number]
            begin, size = number, 0
        size += more
    if begin < len(entries):
        yield entries[begin:]


def _size(entry: "PutEventsRequestEntryTypeDef") -> int:
    # As EventBridge counts: these three in UTF-8.
    return sum(len(text.encode()) for text in (entry["Source"], entry["DetailType"], entry["Detail"]))

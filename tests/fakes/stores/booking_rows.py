"""Rows of slots and requests for tests on moto and on the local stack."""

from dataclasses import dataclass
from typing import Any

from types_boto3_dynamodb import DynamoDBClient

from clinic.adapters.dynamodb.requests import RequestModel, request_from_row
from clinic.adapters.dynamodb.slots import SlotModel, slot_from_row, slot_to_row
from clinic.domain.requests.request import ReservationRequest
from clinic.domain.slots.slot import Slot


@dataclass(frozen=True)
class BookingRows:
    """The tables of slots and requests, read and written as an operator does."""

    client: DynamoDBClient
    slots_table: str = "slots"
    requests_table: str = "requests"

    def put_slot(self, slot: Slot) -> None:
        """Write a slot, in place of what was there; day sheets stay as they are."""
        self.client.put_item(TableName=self.slots_table, Item=slot_to_row(SlotModel, slot).serialize())

    def slot(self, slot_id: str, profile_id: str = "dr-1") -> Slot:
        """The slot as it stands."""
        key = {"profile_id": {"S": profile_id}, "slot_id": {"S": slot_id}}
        answer = self.client.get_item(TableName=self.slots_table, Key=key, ConsistentRead=True)
        return slot_from_row(SlotModel.from_raw_data(answer["Item"]))

    def day_sheet(self, day: str, profile_id: str = "dr-1") -> set[str]:
        """The slots that take the doctor's time on a UTC day."""
        key = {"profile_id": {"S": profile_id}, "slot_id": {"S": f"day#{day}"}}
        item: dict[str, Any] = dict(self.client.get_item(TableName=self.slots_table, Key=key).get("Item", {}))
        return set(item.get("taken", {}).get("M", {}))

    def request(self, request_id: str = "q-1") -> ReservationRequest | None:
        """The request as it stands."""
        key = {"request_id": {"S": request_id}}
        answer = self.client.get_item(TableName=self.requests_table, Key=key, ConsistentRead=True)
        return request_from_row(RequestModel.from_raw_data(answer["Item"])) if "Item" in answer else None

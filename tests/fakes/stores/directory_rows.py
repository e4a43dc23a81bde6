"""Directory rows for tests on moto and on the local stack: doctors, what they offer and when."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer
from types_boto3_dynamodb import DynamoDBClient


def put_clinic(client: DynamoDBClient, table: str, clinic_id: str = "main", **changes: Any) -> None:
    """A clinic in Mexico City."""
    row = {
        "owner": f"clinic#{clinic_id}",
        "entry": "clinic",
        "clinic_id": clinic_id,
        "name": "Clínica Ejemplo",
        "address": "Calle Ficticia 123",
        "time_zone": "America/Mexico_City",
        "phone": "+525500000099",
        **changes,
    }
    _put(client, table, row)


def put_profile(client: DynamoDBClient, table: str, profile_id: str = "dr-1", **changes: Any) -> None:
    """A doctor in Mexico City; a change to None leaves the column out."""
    row = {
        "owner": f"profile#{profile_id}",
        "entry": "profile",
        "profile_id": profile_id,
        "name": "Dra. Ficticia",
        "phone": "+525500000090",
        "time_zone": "America/Mexico_City",
        "clinic_id": "main",
        **changes,
    }
    _put(client, table, row)


def put_service(client: DynamoDBClient, table: str, profile_id: str = "dr-1", **changes: Any) -> None:
    """Half an hour's consultation."""
    row = {"service_id": "s-1", "name": "Consulta", "duration": 30, **changes}
    _part(client, table, profile_id, f"service#{row['service_id']}", row)


def put_rule(client: DynamoDBClient, table: str, profile_id: str = "dr-1", **changes: Any) -> None:
    """Mondays from nine to eleven."""
    row = {"rule_id": "a", "day_of_week": 1, "start_time": "09:00", "end_time": "11:00", **changes}
    _part(client, table, profile_id, f"rule#{row['rule_id']}", row)


def put_override(
    client: DynamoDBClient, table: str, date: str, profile_id: str = "dr-1", **changes: Any
) -> None:
    """A holiday."""
    row = {"override_id": date, "date": date, "available": False, **changes}
    _part(client, table, profile_id, f"override#{date}", row)


def remove(client: DynamoDBClient, table: str, entry: str, profile_id: str = "dr-1") -> None:
    """Take a row away: ``rule#a``."""
    client.delete_item(TableName=table, Key={"owner": {"S": f"profile#{profile_id}"}, "entry": {"S": entry}})


def _part(client: DynamoDBClient, table: str, profile_id: str, entry: str, row: dict[str, Any]) -> None:
    _put(client, table, {"owner": f"profile#{profile_id}", "entry": entry, "profile_id": profile_id, **row})


def _put(client: DynamoDBClient, table: str, row: dict[str, Any]) -> None:
    serialise = TypeSerializer().serialize
    client.put_item(
        TableName=table, Item={name: serialise(value) for name, value in row.items() if value is not None}
    )

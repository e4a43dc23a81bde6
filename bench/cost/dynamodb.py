"""Request units of DynamoDB, on demand, as AWS counts them; the tables here project every attribute.

Source: the developer guide's "DynamoDB read and write operations" and "item sizes and formats".
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clinic.contracts.tables import TableSpec

Item = Mapping[str, Mapping[str, Any]]

_READ_BYTES, _WRITE_BYTES = 4096, 1024
_TRANSACTION = 2


@dataclass(frozen=True)
class Units:
    """What requests used."""

    read: float = 0
    write: float = 0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)


def size_of(item: Item) -> int:
    """An item's size in bytes: its names and values."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(Decimal(held).as_tuple().digits) // 2 + 2
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _size(one) for one in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(one) for name, one in held.items())
        case "SS":
            return sum(len(one.encode()) for one in held)
    return len(json.dumps(held))


def write_units(
    table: TableSpec, before: Item | None, after: Item | None, *, in_transaction: bool = False
) -> float:
    """What one item's write used: in its table, and in each index that holds the item before or after."""
    largest = max((size_of(item) for item in (before, after) if item is not None), default=0)
    factor = _TRANSACTION if in_transaction else 1
    units = factor * max(1, math.ceil(largest / _WRITE_BYTES))
    if before == after:
        return units
    for index in table.indexes:
        keys = [
            _key(item, (index.partition_key, index.sort_key)) if item is not None else None
            for item in (before, after)
        ]
        entries = {key: item for key, item in zip(keys, (before, after), strict=True) if key is not None}
        units += sum(max(1, math.ceil(size_of(item or {}) / _WRITE_BYTES)) for item in entries.values())
    return units


def _key(item: Item, names: Sequence[str]) -> str | None:
    return json.dumps([item[name] for name in names]) if all(name in item for name in names) else None


def read_units(items: Sequence[Item | None], *, consistent: bool, in_transaction: bool = False) -> float:
    """What reading each of these by its key used; None: one that is not there."""
    factor = _TRANSACTION if in_transaction else 1 if consistent else 0.5
    return factor * sum(max(1, math.ceil(size_of(item or {}) / _READ_BYTES)) for item in items)


def query_units(items: Sequence[Item], *, consistent: bool) -> float:
    """What a query used that looked at these items together."""
    size = sum(size_of(item) for item in items)
    return (1 if consistent else 0.5) * max(1, math.ceil(size / _READ_BYTES))


def written(
    operation: str, request: Mapping[str, Any], keys: Mapping[str, TableSpec]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each item that a request writes or holds to a condition: its table's name and its key."""
    if operation == "TransactWriteItems":
        for entry in request["TransactItems"]:
            ((_, one),) = entry.items()
            yield one["TableName"], _key_of(one, keys[one["TableName"]])
    elif operation == "BatchWriteItem":
        for table, entries in request["RequestItems"].items():
            for entry in entries:
                ((_, one),) = entry.items()
                yield table, _key_of(one, keys[table])
    elif operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield request["TableName"], _key_of(request, keys[request["TableName"]])


def _key_of(request: Mapping[str, Any], table: TableSpec) -> dict[str, Any]:
    if "Key" in request:
        return dict(request["Key"])
    names = [name for name in (table.partition_key, table.sort_key) if name is not None]
    return {name: request["Item"][name] for name in names}

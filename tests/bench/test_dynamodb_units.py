"""Request units are those of AWS's own examples, and an index is paid for as AWS says."""

import pytest

from bench.cost.dynamodb import Item, query_units, read_units, size_of, write_units, written
from clinic.contracts.tables import CONSENTS, MESSAGES, RESERVATIONS, IndexSpec, TableSpec

PLAIN = TableSpec(name="plain", partition_key="id")
INDEXED = TableSpec(name="indexed", partition_key="id", indexes=(IndexSpec("by-day", "day", "at"),))


def item(size: int, **texts: str) -> Item:
    """An item of so many bytes."""
    known = {"id": {"S": "x"}, **{name: {"S": text} for name, text in texts.items()}}
    return {**known, "pad": {"S": "p" * (size - size_of(known) - len("pad"))}}


def test_names_and_values_count() -> None:
    assert size_of({"id": {"S": "añb"}}) == len("id") + 4
    assert size_of({"on": {"BOOL": True}, "no": {"NULL": True}}) == 6
    assert size_of({"l": {"L": [{"S": "ab"}]}}) == 1 + 3 + 1 + 2


@pytest.mark.parametrize(
    ("size", "consistent", "expected"),
    [(3500, False, 0.5), (3500, True, 1), (4097, True, 2), (9000, False, 1.5)],
)
def test_an_item_is_read_by_four_kilobytes(size: int, expected: float, *, consistent: bool) -> None:
    assert read_units([item(size)], consistent=consistent) == expected


def test_one_that_is_not_there_is_paid_for() -> None:
    assert read_units([None], consistent=True) == 1


def test_each_item_of_a_batch_is_rounded_up_by_itself_and_those_of_a_query_together() -> None:
    items = [item(1500), item(1500), item(1500)]
    assert read_units(items, consistent=True) == 3
    assert query_units(items, consistent=True) == 2


def test_a_transaction_reads_and_writes_twice() -> None:
    assert read_units([item(3500)], consistent=True, in_transaction=True) == 2
    assert write_units(PLAIN, None, item(1500), in_transaction=True) == 4


@pytest.mark.parametrize(("before", "after", "expected"), [(None, 512, 1), (1100, 512, 2), (3500, None, 4)])
def test_the_larger_of_before_and_after_is_written(
    before: int | None, after: int | None, expected: float
) -> None:
    old, new = (item(size) if size else None for size in (before, after))
    assert write_units(PLAIN, old, new) == expected


HERE, THERE = item(500, day="mon", at="1"), item(500, day="tue", at="1")


@pytest.mark.parametrize(
    ("before", "after", "in_index"),
    [
        (None, HERE, 1),
        (HERE, {**HERE, "other": {"S": "x"}}, 1),
        (HERE, THERE, 2),
        (HERE, item(500), 1),
        (item(500), item(501), 0),
        (HERE, HERE, 0),
    ],
    ids=["comes", "changes", "moves", "leaves", "was never there", "stays as it is"],
)
def test_an_index_is_written_where_its_entry_changes(before: Item | None, after: Item, in_index: int) -> None:
    assert write_units(INDEXED, before, after) == 1 + in_index


def test_whatever_writes_names_its_items() -> None:
    tables = {table.name: table for table in (RESERVATIONS, MESSAGES, CONSENTS)}
    message = {"subject": {"S": "s"}, "intent": {"S": "i"}}
    request = {
        "TransactItems": [
            {"Put": {"TableName": "messages", "Item": {**message, "status": {"S": "sent"}}}},
            {"ConditionCheck": {"TableName": "consents", "Key": {"person": {"S": "p"}}}},
        ]
    }
    assert list(written("TransactWriteItems", request, tables)) == [
        ("messages", message),
        ("consents", {"person": {"S": "p"}}),
    ]
    assert list(written("UpdateItem", {"TableName": "messages", "Key": message}, tables)) == [
        ("messages", message)
    ]
    assert list(written("Query", {"TableName": "messages"}, tables)) == []

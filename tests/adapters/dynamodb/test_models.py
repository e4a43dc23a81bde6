"""The PynamoDB models against the tables the deployment creates."""

from typing import Any

import pytest
from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute
from clinic.adapters.dynamodb.directory.clinics import ClinicModel, ProfileModel
from clinic.adapters.dynamodb.directory.schedules import DirectoryRowModel
from clinic.adapters.dynamodb.messages.intents import KEPT_AFTER_VISIT, IntentModel, intent_to_row, open_shard
from clinic.adapters.dynamodb.messages.waiting_receipts import WaitingReceiptModel
from clinic.adapters.dynamodb.requests import RequestModel
from clinic.adapters.dynamodb.reservations import ReservationModel
from clinic.adapters.dynamodb.runs import RunModel
from clinic.adapters.dynamodb.slots import SlotModel
from clinic.adapters.dynamodb.statistics import StatisticModel
from clinic.contracts.tables import (
    CHANNEL,
    DIRECTORY,
    MESSAGES,
    REQUESTS,
    RESERVATIONS,
    RUNS,
    SLOTS,
    STATISTICS,
    TABLES,
    IndexSpec,
    TableSpec,
)
from clinic.domain.messages.intent import IntentStatus
from tests.fakes.stores.rows import intent

EACH_MODEL: list[tuple[type[Model], TableSpec]] = [
    (ReservationModel, RESERVATIONS),
    (IntentModel, MESSAGES),
    (ClinicModel, DIRECTORY),
    (ProfileModel, DIRECTORY),
    (DirectoryRowModel, DIRECTORY),
    (SlotModel, SLOTS),
    (RequestModel, REQUESTS),
]
every_model = pytest.mark.parametrize(
    ("model", "table"), EACH_MODEL, ids=[model.__name__ for model, _ in EACH_MODEL]
)


def attributes(model: type[Model]) -> dict[str, Attribute[Any]]:
    return dict(model.get_attributes())


@every_model
def test_a_models_keys_are_its_tables(model: type[Model], table: TableSpec) -> None:
    found = attributes(model).values()
    assert [a.attr_name for a in found if a.is_hash_key] == [table.partition_key]
    assert [a.attr_name for a in found if a.is_range_key] == [table.sort_key][: table.sort_key is not None]


@every_model
def test_keys_and_what_an_index_sorts_by_are_text(model: type[Model], table: TableSpec) -> None:
    keys = {table.partition_key, table.sort_key or table.partition_key}
    for index in table.indexes:
        keys |= {index.partition_key, index.sort_key}
    found = attributes(model)
    assert {key: found[key].attr_type for key in keys} == dict.fromkeys(keys, STRING)


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (ReservationModel, RESERVATIONS),
        (RequestModel, REQUESTS),
        (SlotModel, SLOTS),
        (IntentModel, MESSAGES),
        (DirectoryRowModel, DIRECTORY),
        (WaitingReceiptModel, CHANNEL),
        (RunModel, RUNS),
    ],
)
def test_a_models_indexes_are_its_tables(model: type[Model], table: TableSpec) -> None:
    found = []
    for name, index in model._indexes.items():
        keys = {a.attr_name: a for a in index.Meta.attributes.values()}
        (partition,) = [key for key, a in keys.items() if a.is_hash_key]
        (sort,) = [key for key, a in keys.items() if a.is_range_key]
        found.append(IndexSpec(name, partition, sort))
    assert len(found) == len(table.indexes)
    assert set(found) == set(table.indexes)


def test_statistics_end_by_themselves() -> None:
    assert STATISTICS.ttl_attribute is not None
    assert attributes(StatisticModel)[STATISTICS.ttl_attribute].attr_type == NUMBER


def test_every_table_has_a_name_of_its_own() -> None:
    assert len({table.name for table in TABLES}) == len(TABLES)


def test_rows_of_the_message_ledger_end_by_themselves() -> None:
    assert MESSAGES.ttl_attribute is not None
    assert attributes(IntentModel)[MESSAGES.ttl_attribute].attr_type == NUMBER
    written = intent_to_row(IntentModel, intent()).serialize()[MESSAGES.ttl_attribute]
    ends = intent().happens_at + KEPT_AFTER_VISIT
    assert written == {"N": str(int(ends.timestamp()))}  # epoch seconds, as TTL wants them


def test_a_reservation_is_kept() -> None:
    assert RESERVATIONS.ttl_attribute is None


@pytest.mark.parametrize("status", list(IntentStatus))
def test_only_open_intents_are_in_the_index(status: IntentStatus) -> None:
    index = MESSAGES.indexes[0]
    row = intent_to_row(IntentModel, intent(status=status)).serialize()
    assert (index.partition_key in row) is status.is_open
    assert row[index.sort_key] == {"S": "2026-12-01T15:00:00.000000Z"}


def test_open_intents_are_spread_over_the_index_and_a_subjects_stay_together() -> None:
    shards = {open_shard(f"reservation#r-{number}") for number in range(200)}
    assert shards == {f"open-{number}" for number in range(8)}
    assert open_shard("reservation#r-1") == open_shard("reservation#r-1")


def test_of_slots_and_requests_every_instant_is_kept_as_iso_text() -> None:
    for model, instants in (
        (SlotModel, {"start", "end", "buffer_until"}),
        (
            RequestModel,
            {"appointment_time", "takes_from", "takes_until", "expires_at", "created_at", "updated_at"},
        ),
        (StatisticModel, {"happened_at"}),
    ):
        kept = {name for name, a in attributes(model).items() if isinstance(a, InstantAttribute)}
        assert kept == instants


@pytest.mark.parametrize(("model", "table"), EACH_MODEL[:4])
def test_every_instant_is_kept_as_iso_text(model: type[Model], table: TableSpec) -> None:
    instants = {name for name in attributes(model) if name.endswith(("_at", "_time", "_from", "_until"))}
    # A clinic's meals and bedtime are times of day.
    instants -= {MESSAGES.ttl_attribute, "breakfast_time", "lunch_time", "dinner_time"}
    assert {name for name, a in attributes(model).items() if isinstance(a, InstantAttribute)} == instants

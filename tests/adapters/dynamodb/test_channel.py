"""Limits, breakers and consent in DynamoDB: what the domain says, and however many ask at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.adapters.dynamodb.channel import DynamoChannel
from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.contracts.tables import CHANNEL, CONSENTS
from clinic.domain.errors import StoreUnavailableError
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import Limit
from clinic.domain.people.consents import Category, Choice, Consent
from clinic.services.messages.gate import Standing
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import MemoryChannel
from tests.fakes.stores.dynamo import moto_booking_store

PERSON = "+525500000001"
TEMPLATE = ("appointment_reminder_24h", "es_MX")
LIMIT = Limit.per_second(6)


def open_channel(connection: Any, limit: Limit = LIMIT) -> DynamoChannel:
    return DynamoChannel.open(connection, CHANNEL.name, CONSENTS.name, limit)


@pytest.fixture
def connection() -> Iterator[Any]:
    with moto_booking_store(for_threads=True) as booking_store:
        yield booking_store.connection


@pytest.fixture
def channel(connection: Any) -> DynamoChannel:
    return open_channel(connection)


def rows() -> list[dict[str, Any]]:
    return list(boto3.client("dynamodb", region_name="us-east-1").scan(TableName=CHANNEL.name)["Items"])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(
        st.tuples(st.sampled_from([0, 1, 100, 170, 1000, 9000]), st.sampled_from(Priority)), max_size=25
    ),
    number=st.integers(0),
)
def test_tokens_are_given_as_the_domain_says(
    connection: Any, asked: list[tuple[int, Priority]], number: int
) -> None:
    # Each example begins long after the one before, when every bucket is full again.
    channel, memory = open_channel(connection), MemoryChannel(LIMIT)
    now = max([NOW, *(datetime.fromtimestamp(int(r["expires_at"]["N"]), NOW.tzinfo) for r in rows())])
    for gap, priority in asked:
        now += timedelta(milliseconds=gap)
        assert channel.take_token(PERSON, priority, now) == memory.take_token(PERSON, priority, now)


def test_threads_that_ask_at_once_get_no_more_than_there_are(connection: Any) -> None:
    channel = open_channel(connection, Limit.per_second(40))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: channel.take_token(f"+5255{n:08}", Priority.URGENT, NOW), range(120))
        )
    assert answers.count(None) == 40
    assert min(answer for answer in answers if answer is not None) > NOW


def test_what_the_number_refuses_costs_the_person_nothing(connection: Any) -> None:
    channel = open_channel(connection, Limit.per_second(1))
    for _ in range(60):
        channel.take_token(PERSON, Priority.URGENT, NOW)
    (person,) = [row for row in rows() if row["entry"]["S"].startswith("person#")]
    assert int(person["full_at"]["N"]) == (NOW + timedelta(seconds=6)).timestamp() * 1_000_000


def test_a_persons_limit_is_theirs_alone(connection: Any) -> None:
    channel = open_channel(connection, Limit.per_second(1000))
    first = [channel.take_token(PERSON, Priority.URGENT, NOW) for _ in range(46)]
    assert first == [*[None] * 45, NOW + timedelta(seconds=6)]
    assert channel.take_token("+525500000002", Priority.URGENT, NOW) is None


def test_no_number_stands_in_the_table_and_every_row_ends_by_itself(channel: DynamoChannel) -> None:
    channel.take_token(PERSON, Priority.URGENT, NOW)
    channel.record(*TEMPLATE, None, Breaker.tripped(None, 132015, NOW))
    assert len(rows()) == 3
    assert PERSON.lstrip("+") not in str(rows())
    assert CHANNEL.ttl_attribute is not None
    for row in rows():
        ends = datetime.fromtimestamp(int(row[CHANNEL.ttl_attribute]["N"]), NOW.tzinfo)
        assert timedelta(minutes=45) <= ends - NOW <= timedelta(days=2)


def test_consent_and_breaker_are_read_together(channel: DynamoChannel, connection: Any) -> None:
    assert channel.standing(PERSON, *TEMPLATE) == Standing(Consent(PERSON), None)
    choice, breaker = Choice(is_wanted=False, at=NOW), Breaker.tripped(None, None, NOW)
    DynamoConsents.open(connection, CONSENTS.name).apply(PERSON, [Category.APPOINTMENTS], choice)
    channel.record(*TEMPLATE, None, breaker)
    expected = Standing(Consent(PERSON, {Category.APPOINTMENTS: choice}), breaker)
    assert channel.standing(PERSON, *TEMPLATE) == expected
    assert channel.standing(PERSON, "appointment_confirmed", "es_MX").breaker is None


def test_of_two_that_trip_a_breaker_one_does(channel: DynamoChannel) -> None:
    first = Breaker.tripped(None, 132015, NOW)
    assert channel.record(*TEMPLATE, None, first)
    assert not channel.record(*TEMPLATE, None, Breaker.tripped(None, 132015, NOW + timedelta(seconds=1)))
    assert channel.standing(PERSON, *TEMPLATE).breaker == first
    later = first.open_until
    assert channel.record(*TEMPLATE, first, Breaker.tripped(first, 132016, later))
    assert not channel.record(*TEMPLATE, first, first.reset(later))


def test_whom_a_template_is_suspected_by_is_kept_until_one_is_accepted(channel: DynamoChannel) -> None:
    suspected = Breaker.suspected(None, "reservation#r-17#v000001#confirmation", 132000, NOW)
    assert channel.record(*TEMPLATE, None, suspected)
    assert channel.standing(PERSON, *TEMPLATE).breaker == suspected
    cleared = suspected.reset(NOW)
    assert channel.record(*TEMPLATE, suspected, cleared)
    assert channel.standing(PERSON, *TEMPLATE).breaker == cleared


def test_a_part_of_an_answer_that_dynamodb_left_out_is_asked_for_again(
    channel: DynamoChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial: dict[str, Any] = {"Responses": {}, "UnprocessedKeys": {CONSENTS.name: {"Keys": []}}}
    monkeypatch.setattr(type(channel.connection), "dispatch", lambda *_: partial)
    with pytest.raises(StoreUnavailableError, match="template#appointment_reminder_24h#es_MX"):
        channel.standing(PERSON, *TEMPLATE)


def test_a_token_costs_a_write_for_each_limit_and_a_refusal_one_in_all(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, asked = open_channel(connection, Limit.per_second(1)), []
    dispatch = type(connection).dispatch

    def counted(self: Any, operation: str, request: dict[str, Any]) -> Any:
        asked.append(operation)
        return dispatch(self, operation, request)

    monkeypatch.setattr(type(connection), "dispatch", counted)
    assert channel.take_token(PERSON, Priority.URGENT, NOW) is None
    assert asked == ["UpdateItem", "UpdateItem"]
    assert channel.take_token(PERSON, Priority.URGENT, NOW) == NOW + timedelta(seconds=1)
    assert asked == ["UpdateItem", "UpdateItem", "UpdateItem"]

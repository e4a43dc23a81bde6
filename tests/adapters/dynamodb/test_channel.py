"""Limits, breakers and consent in DynamoDB: what the domain says, and however many ask at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.channel import DynamoChannel
from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.adapters.dynamodb.errors import store_errors
from clinic.contracts.tables import CHANNEL, CONSENTS
from clinic.domain.errors import ConcurrentChangeError, StoreUnavailableError
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
        assert channel.take_token(priority, now) == memory.take_token(priority, now)


def test_threads_that_ask_at_once_get_no_more_than_there_are(connection: Any) -> None:
    channel = open_channel(connection, Limit.per_second(40))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: channel.take_token(Priority.URGENT, NOW), range(120)))
    assert answers.count(None) == 40
    assert min(answer for answer in answers if answer is not None) > NOW


def take_persons(channel: DynamoChannel, person: str = PERSON, now: datetime = NOW) -> datetime | None:
    """Take the person's token as a claim does; when there is one, if there is none."""
    full_at = channel.standing(person, *TEMPLATE).full_at
    if (ready_at := channel.person_ready_at(full_at, now)) is not None:
        return ready_at
    token = channel.person_token(person, full_at, now)
    assert token is not None
    with store_errors("a claim"), TransactWrite(connection=channel.connection) as transaction:
        token.join(transaction)
    return None


def test_eight_processes_that_come_back_send_no_more_than_the_limit_and_what_each_held(
    connection: Any,
) -> None:
    limit, processes = Limit.per_second(80), 8
    channels = [open_channel(connection, limit) for _ in range(processes)]

    def sent(now: datetime) -> int:
        with ThreadPoolExecutor(processes) as pool:
            asked = (channels[n % processes] for n in range(200))
            answers = list(pool.map(lambda channel: channel.take_token(Priority.URGENT, now), asked))
        return answers.count(None)

    assert limit.batch == 4
    for channel in channels:  # each takes a batch from a full bucket, and uses one of it
        assert (
            channel.take_token(Priority.URGENT, NOW + channels.index(channel) * timedelta(minutes=1)) is None
        )
    assert sent(NOW + timedelta(hours=1)) == limit.burst + processes * (limit.batch - 1)
    assert sent(NOW + timedelta(hours=1, seconds=1)) == 1_000_000 // limit.interval


def test_what_a_process_dies_with_is_lost_and_no_more(connection: Any) -> None:
    limit = Limit.per_second(80)
    assert open_channel(connection, limit).take_token(Priority.URGENT, NOW) is None
    after = [open_channel(connection, limit).take_token(Priority.URGENT, NOW) for _ in range(80)]
    assert after.count(None) == limit.burst - limit.batch


def test_a_batch_of_tokens_costs_one_write_and_near_the_limit_each_token_one(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, asked = open_channel(connection, Limit.per_second(80)), []
    dispatch = type(connection).dispatch

    def counted(self: Any, operation: str, request: dict[str, Any]) -> Any:
        asked.append(operation)
        return dispatch(self, operation, request)

    monkeypatch.setattr(type(connection), "dispatch", counted)
    assert [channel.take_token(Priority.URGENT, NOW) for _ in range(4)] == [None] * 4
    assert asked == ["UpdateItem"]
    assert channel.take_token(Priority.LOW, NOW) is None
    assert channel.take_token(Priority.LOW, NOW) is None
    assert asked == ["UpdateItem"] * 5  # each asks in vain for a batch first


def test_a_persons_limit_is_theirs_alone_and_kept_by_claims(channel: DynamoChannel) -> None:
    first = [take_persons(channel) for _ in range(46)]
    assert first == [*[None] * 45, NOW + timedelta(seconds=6)]
    assert take_persons(channel, "+525500000002") is None


def test_of_two_claims_that_read_the_same_bucket_one_takes_its_last_token(channel: DynamoChannel) -> None:
    for _ in range(44):
        take_persons(channel)
    full_at = channel.standing(PERSON, *TEMPLATE).full_at
    assert take_persons(channel) is None
    with (
        pytest.raises(ConcurrentChangeError),
        store_errors("a claim"),
        TransactWrite(connection=channel.connection) as transaction,
    ):
        channel.person_token(PERSON, full_at, NOW).join(transaction)


def test_a_claim_that_read_a_bucket_at_rest_takes_nothing_of_one_in_use(channel: DynamoChannel) -> None:
    assert take_persons(channel) is None
    with (
        pytest.raises(ConcurrentChangeError),
        store_errors("a claim"),
        TransactWrite(connection=channel.connection) as transaction,
    ):
        channel.person_token(PERSON, None, NOW).join(transaction)


def test_no_number_stands_in_the_table_and_every_row_ends_by_itself(channel: DynamoChannel) -> None:
    channel.take_token(Priority.URGENT, NOW)
    take_persons(channel)
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

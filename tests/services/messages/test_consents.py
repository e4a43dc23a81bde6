"""A person's last word counts, whenever and how often it arrives; in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.contracts.tables import CONSENTS
from clinic.domain.errors import StoreUnavailableError
from clinic.domain.people.consents import Category, Choice, Consent
from clinic.services.messages.notifications import Consents
from tests.fakes.examples import NOW
from tests.fakes.messages.consents import MemoryConsents
from tests.fakes.stores.dynamo import moto_booking_store

ANA = "+525500000101"
LATER = NOW + timedelta(seconds=1)
_PEOPLE = count()

choices = st.builds(Choice, st.booleans(), st.sampled_from([NOW + timedelta(seconds=s) for s in range(4)]))
sayings = st.tuples(st.sets(st.sampled_from(Category), min_size=1), choices)


@pytest.fixture(params=["memory", "dynamodb"])
def consents(request: pytest.FixtureRequest) -> Iterator[Consents]:
    if request.param == "memory":
        yield MemoryConsents()
        return
    with moto_booking_store() as booking_store:
        yield DynamoConsents.open(booking_store.connection, CONSENTS.name)


def test_who_has_said_nothing_gets_all_messages(consents: Consents) -> None:
    assert consents.of(ANA) == Consent(ANA)
    assert all(consents.of(ANA).allows(category) for category in Category)


def test_a_refusal_of_one_category_leaves_the_others(consents: Consents) -> None:
    consents.apply(ANA, [Category.MEDICATION], Choice(is_wanted=False, at=NOW))
    allowed = {category for category in Category if consents.of(ANA).allows(category)}
    assert allowed == {Category.APPOINTMENTS, Category.FOLLOW_UPS}


def test_a_choice_is_one_persons_own(consents: Consents) -> None:
    consents.apply(ANA, list(Category), Choice(is_wanted=False, at=NOW))
    assert consents.of("+525500000102").allows(Category.APPOINTMENTS)


def test_who_changes_their_mind_gets_messages_again(consents: Consents) -> None:
    consents.apply(ANA, list(Category), Choice(is_wanted=False, at=NOW))
    consents.apply(ANA, [Category.APPOINTMENTS], Choice(is_wanted=True, at=LATER))
    assert consents.of(ANA).choices == {
        Category.APPOINTMENTS: Choice(is_wanted=True, at=LATER),
        Category.FOLLOW_UPS: Choice(is_wanted=False, at=NOW),
        Category.MEDICATION: Choice(is_wanted=False, at=NOW),
    }


def test_an_older_word_that_comes_late_changes_nothing(consents: Consents) -> None:
    consents.apply(ANA, list(Category), Choice(is_wanted=False, at=LATER))
    consents.apply(ANA, list(Category), Choice(is_wanted=True, at=NOW))
    assert not any(consents.of(ANA).allows(category) for category in Category)


@pytest.mark.parametrize("first", [True, False])
def test_of_two_words_of_one_second_the_refusal_stands(consents: Consents, first: bool) -> None:
    for is_wanted in (first, not first):
        consents.apply(ANA, list(Category), Choice(is_wanted, NOW))
    assert not any(consents.of(ANA).allows(category) for category in Category)


def _stands(said: list[tuple[set[Category], Choice]], category: Category) -> Choice | None:
    """The oracle: whatever the order, the newest word, and a refusal before a wish of the same second."""
    words = sorted(
        ((choice.at, not choice.is_wanted) for categories, choice in said if category in categories)
    )
    return Choice(is_wanted=not words[-1][1], at=words[-1][0]) if words else None


@given(data=st.data(), said=st.lists(sayings, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_repetition_comes_to_the_same(
    consents: Consents, data: st.DataObject, said: list[tuple[set[Category], Choice]]
) -> None:
    person = f"+5255{next(_PEOPLE):08d}"
    repeated = said + data.draw(st.lists(st.sampled_from(said), max_size=3) if said else st.just([]))
    for categories, choice in data.draw(st.permutations(repeated)):
        consents.apply(person, categories, choice)
    stands = {category: _stands(said, category) for category in Category}
    assert consents.of(person).choices == {c: choice for c, choice in stands.items() if choice}


class Unreachable(Connection):
    """DynamoDB does not answer, and the client's error quotes what was asked."""

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url=str(operation_kwargs))


def test_a_store_that_does_not_answer_is_a_passing_error_without_the_number() -> None:
    consents = DynamoConsents.open(Unreachable("us-east-1"), CONSENTS.name)
    with pytest.raises(StoreUnavailableError) as of:
        consents.of(ANA)
    with pytest.raises(StoreUnavailableError) as apply:
        consents.apply(ANA, list(Category), Choice(is_wanted=False, at=NOW))
    assert ANA not in f"{of.value} {apply.value}"


def test_a_row_reads_as_the_architecture_says() -> None:
    with moto_booking_store() as booking_store:
        consents = DynamoConsents.open(booking_store.connection, CONSENTS.name)
        consents.apply(ANA, [Category.FOLLOW_UPS], Choice(is_wanted=False, at=NOW))
        (row,) = boto3.client("dynamodb").scan(TableName=CONSENTS.name)["Items"]
    assert row == {
        "person": {"S": ANA},
        "follow_ups": {"BOOL": False},
        "follow_ups_at": {"S": "2026-11-23T15:00:00.000000Z"},
    }

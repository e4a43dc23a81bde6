"""Events on EventBridge: what is put, in which batches, and what becomes of those that are not taken."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from clinic.adapters.events import MOST_BYTES, MOST_ENTRIES, EventBridgePublisher, batches
from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.prescriptions import PrescriptionStopped
from clinic.domain.errors import EventBusUnavailableError

BUS = "citas-test"


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[EventBridgePublisher]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield EventBridgePublisher.open(BUS)


@dataclass
class PickyBus:
    """Takes each entry only after it has been put so many times."""

    refusals: int
    error: Exception | None = None
    taken: list[Any] = field(default_factory=list)
    requests: list[list[Any]] = field(default_factory=list)

    def put_events(self, *, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.error:
            raise self.error
        self.requests.append(Entries)
        results: list[dict[str, str]] = []
        for entry in Entries:
            seen = sum(entry in request for request in self.requests)
            if seen > self.refusals:
                self.taken.append(entry)
                results.append({"EventId": "e-1"})
            else:
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
        return {"FailedEntryCount": len(Entries), "Entries": results}


def event(number: int, reason: str | None = None) -> BusEvent:
    return PrescriptionStopped.model_construct(prescription_id=f"rx-{number}", stop_reason=reason)


def picky(bus: PickyBus) -> EventBridgePublisher:
    client: Any = bus
    return EventBridgePublisher(client, BUS)


def test_what_is_put_reaches_the_buss_rules(publisher: EventBridgePublisher) -> None:
    events, queues = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name=BUS)
    url = queues.create_queue(QueueName="seen")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName=BUS, EventPattern='{"source": ["citas"]}')
    events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "q", "Arn": arn}])
    publisher.publish([event(n, reason="Ñandú") for n in range(23)])
    seen = []
    while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            seen.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert {(it["source"], it["detail-type"]) for it in seen} == {("citas", "prescription/stopped")}
    assert sorted(it["detail"]["prescriptionId"] for it in seen) == sorted(f"rx-{n}" for n in range(23))
    assert {it["detail"]["stopReason"] for it in seen} == {"Ñandú"}


def test_nothing_to_put_is_no_request() -> None:
    bus = PickyBus(0)
    picky(bus).publish([])
    assert bus.requests == []


def test_what_was_not_taken_is_put_again_and_nothing_else() -> None:
    bus = PickyBus(2)
    picky(bus).publish([event(n) for n in range(3)])
    assert [len(request) for request in bus.requests] == [3, 3, 3]
    assert [json.loads(entry["Detail"])["prescriptionId"] for entry in bus.taken] == ["rx-0", "rx-1", "rx-2"]


def test_what_is_never_taken_is_said() -> None:
    with pytest.raises(EventBusUnavailableError, match="2 of 2"):
        picky(PickyBus(99)).publish([event(1), event(2)])


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutEvents")


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException", 400),
        refused("InternalException", 500),
        refused("502", 502),
        EndpointConnectionError(endpoint_url="https://example.test"),
    ],
)
def test_a_bus_that_does_not_answer_may_do_so_later(error: Exception) -> None:
    with pytest.raises(EventBusUnavailableError):
        picky(PickyBus(0, error)).publish([event(1)])


def test_a_missing_permission_does_not_pass() -> None:
    with pytest.raises(ClientError):
        picky(PickyBus(0, refused("AccessDeniedException", 400))).publish([event(1)])


def test_a_request_that_hangs_ends_while_the_function_can_still_say_so(
    publisher: EventBridgePublisher,
) -> None:
    settings: Any = publisher.client.meta.config
    longest = settings.connect_timeout + settings.read_timeout
    assert settings.retries["total_max_attempts"] * longest <= 25


sizes = st.lists(st.integers(0, 40) | st.sampled_from([100_000, 200_000, MOST_BYTES + 1]), max_size=40)


@given(sizes)
def test_every_event_is_in_one_batch_that_a_request_takes(lengths: list[int]) -> None:
    entries: Any = [
        {"Source": "citas", "DetailType": "d", "Detail": "ñ" * (n // 2), "Number": i}
        for i, n in enumerate(lengths)
    ]
    made = list(batches(entries))
    assert [entry for batch in made for entry in batch] == entries
    for batch in made:
        assert 1 <= len(batch) <= MOST_ENTRIES
        size = sum(len((e["Source"] + e["DetailType"] + e["Detail"]).encode()) for e in batch)
        assert size <= MOST_BYTES or len(batch) == 1

"""DynamoDB in the local stack, with the function's role: indexes, pages, transactions, batches."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.client_patches import direct
from tests.local.sample import ACCOUNT, TABLE, definition, role, sample_stack, task

THINGS = "citas-dev-things"
ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{THINGS}"
ACTIONS = ["Query", "GetItem", "PutItem", "ConditionCheckItem", "BatchGetItem"]
INDEX = {
    "IndexName": "open-by-due",
    "KeySchema": [
        {"AttributeName": "open", "KeyType": "HASH"},
        {"AttributeName": "due", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}
TABLE_WITH_INDEX = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": THINGS,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "id", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("owner", "id", "open", "due")
        ],
        "GlobalSecondaryIndexes": [INDEX],
    },
}
DUE = {
    "TableName": THINGS,
    "IndexName": "open-by-due",
    "KeyConditionExpression": "#o = :o AND due BETWEEN :a AND :b",
    "ExpressionAttributeNames": {"#o": "open"},
    "ExpressionAttributeValues": {":o": {"S": "yes"}, ":a": {"S": "d03"}, ":b": {"S": "d12"}},
}
OWNED = {
    "TableName": THINGS,
    "KeyConditionExpression": "#o = :o",
    "ExpressionAttributeNames": {"#o": "owner"},
    "ExpressionAttributeValues": {":o": {"S": "o0"}},
}

Call = Callable[..., Any]


class RefusedError(Exception):
    """What DynamoDB answered to a step."""


def _thing(number: int) -> dict[str, Any]:
    """Every fifth is not open, and so not in the index; what is due later has a smaller id."""
    item = {"owner": {"S": f"o{number % 2}"}, "id": {"S": f"i{99 - number}"}}
    return item if number % 5 == 0 else {**item, "open": {"S": "yes"}, "due": {"S": f"d{number:02}"}}


@pytest.fixture
def calling(tmp_path: Path) -> Iterator[Callable[[list[str], list[str]], Call]]:
    """Gives, for resources and actions that the role allows, calls that a step makes."""
    opened: list[Any] = []

    def open_stack(resources: list[str], actions: list[str] = ACTIONS) -> Call:
        allowed = {
            "Effect": "Allow",
            "Action": [f"dynamodb:{action}" for action in actions],
            "Resource": resources,
        }
        changes = {"Things": TABLE_WITH_INDEX, "FunctionRole": role("lambda.amazonaws.com", allowed)}
        stack = sample_stack(tmp_path, definition({"DynamoDB": task("DynamoDB")}), changes=changes)
        stack.__enter__()
        opened.append(stack)
        for number in range(20):
            stack.client("dynamodb").put_item(TableName=THINGS, Item=_thing(number))

        def call(name: str, **arguments: Any) -> Any:
            stack.publish("sample/created", {"call": name, "arguments": arguments})
            stack.run_until_idle()
            run = stack.executions()[-1]
            if run.status != "SUCCEEDED":
                raise RefusedError(run.cause)
            return run.output

        return call

    yield open_stack
    for stack in opened:
        stack.__exit__(None, None, None)


def _put(key: int | str, table: str = THINGS, **condition: Any) -> dict[str, Any]:
    keys = {"id": {"S": str(key)}} | ({"owner": {"S": "new"}} if table == THINGS else {})
    return {"Put": {"TableName": table, "Item": keys, **condition}}


def _check(owner: str, key: str, condition: str) -> dict[str, Any]:
    at = {"owner": {"S": owner}, "id": {"S": key}}
    names = {"ExpressionAttributeNames": {"#o": "open"}} if "#o" in condition else {}
    return {"ConditionCheck": {"TableName": THINGS, "Key": at, "ConditionExpression": condition, **names}}


def test_an_index_is_read_by_its_own_right_alone(calling: Callable[..., Call]) -> None:
    call = calling([f"{ARN}/index/open-by-due"])
    assert call("query", **DUE)["Count"] == 8
    with pytest.raises(RefusedError, match=r"not authorized to perform: dynamodb:Query"):
        call("query", **OWNED)


@pytest.mark.parametrize("resource", [ARN, f"{ARN}/index/by-owner"])
def test_an_index_is_not_read_by_the_right_to_its_table_or_to_another(
    calling: Callable[..., Call], resource: str
) -> None:
    call = calling([resource])
    with pytest.raises(RefusedError, match=r"not authorized to perform: dynamodb:Query"):
        call("query", **DUE)


def test_an_index_is_read_in_its_order_page_by_page(calling: Callable[..., Call]) -> None:
    call = calling([f"{ARN}/index/*"])
    found: list[str] = []
    more: dict[str, Any] = {}
    pages = 0
    while pages == 0 or more:
        page = call("query", **DUE, Limit=3, **more)
        found += [item["due"]["S"] for item in page["Items"]]
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else {}
        pages += 1
    assert found == [f"d{number:02}" for number in (3, 4, 6, 7, 8, 9, 11, 12)]
    assert pages == 3
    newest = call("query", **DUE, Limit=1, ScanIndexForward=False)
    assert [item["due"]["S"] for item in newest["Items"]] == ["d12"]
    with pytest.raises(RefusedError, match="Consistent reads are not supported"):
        call("query", **DUE, ConsistentRead=True)


def test_an_item_leaves_the_index_with_its_attribute(calling: Callable[..., Call]) -> None:
    call = calling([ARN, f"{ARN}/index/*"], [*ACTIONS, "UpdateItem"])
    key = {name: value for name, value in _thing(3).items() if name in ("owner", "id")}
    call(
        "update_item",
        TableName=THINGS,
        Key=key,
        UpdateExpression="REMOVE #o",
        ExpressionAttributeNames={"#o": "open"},
    )
    assert call("query", **DUE)["Items"][0]["due"] == {"S": "d04"}


def test_a_transaction_takes_a_hundred_items_and_no_more(calling: Callable[..., Call]) -> None:
    call = calling([ARN])
    call("transact_write_items", TransactItems=[_put(number) for number in range(100)])
    with pytest.raises(RefusedError, match="less than or equal to 100"):
        call("transact_write_items", TransactItems=[_put(number) for number in range(101)])
    with pytest.raises(RefusedError, match="multiple operations on one item"):
        call("transact_write_items", TransactItems=[_put(1), _put(1)])


def test_a_transaction_is_whole_or_not_at_all(calling: Callable[..., Call]) -> None:
    call = calling([ARN])
    key = {"owner": {"S": "new"}, "id": {"S": "x"}}
    with pytest.raises(RefusedError, match=r"\[None, ConditionalCheckFailed\]"):
        call("transact_write_items", TransactItems=[_put("x"), _check("o0", "i99", "attribute_exists(#o)")])
    assert "Item" not in call("get_item", TableName=THINGS, Key=key)
    call("transact_write_items", TransactItems=[_put("x"), _check("o1", "i98", "attribute_exists(#o)")])
    assert call("get_item", TableName=THINGS, Key=key)["Item"] == key


def test_a_transactions_token_makes_it_once(calling: Callable[..., Call]) -> None:
    call = calling([ARN])
    first = _put("x", ConditionExpression="attribute_not_exists(id)")
    for _ in range(2):
        call("transact_write_items", TransactItems=[first], ClientRequestToken="token")
    with pytest.raises(RefusedError, match="IdempotentParameterMismatchException"):
        call("transact_write_items", TransactItems=[_put("y")], ClientRequestToken="token")


@pytest.mark.parametrize(
    ("actions", "items", "missing"),
    [
        (["PutItem"], [_put("x"), _check("o9", "i", "attribute_not_exists(id)")], "ConditionCheckItem"),
        (["ConditionCheckItem"], [_put("x")], "PutItem"),
        (["PutItem"], [_put("x"), _put("x", TABLE)], "PutItem"),
    ],
    ids=["a check", "a put", "another table"],
)
def test_a_transaction_needs_the_right_to_each_of_its_parts(
    calling: Callable[..., Call], actions: list[str], items: list[Any], missing: str
) -> None:
    call = calling([ARN], actions)
    with pytest.raises(RefusedError, match=f"not authorized to perform: dynamodb:{missing}"):
        call("transact_write_items", TransactItems=items)


def test_a_batch_of_keys_is_read(calling: Callable[..., Call]) -> None:
    call = calling([ARN])
    keys = [{name: _thing(number)[name] for name in ("owner", "id")} for number in range(3)]
    keys.append({"owner": {"S": "o0"}, "id": {"S": "none"}})
    answer = call("batch_get_item", RequestItems={THINGS: {"Keys": keys, "ConsistentRead": True}})
    found = sorted(answer["Responses"][THINGS], key=lambda item: str(item["id"]), reverse=True)
    assert found == [_thing(number) for number in range(3)]
    assert answer["UnprocessedKeys"] == {}


@pytest.mark.parametrize("binary", [{}, {"B": b"\x00\xff"}, {"BS": [b"a"]}], ids=["none", "one", "several"])
def test_an_answer_is_the_same_without_a_socket(tmp_path: Path, binary: dict[str, Any]) -> None:
    nested = {"M": {"text": {"S": "ñ"}, "list": {"L": [{"BOOL": True}, {"NULL": True}, {"N": "-1.50"}]}}}
    item = {"id": {"S": "a"}, "nested": nested, "set": {"SS": ["x"]}} | ({"b": binary} if binary else {})
    with sample_stack(tmp_path, definition({"Work": task("Work")})) as stack:
        client = stack.client("dynamodb")
        client.put_item(TableName=TABLE, Item=item)
        calls: list[Call] = [
            lambda: client.get_item(TableName=TABLE, Key={"id": {"S": "a"}}),
            lambda: client.get_item(TableName=TABLE, Key={"id": {"S": "none"}}),
            lambda: client.scan(TableName=TABLE, ReturnConsumedCapacity="TOTAL"),
            lambda: client.batch_get_item(RequestItems={TABLE: {"Keys": [{"id": {"S": "a"}}]}}),
            lambda: client.transact_get_items(
                TransactItems=[{"Get": {"TableName": TABLE, "Key": {"id": {"S": "a"}}}}]
            ),
            lambda: client.put_item(TableName=TABLE, Item=item, ReturnValues="ALL_OLD"),
            lambda: client.describe_table(TableName=TABLE),
        ]
        for call in calls:
            over_http = call()
            with direct():
                without = call()
            assert without.pop("ResponseMetadata")["HTTPStatusCode"] == 200
            over_http.pop("ResponseMetadata")
            assert without == over_http


def test_a_batch_is_read_only_where_the_role_may(calling: Callable[..., Call]) -> None:
    call = calling([ARN])
    wanted = {"Keys": [{"id": {"S": "x"}}]}
    with pytest.raises(RefusedError, match="not authorized to perform: dynamodb:BatchGetItem"):
        call("batch_get_item", RequestItems={TABLE: wanted})
    both = {THINGS: {"Keys": [{"owner": {"S": "o0"}, "id": {"S": "x"}}]}, TABLE: wanted}
    with pytest.raises(RefusedError, match="not authorized to perform: dynamodb:BatchGetItem"):
        call("batch_get_item", RequestItems=both)

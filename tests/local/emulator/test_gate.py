"""Who is let in over the emulator's port: whoever holds this start's key, and the functions' own roles."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from clinic.adapters.whatsapp.registration import export_catalogue
from local.emulator.gate import OPEN, Credentials, fresh
from local.stack import LocalStack, StackOptions
from tests.fakes.examples import NOW, detail

MINE = fresh()


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(start=NOW, templates=export_catalogue(), operator=MINE)) as stack:
        yield stack


def tables(stack: LocalStack, who: Credentials) -> list[str]:
    client = boto3.client(
        "dynamodb",
        endpoint_url=stack.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=who.key,
        aws_secret_access_key=who.secret,
    )
    return client.list_tables()["TableNames"]


def ask(stack: LocalStack, method: str, path: str, **headers: str) -> tuple[int, str]:
    address = urlsplit(stack.endpoint_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=120)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_two_starts_have_credentials_of_their_own() -> None:
    assert len({fresh().key, fresh().key, OPEN.key}) == 3
    assert MINE.key not in repr(MINE)
    assert MINE.secret not in repr(MINE)


def test_the_operator_is_let_in_and_the_workflows_run(stack: LocalStack) -> None:
    assert "citas-dev-messages" in tables(stack, MINE)
    stack.publish("appointment/created", detail())
    stack.advance(minutes=1)
    assert [message.template for message in stack.simulator.sent] == ["appointment_confirmed"]


@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012", "AKIAOTHER"])
def test_no_other_key_is_let_in(stack: LocalStack, key: str) -> None:
    with pytest.raises(ClientError) as refused:
        tables(stack, Credentials(key, "test"))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/?Action=ListUsers&Version=2010-05-08", {}),
        ("GET", "/?X-Amz-Credential=test/20261130/us-east-1/s3/aws4_request", {}),
        ("GET", "/?AWSAccessKeyId=test&Signature=x&Expires=9999999999", {}),
        ("POST", "/_ministack/reset", {}),
        ("POST", "/_ministack/config", {}),
        ("GET", "/_ministack/sqs/messages", {}),
        ("GET", "/_localstack/health", {}),
        ("GET", "/_ministack/lambda-code/x", {}),
        ("GET", "/", {"Authorization": "AWS test:x"}),
        ("GET", "/", {"Host": "example.org"}),
        ("GET", "/", {"Host": "localhost.example.org"}),
        ("GET", "/", {"Origin": "http://localhost"}),
    ],
)
def test_no_other_way_leads_in(stack: LocalStack, method: str, path: str, headers: dict[str, str]) -> None:
    before = tables(stack, MINE)
    assert ask(stack, method, path, **headers)[0] == 403
    # The key alone opens neither the emulator's own paths nor a foreign name's.
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={MINE.key}/20261130/us-east-1/s3/aws4_request"}
    if path.startswith("/_") or {"Host", "Origin"} & headers.keys():
        assert ask(stack, method, path, **{**headers, **signed})[0] == 403
    assert tables(stack, MINE) == before


def test_the_webhook_is_public_as_on_aws(stack: LocalStack) -> None:
    path = urlsplit(stack.outputs["WhatsAppWebhookUrl"]).path
    assert ask(stack, "GET", f"{path}?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1")[0] == 403
    token = "local-verify-token"
    query = f"?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=7"
    assert ask(stack, "GET", path + query) == (200, "7")


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1", "[::1]:80", "assets.s3.localhost:4566"])
def test_names_of_this_machine_are_taken(stack: LocalStack, host: str) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={MINE.key}/20261130/us-east-1/iam/aws4_request, SignedHeaders=host"
    _, body = ask(stack, "GET", "/?Action=ListUsers", Host=host, Authorization=signed)
    assert "by the name localhost" not in body


def test_an_open_stack_lets_in_whoever_says_test(stack: LocalStack) -> None:
    server = stack._emulator._server
    server.let_in(OPEN)
    try:
        assert "citas-dev-messages" in tables(stack, OPEN)
        assert ask(stack, "POST", "/_ministack/reset")[0] == 403
    finally:
        server.let_in(MINE)

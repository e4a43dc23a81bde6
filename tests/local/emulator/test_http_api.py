"""HTTP APIs: the same answers over a socket and without one, as API Gateway gives them."""

import base64
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from local.simulators.webhook_bodies import signed
from local.stack import LocalStack
from tests.local.sample import ACCOUNT, START, sample_stack
from tests.local.simulators.webhook_sample import noted, permission, send, webhook_resources, webhook_stack

SECRET = "local-app-secret"
JSON = {"content-type": "application/json"}

Ask = Callable[[LocalStack, str, dict[str, str], bytes], tuple[int, bytes]]


def _over_http(stack: LocalStack, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    with (
        requests.Session() as session,
        closing(session.post(_url(stack) + path, body, headers=headers)) as answer,
    ):
        return answer.status_code, answer.content


def _directly(stack: LocalStack, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    answer = stack._emulator.post(_url(stack) + path, headers, body)
    return answer.status, answer.body


def _url(stack: LocalStack) -> str:
    return stack.outputs["WhatsAppWebhookUrl"]


@pytest.fixture(params=[_over_http, _directly], ids=["over HTTP", "directly"])
def ask(request: pytest.FixtureRequest) -> Ask:
    way: Ask = request.param
    return way


def _signed(body: bytes, **changes: str) -> dict[str, str]:
    headers = signed(body, SECRET) | changes
    headers.pop("content-length")
    return headers


def test_the_address_leads_to_this_machine(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        assert _url(stack).startswith(f"{stack.endpoint_url}/")
        assert _url(stack).endswith("/whatsapp")
        (deployed,) = stack.client("cloudformation").describe_stacks(StackName="citas-dev")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}
        assert outputs["WhatsAppWebhookUrl"] == _url(stack), "whoever asks CloudFormation can use it too"


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/whatsapp"},
        {"Fn::Sub": "${Api.ApiEndpoint}/whatsapp"},
    ],
)
def test_either_way_of_writing_the_output_gives_an_address_that_works(tmp_path: Path, value: Any) -> None:
    with webhook_stack(tmp_path, outputs={"WhatsAppWebhookUrl": {"Value": value}}) as stack:
        stack.receive("+525500000101", "hola")
        assert [call.status for call in stack.simulator.webhooks] == [200]


def test_a_signed_body_reaches_the_function_at_the_virtual_instant(tmp_path: Path, ask: Ask) -> None:
    body = '{"saludo": "¿Qué tal?"}'.encode()
    with webhook_stack(tmp_path) as stack:
        assert ask(stack, "?a=1&a=2&b=%20", _signed(body), body) == (200, b"")
        (event,) = noted(stack)
        assert event["body"] == body.decode()
        assert event["isBase64Encoded"] is False
        assert event["version"] == "2.0"
        assert event["routeKey"] == "POST /whatsapp"
        assert event["rawPath"] == "/whatsapp"
        assert event["rawQueryString"] == "a=1&a=2&b=%20"
        assert event["queryStringParameters"] == {"a": "1,2", "b": " "}
        assert "pathParameters" not in event
        context = event["requestContext"]
        assert context["http"]["method"] == "POST"
        assert context["http"]["path"] == "/whatsapp"
        assert context["stage"] == "$default"
        assert context["time"] == "23/Nov/2026:15:00:00 +0000"
        assert context["timeEpoch"] == int(START.timestamp() * 1000)
        assert context["accountId"] == ACCOUNT
        (call,) = stack.lambda_invocations
        assert (call.at, call.function, call.status) == (START, "citas-dev-hook", "succeeded")


@pytest.mark.parametrize(
    ("kind", "body", "is_text"),
    [
        ("application/json", b"{}", True),
        ("application/json; charset=utf-8", b"{}", True),
        ("text/plain", b"hola", True),
        ("application/octet-stream", b"{}", False),
        ("application/x-www-form-urlencoded", b"a=b", False),
        ("application/json", b"\xff\xfe", False),
    ],
)
def test_only_text_is_handed_over_as_text(
    tmp_path: Path, ask: Ask, kind: str, body: bytes, is_text: bool
) -> None:
    with webhook_stack(tmp_path) as stack:
        assert ask(stack, "", _signed(body, **{"content-type": kind}), body)[0] == 200
        (event,) = noted(stack)
        assert event["isBase64Encoded"] is not is_text
        assert event["body"] == (body.decode() if is_text else base64.b64encode(body).decode())


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("/more", 404, b'{"message": "Not Found"}'),
        ("x", 404, b'{"message": "Not Found"}'),
    ],
)
def test_an_unknown_route_is_not_found(
    tmp_path: Path, ask: Ask, path: str, status: int, answer: bytes
) -> None:
    with webhook_stack(tmp_path) as stack:
        assert ask(stack, path, {}, b"") == (status, answer)
        assert stack.lambda_invocations == []


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 7 * 1024 * 1024])
def test_a_body_that_is_too_large_never_reaches_the_function(tmp_path: Path, ask: Ask, size: int) -> None:
    with webhook_stack(tmp_path) as stack:
        assert ask(stack, "", JSON, b"x" * size) == (413, b'{"message": "Request Entity Too Large"}')
        assert stack.lambda_invocations == []


def test_a_forged_body_gets_the_functions_answer(tmp_path: Path, ask: Ask) -> None:
    with webhook_stack(tmp_path) as stack:
        headers = _signed(b"{}", **{"x-hub-signature-256": "sha256=00"})
        assert ask(stack, "", headers, b"{}") == (401, b'{"message": "wrong signature"}')
        assert noted(stack) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"without a status", (200, b'{"taken": true}')),
        (b"half an answer", (500, b'{"message": "Internal Server Error"}')),
    ],
)
def test_an_answer_that_is_none_of_an_http_api(tmp_path: Path, ask: Ask, body: bytes, expected: Any) -> None:
    with webhook_stack(tmp_path) as stack:
        assert ask(stack, "", _signed(body), body) == expected


def test_a_functions_error_is_500_and_says_nothing_of_it(tmp_path: Path, ask: Ask) -> None:
    faults = {"lambda": [{"workflow": "hook", "dies": "before"}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        assert ask(stack, "", JSON, b"{}") == (500, b'{"message": "Internal Server Error"}')


def test_without_a_slot_it_is_503(tmp_path: Path, ask: Ask) -> None:
    hook = webhook_resources()["Hook"]
    hook["Properties"]["ReservedConcurrentExecutions"] = 0
    with webhook_stack(tmp_path, changes={"Hook": hook}) as stack:
        assert ask(stack, "", JSON, b"{}") == (503, b'{"message": "Service Unavailable"}')
        assert [call.status for call in stack.lambda_invocations] == ["throttled"]


@pytest.mark.parametrize(
    "granted",
    [
        None,
        permission("/*/GET/whatsapp"),
        permission("/*/POST/other"),
        permission("/*/POST/whatsapp", Principal="events.amazonaws.com"),
        permission("/*/POST/whatsapp", Action="lambda:GetFunction"),
    ],
    ids=["nothing", "another method", "another route", "another service", "another action"],
)
def test_the_api_needs_leave_to_invoke_the_function(tmp_path: Path, ask: Ask, granted: Any) -> None:
    with webhook_stack(tmp_path, changes={"PermissionPOST": granted}) as stack:
        assert ask(stack, "", _signed(b"{}"), b"{}") == (500, b'{"message": "Internal Server Error"}')
        assert stack.lambda_invocations == []
    with webhook_stack(tmp_path, changes={"PermissionPOST": granted}, enforce_iam=False) as stack:
        assert ask(stack, "", _signed(b"{}"), b"{}")[0] == 200


def test_a_person_can_ask_for_the_verification(tmp_path: Path) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "local-verify-token", "hub.challenge": "1158201444"}
    with webhook_stack(tmp_path) as stack, requests.Session() as session:
        answer = session.get(_url(stack), params=query, timeout=120)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        wrong = session.get(_url(stack), params={**query, "hub.verify_token": "guessed"}, timeout=120)
        assert wrong.status_code == 403


def test_an_api_has_the_same_address_in_every_run(tmp_path: Path) -> None:
    addresses = []
    for _ in range(2):
        with webhook_stack(tmp_path) as stack:
            addresses.append(_url(stack))
    assert addresses[0] == addresses[1]


def test_a_stack_without_an_api_has_no_such_output(tmp_path: Path) -> None:
    with sample_stack(tmp_path, send()) as stack:
        assert "WhatsAppWebhookUrl" not in stack.outputs

"""The webhook's answers on moto: only what Meta has signed changes anything."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import boto3
import pytest

from clinic.contracts.tables import MESSAGES
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.people.consents import Category
from tests.fakes.examples import NOW
from tests.fakes.messages.notifications import call, notification, signature, signed, status, text
from tests.fakes.messages.webhook_on_moto import Webhook, webhook_on_moto
from tests.fakes.stores.aws import APP_SECRET, ENVIRONMENT, VERIFY_TOKEN
from tests.fakes.stores.rows import intent

SENT = intent(status=IntentStatus.SENT, reason="accepted", message_id="wamid.1", sent_at=NOW)
LATER = NOW + timedelta(minutes=1)
VERIFICATION = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
BODY = json.dumps(notification([status()])).encode()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook_on_moto(monkeypatch, SENT) as webhook:
        yield webhook


@pytest.fixture
def log(webhook: Webhook) -> StringIO:
    written = StringIO()
    webhook.module.logger.registered_handler.setStream(written)
    return written


def test_meta_gets_its_challenge_back_as_plain_text(webhook: Webhook) -> None:
    answer = webhook.call(call(method="GET", query=VERIFICATION))
    assert (answer["statusCode"], answer["body"]) == (200, "1158201444")
    assert answer["headers"]["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        {**VERIFICATION, "hub.verify_token": "another-token"},
        {**VERIFICATION, "hub.verify_token": ""},
        {**VERIFICATION, "hub.verify_token": "ficción"},
        {**VERIFICATION, "hub.verify_token": APP_SECRET},
        {**VERIFICATION, "hub.mode": "unsubscribe"},
        {"hub.mode": "subscribe", "hub.challenge": "1158201444"},
    ],
)
def test_who_does_not_know_the_token_is_refused(webhook: Webhook, query: dict[str, str] | None) -> None:
    answer = webhook.call(call(method="GET", query=query))
    assert answer["statusCode"] == 403
    assert "1158201444" not in answer["body"]


def test_a_signed_status_moves_the_ledger_on(webhook: Webhook) -> None:
    assert webhook.call(signed(notification([status("delivered", LATER)])))["statusCode"] == 200
    found = webhook.intent()
    assert (found.status, found.reason, found.delivered_at) == ("delivered", "delivered_to_phone", LATER)


def test_a_body_in_base64_is_checked_and_read_as_the_bytes_it_stands_for(webhook: Webhook) -> None:
    assert webhook.call(signed(notification([status()]), as_base64=True))["statusCode"] == 200
    assert webhook.intent().status == "delivered"


def test_a_signature_is_over_the_bytes_and_not_over_what_they_mean(webhook: Webhook) -> None:
    spelled = json.dumps(notification([status()], [text("BAJA ✓ señal")]), indent=3, ensure_ascii=True)
    assert webhook.call(signed(spelled.encode()))["statusCode"] == 200
    assert webhook.intent().status == "delivered"


def forgeries() -> Iterator[Any]:
    good = signature(BODY)
    yield pytest.param(call(BODY), id="unsigned")
    yield pytest.param(signed(BODY, "another-secret"), id="signed by somebody else")
    yield pytest.param(signed(BODY, VERIFY_TOKEN), id="signed with the verify token")
    for name, header in {
        "no scheme": good.removeprefix("sha256="),
        "another scheme": good.replace("sha256", "sha1"),
        "empty": "",
        "cut": good[:-1],
        "longer": f"{good}0",
        "upper case": good.upper(),
        "two": f"{good},{good}",
        "no ASCII": f"sha256={'é' * 64}",
        "zeros": f"sha256={'0' * 64}",
    }.items():
        yield pytest.param(call(BODY, {"x-hub-signature-256": header}), id=name)
    for name, body in {
        "cut body": BODY[:-1],
        "longer body": BODY + b" ",
        "other body": BODY.replace(b"delivered", b"read"),
        "no body": b"",
    }.items():
        yield pytest.param(call(body, {"x-hub-signature-256": good}), id=name)
    broken = {**call(BODY, {"x-hub-signature-256": good}), "isBase64Encoded": True}
    yield pytest.param(broken, id="said to be base64")


@pytest.mark.parametrize("event", list(forgeries()))
def test_what_meta_has_not_signed_changes_nothing_and_is_not_logged(
    webhook: Webhook, event: dict[str, Any], log: StringIO
) -> None:
    before = webhook.everything()
    assert webhook.call(event)["statusCode"] == 401
    assert webhook.everything() == before
    assert_says_nothing_of_the_body(log)


def assert_says_nothing_of_the_body(log: StringIO) -> None:
    logged = log.getvalue()
    assert "call_" in logged
    assert not any(
        word in logged for word in ("wamid", "5500000101", "Ficticia", "BAJA", "sha256=", "padding")
    )


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=00", "sha256=" + "0" * 63])
def test_what_bears_no_signature_is_refused_before_anything_is_read(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch, header: str | None
) -> None:
    def nothing() -> None:
        raise AssertionError("read")

    monkeypatch.setattr("lambdas.whatsapp_webhook.application", nothing)
    headers = {"x-hub-signature-256": header} if header is not None else {}
    assert webhook.call(call(BODY, headers))["statusCode"] == 401


@pytest.mark.parametrize("as_base64", [False, True])
@pytest.mark.parametrize("size", [3 * 1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_body_that_is_too_large_is_refused_before_anything_else(
    webhook: Webhook, size: int, as_base64: bool, log: StringIO
) -> None:
    payload = notification([status()], [text("BAJA")])
    payload["padding"] = ""
    payload["padding"] = "x" * (size - len(json.dumps(payload)))
    before = webhook.everything()
    # Even its secret is not asked for.
    boto3.client("secretsmanager").delete_secret(SecretId=ENVIRONMENT["WHATSAPP_WEBHOOK_SECRET_NAME"])
    assert webhook.call(signed(payload, as_base64=as_base64))["statusCode"] == 413
    assert webhook.everything() == before
    assert_says_nothing_of_the_body(log)


@pytest.mark.parametrize("as_base64", [False, True])
def test_the_largest_body_that_meta_sends_is_taken(webhook: Webhook, as_base64: bool) -> None:
    payload = notification([status()])
    payload["padding"] = ""
    payload["padding"] = "x" * (3 * 1024 * 1024 - len(json.dumps(payload)))
    assert webhook.call(signed(payload, as_base64=as_base64))["statusCode"] == 200
    assert webhook.intent().status == "delivered"


@pytest.mark.parametrize("body", [b"", b"{", b"delivered", b"\xff", b"[" * 100_000, BODY[:-1]])
def test_a_signed_body_that_is_no_json_is_refused(webhook: Webhook, body: bytes) -> None:
    before = webhook.everything()
    assert webhook.call(signed(body, as_base64=True))["statusCode"] == 400
    assert webhook.everything() == before


@pytest.mark.parametrize(
    "payload",
    [
        [],
        "text",
        17,
        {},
        {"object": "page", "entry": notification([status()])["entry"]},
        {"object": "whatsapp_business_account"},
        {"object": "whatsapp_business_account", "entry": [None, {"changes": {"value": 1}}]},
        notification([status()], number="999"),
    ],
)
def test_a_signed_body_of_a_form_that_is_not_ours_is_taken_and_changes_nothing(
    webhook: Webhook, payload: Any
) -> None:
    before = webhook.everything()
    assert webhook.call(signed(payload))["statusCode"] == 200
    assert webhook.everything() == before


def test_a_body_that_is_played_again_changes_nothing(webhook: Webhook) -> None:
    first = signed(notification([status("delivered", LATER)], [text("BAJA", NOW)]))
    webhook.call(first)
    webhook.call(signed(notification([status("read", LATER)], [text("ALTA", LATER)])))
    after = webhook.everything()
    assert webhook.intent().status == "read"
    assert webhook.consent().allows(Category.APPOINTMENTS)
    for _ in range(2):
        assert webhook.call(first)["statusCode"] == 200
        assert webhook.everything() == after


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("POST", "/whatsapp"),
        ("POST", "/whatsapp/x/y"),
        ("PUT", "/whatsapp/x"),
        ("DELETE", "/whatsapp/x"),
        ("GET", "/"),
    ],
)
def test_another_path_or_method_is_not_found(webhook: Webhook, method: str, path: str) -> None:
    before = webhook.everything()
    event = {
        **signed(BODY),
        **{k: v for k, v in call(BODY, method=method, path=path).items() if k != "headers"},
    }
    assert webhook.call(event)["statusCode"] == 404
    assert webhook.everything() == before


def test_a_store_that_does_not_answer_makes_meta_call_again(webhook: Webhook) -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId=ENVIRONMENT["WHATSAPP_WEBHOOK_SECRET_NAME"], ForceDeleteWithoutRecovery=True
    )
    assert webhook.call(signed(BODY))["statusCode"] == 503
    assert webhook.call(call(method="GET", query=VERIFICATION))["statusCode"] == 503


def test_nobody_can_sign_before_an_operator_has_put_the_app_secret_there(webhook: Webhook) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId=ENVIRONMENT["WHATSAPP_WEBHOOK_SECRET_NAME"],
        SecretString=json.dumps({"app_secret": "", "verify_token": VERIFY_TOKEN}),
    )
    assert webhook.call(signed(BODY, ""))["statusCode"] == 503
    assert webhook.intent() == SENT
    assert webhook.call(call(method="GET", query=VERIFICATION))["statusCode"] == 200


def test_a_fault_is_answered_and_told_without_what_it_was_about(webhook: Webhook, log: StringIO) -> None:
    boto3.client("dynamodb").delete_table(TableName=MESSAGES.name)
    assert webhook.call(signed(BODY))["statusCode"] == 500
    assert_says_nothing_of_the_body(log)


def test_what_was_taken_is_logged_as_figures(webhook: Webhook, log: StringIO) -> None:
    statuses = [status(), status(), status(message_id="wamid.9", intent_id=None), {"status": "deleted"}]
    webhook.call(signed(notification(statuses, [text("baja"), text("¿A qué hora es mi cita?")])))
    (line,) = [json.loads(it) for it in log.getvalue().splitlines() if "call_taken" in it]
    figures = {"recorded": 1, "unchanged": 1, "waiting": 1, "choices": 1, "passed_over": 2}
    assert {name: line[name] for name in figures} == figures

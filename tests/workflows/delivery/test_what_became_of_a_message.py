"""WhatsApp's word on a message reaches the ledger: late, twice, out of order; not a forger's."""

from typing import Any

import pytest
import requests

from clinic.domain.instants import from_text
from local.simulators.webhook_bodies import Status, signed, status_body
from tests.fakes.examples import NOW
from tests.infra.template.resolved import STACK_UUID
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

CONFIRMATION = "v1 confirmation"
INTENT = "reservation#r-17#v000001#confirmation"
DELIVERED = {CONFIRMATION: "delivered", "v1 reminder_24h": "delivered", "v1 reminder_2h": "delivered"}


def _run(**faults: Any) -> dict[str, dict[str, str]]:
    """One appointment to its end; the ledger's rows."""
    with clinic_stack(faults=faults, status_webhooks=True) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        assert clinic.stack.unused_faults() == []
        assert len(clinic.messages) == len({message.intent_id for message in clinic.messages})
        assert clinic.statuses() == ["SUCCEEDED"]
        return clinic.rows("r-17")


def _statuses(rows: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: row["status"] for name, row in rows.items()}


@pytest.mark.parametrize(
    "rule",
    [
        {"status": "delivered", "late": "10m"},
        {"intent": INTENT, "delivered": 3},
        {"intent": INTENT, "status": "delivered", "first": True},
        {"intent": INTENT, "status": "sent", "lost": True},
        {"to": "+525500000001", "status": "sent", "late": "3d"},
        {"intent": INTENT, "status": "sent", "forged": True},
    ],
    ids=["late", "thrice", "out of order", "sent is lost", "days late", "sent is forged"],
)
def test_however_it_comes_the_ledger_ends_as_if_it_had_come_calmly(rule: dict[str, Any]) -> None:
    rows = _run(webhooks=[rule])
    assert _statuses(rows) == DELIVERED
    delivered_at = from_text(rows[CONFIRMATION]["delivered_at"])
    assert delivered_at == NOW.replace(second=4), "as it was true, not as it came"


@pytest.mark.parametrize("fate", ["lost", "forged"])
def test_what_was_never_truly_told_is_not_known(fate: str) -> None:
    rows = _run(webhooks=[{"intent": INTENT, "status": "delivered", fate: True}])
    assert _statuses(rows) == {**DELIVERED, CONFIRMATION: "sent"}
    assert "delivered_at" not in rows[CONFIRMATION]


def test_a_message_that_was_read_is_read() -> None:
    rows = _run(whatsapp=[{"intent": INTENT, "reads": "5m"}])
    assert _statuses(rows) == {**DELIVERED, CONFIRMATION: "read"}
    assert from_text(rows[CONFIRMATION]["read_at"]) == NOW.replace(minute=5, second=4)


def test_a_message_that_was_taken_can_turn_out_to_be_undeliverable() -> None:
    rows = _run(whatsapp=[{"intent": INTENT, "later": 131026}])
    assert _statuses(rows) == {**DELIVERED, CONFIRMATION: "failed"}
    assert rows[CONFIRMATION]["reason"] == "whatsapp:131026"


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_webhook_that_dies_is_told_again(dies: str) -> None:
    rows = _run(**{"lambda": [{"workflow": "whatsapp-webhook", "dies": dies, "times": 5}]})
    assert _statuses(rows) == DELIVERED


def test_an_answer_that_got_lost_is_made_good_without_a_second_message() -> None:
    rows = _run(whatsapp=[{"intent": INTENT, "timeout": "after"}])
    assert _statuses(rows) == DELIVERED


def _hostile(clinic: ClinicStack) -> list[tuple[bytes, dict[str, str], int]]:
    (message, *_) = clinic.messages
    failed = Status(message.message_id, "failed", NOW, "525500000001", INTENT, "utility", 131026)
    body = status_body("000000000000000", [failed])
    right = signed(body, "local-app-secret")
    return [
        (body, signed(body, "another secret"), 401),
        (body, right | {"x-hub-signature-256": ""}, 401),
        (body, {name: value for name, value in right.items() if name != "x-hub-signature-256"}, 401),
        (body[:-20], right, 401),
        (body + b" ", right, 401),
        (b"x" * (10 * 1024 * 1024 + 1), right, 413),
    ]


def test_a_forged_truncated_or_huge_body_changes_nothing() -> None:
    with clinic_stack(status_webhooks=True) as clinic, requests.Session() as session:
        clinic.publish()
        clinic.stack.advance(hours=1)
        before = clinic.rows("r-17")
        for body, headers, expected in _hostile(clinic):
            sent = {**headers, "content-length": str(len(body))}
            answer = session.post(clinic.stack.outputs["WhatsAppWebhookUrl"], body, headers=sent, timeout=120)
            assert answer.status_code == expected, (expected, answer.status_code)
        assert clinic.rows("r-17") == before
        assert before[CONFIRMATION]["status"] == "delivered"
        _assert_strangers_reach_no_function(clinic, session)


def _assert_strangers_reach_no_function(clinic: ClinicStack, session: requests.Session) -> None:
    url = clinic.stack.outputs["WhatsAppWebhookUrl"]
    plain, _, key = url.rpartition("/")
    assert len(key) == 36, "a random segment, in no host name"
    calls = len(clinic.stack.lambda_invocations)
    body = status_body("000000000000000", [])
    for address in (
        plain,
        f"{plain}/",
        f"{plain}/{STACK_UUID}",
        f"{url}0",
        f"{url}/x",
    ):
        assert (
            session.post(address, body, headers=signed(body, "local-app-secret"), timeout=120).status_code
            == 403
        )
        assert session.get(address, timeout=120).status_code == 403
    assert len(clinic.stack.lambda_invocations) == calls

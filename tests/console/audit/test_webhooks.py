"""I4 of deliveries: the ledger says what WhatsApp told, no more and no less."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.audit.evidence import Evidence
from console.output.people import ToldRow
from tests.console.audit.aftercare import (
    FOLLOW_UP,
    SECOND,
    VISIT,
    breaches,
    calm,
    delivery,
    rows,
    told,
    webhook,
)

HOUR = timedelta(hours=1)
ASKED = VISIT + 24 * HOUR


def with_word(*words: ToldRow, message: dict[str, Any] | None = None, **changes: Any) -> Evidence:
    """The calm week, where WhatsApp tells these things of the follow-up and no others."""
    first, *others = rows()
    messages = [first.model_copy(update=message or {}), *others]
    hooks = [webhook(row.due_at + 5 * SECOND, told(row)) for row in others]
    return calm(messages, webhooks=[webhook(ASKED + 9 * SECOND, *words, **changes), *hooks])


def word(status: str = "delivered", **changes: Any) -> ToldRow:
    return told(rows()[0], status, **changes)


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_a_delivery_that_whatsapp_never_told_is_found(status: str) -> None:
    evidence = with_word(word("sent"), message={"status": status, "delivered_at": None})

    assert breaches(evidence) == [([FOLLOW_UP], f"{status} says the ledger, but WhatsApp never said so")]


def test_a_delivery_told_by_a_webhook_that_was_not_taken_counts_for_nothing() -> None:
    assert breaches(with_word(word(), answer=500)) == [
        ([FOLLOW_UP], "delivered says the ledger, but WhatsApp never said so")
    ]


def test_a_forged_webhook_that_was_taken_is_found_and_counts_for_nothing() -> None:
    assert breaches(with_word(word(), forged=True)) == [
        ([FOLLOW_UP], "a forged webhook was taken 2026-12-01T16:00:09Z"),
        ([FOLLOW_UP], "delivered says the ledger, but WhatsApp never said so"),
    ]
    refused = with_word(word(), forged=True, answer=401)
    assert len(breaches(refused)) == 1


def test_an_instant_that_whatsapp_did_not_name_is_found() -> None:
    ((ids, detail),) = breaches(with_word(word(at=ASKED + SECOND)))

    assert ids == [FOLLOW_UP]
    assert detail == "delivered 2026-12-01T16:00:04Z says the ledger, but WhatsApp named no such instant"


@pytest.mark.parametrize("behind", ["sent", "planned", "unknown", "skipped"])
def test_a_ledger_behind_what_it_was_told_is_found(behind: str) -> None:
    evidence = with_word(word(), message={"status": behind, "delivered_at": None})

    assert ([FOLLOW_UP], f"delivered says WhatsApp, but the ledger says {behind}") in breaches(evidence)


def test_a_read_message_stays_read_when_delivered_comes_later() -> None:
    first = {"status": "read", "read_at": ASKED + 8 * SECOND}
    hooks = with_word(word("read", at=ASKED + 8 * SECOND), word(), message=first)

    assert breaches(hooks) == []
    fallen_back = with_word(word("read", at=ASKED + 8 * SECOND), word())
    assert breaches(fallen_back) == [([FOLLOW_UP], "read says WhatsApp, but the ledger says delivered")]


def test_what_was_read_was_delivered_when_it_was_read_if_nothing_else_tells_when() -> None:
    read = ASKED + 8 * SECOND
    first = {"status": "read", "read_at": read, "delivered_at": read}

    assert breaches(with_word(word("read", at=read), message=first)) == []
    assert breaches(with_word(word("read", at=read), word(), message=first)) == [
        ([FOLLOW_UP], "delivered 2026-12-01T16:00:08Z says the ledger, but WhatsApp named no such instant")
    ]


def test_a_message_that_failed_later_is_known_to_have_failed() -> None:
    failed = {"status": "failed", "reason": "whatsapp:131026", "delivered_at": None}

    assert breaches(with_word(word("failed", code=131026), message=failed)) == []
    assert breaches(
        with_word(word("failed", code=131026), message={"status": "sent", "delivered_at": None})
    ) == [([FOLLOW_UP], "failed says WhatsApp, but the ledger says sent")]
    assert breaches(with_word(word("sent"), message=failed)) == [
        ([FOLLOW_UP], "WhatsApp accepted it, but the ledger says failed")
    ]


def test_a_word_that_names_no_intent_is_known_by_the_messages_id() -> None:
    evidence = with_word(word("read", intent_id=None, at=ASKED + 8 * SECOND), word(intent_id=None))

    assert breaches(evidence) == [([FOLLOW_UP], "read says WhatsApp, but the ledger says delivered")]


class TestAgain:
    """A message that WhatsApp took and failed for a reason that passes, and that left again."""

    FAILED_AT = ASKED + 2 * SECOND

    def evidence(self, code: int = 131000, again: timedelta = HOUR / 6, **message: Any) -> Evidence:
        row, *others = rows()
        first = delivery(row.model_copy(update={"message_id": "wamid.first"}))
        failed = told(row, "failed", message_id="wamid.first", at=self.FAILED_AT, code=code)
        calmly = calm([row.model_copy(update=message), *others])
        left = [first, replace(delivery(row), at=ASKED + again), *map(delivery, others)]
        hooks = [webhook(self.FAILED_AT, failed), *calmly.webhooks]
        return replace(calmly, deliveries=left, webhooks=hooks)

    def test_is_one_message(self) -> None:
        assert breaches(self.evidence()) == []
        assert breaches(self.evidence(status="sent", delivered_at=None)) == []

    def test_that_left_before_the_first_had_failed_is_a_second(self) -> None:
        assert breaches(self.evidence(again=SECOND)) == [([FOLLOW_UP], "sent 2 times")]

    def test_whose_failure_does_not_pass_is_a_second(self) -> None:
        assert breaches(self.evidence(code=131026)) == [([FOLLOW_UP], "sent 2 times")]

    def test_that_was_not_wanted_any_more_is_rightly_skipped(self) -> None:
        evidence = self.evidence(status="skipped", reason="reservation_closed", delivered_at=None)
        only_failed = [it for it in evidence.deliveries if it.message_id != rows()[0].message_id]
        assert breaches(replace(evidence, deliveries=only_failed)) == []

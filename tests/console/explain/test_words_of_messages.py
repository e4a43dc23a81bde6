"""A person's words for a message, and for why it stands where it stands."""

from datetime import timedelta

import pytest

from clinic.channels.whatsapp import WHATSAPP
from clinic.domain.messages.intent import IntentStatus, Reason
from clinic.domain.messages.kinds import NoticeKind
from console.explain.messages import explain_message, kind_name, message_name
from console.explain.reasons import reason_text
from console.output.rows import MessageRow
from tests.console.audit.evidence import VISIT, intent

MEXICO, TIJUANA = "America/Mexico_City", "America/Tijuana"
SECOND = timedelta(seconds=1)


def dose(**changes: object) -> MessageRow:
    return intent().model_copy(update={"kind": "dose_20261130T1600Z"} | changes)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    text = reason_text(reason)

    assert text != reason
    assert " " in text
    assert "_" not in text


def test_no_two_reasons_are_told_in_the_same_words() -> None:
    assert len({reason_text(reason) for reason in Reason}) == len(Reason)


@pytest.mark.parametrize("code", [code for code in WHATSAPP.meanings if code >= 100000])
def test_every_code_of_whatsapp_that_is_known_has_words_and_its_number(code: int) -> None:
    text = reason_text(f"whatsapp:{code}")

    assert text.endswith(f" ({code})")


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("whatsapp:131026", "WhatsApp can't reach this number (131026)"),
        ("whatsapp:999", "WhatsApp refused it with code 999"),
        ("whatsapp:none", "WhatsApp refused it without a code"),
        ("whatsapp:²", "WhatsApp refused it without a code"),
        (
            "retries_exhausted:MessengerThrottledError",
            "every retry failed, the last with MessengerThrottledError",
        ),
        ("retries_exhausted:", "every retry failed"),
        ("a_word_of_later", "a_word_of_later"),
        ("", ""),
        (None, ""),
    ],
)
def test_what_whatsapp_or_a_retry_left_is_said_in_words(reason: str | None, text: str) -> None:
    assert reason_text(reason) == text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("confirmation", "confirmation"),
        ("reminder_24h", "24h reminder"),
        ("follow_up_24h", "24h follow-up"),
        ("follow_up_1week", "1week follow-up"),
        ("dose_20261130T1600Z", "dose"),
    ],
)
def test_a_kind_is_called_what_people_call_it(kind: str, name: str) -> None:
    assert kind_name(kind) == name


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_is_called_something_without_underscores(kind: NoticeKind) -> None:
    assert "_" not in kind_name(kind)


def test_a_dose_is_called_by_its_hour_where_it_is_taken() -> None:
    assert message_name(dose(), MEXICO) == "dose 10:00"
    assert message_name(dose(), TIJUANA) == "dose 08:00"
    assert message_name(dose(time_zone=TIJUANA), MEXICO) == "dose 08:00"
    assert message_name(intent("reminder_2h"), MEXICO) == "2h reminder"


def test_a_delivered_message_says_when_it_was_sent_delivered_and_read() -> None:
    row = intent(status="read", delivered_at=VISIT + SECOND, read_at=VISIT + 5 * SECOND, attempts=2)

    assert explain_message(row) == (
        "confirmation: sent 2026-11-21T16:00:00Z, at the second attempt, delivered 2026-11-30T16:00:01Z, "
        "read 2026-11-30T16:00:05Z"
    )


def test_a_message_that_was_sent_and_failed_later_is_told_as_failed() -> None:
    assert explain_message(intent(status="failed", reason="whatsapp:131026")) == (
        "confirmation: failed; WhatsApp can't reach this number (131026)"
    )


def test_an_unknown_outcome_says_who_will_tell() -> None:
    row = intent(status=IntentStatus.UNKNOWN, reason=Reason.INTERRUPTED, sent_at=None)

    assert explain_message(row).endswith(
        "unknown; the process died around the request: WhatsApp's webhook will tell"
    )

"""Intents: their ids, and which of their states are final."""

import pytest

from clinic.domain.messages.intent import (
    IntentId,
    IntentStatus,
    request_subject,
    rescheduling_subject,
    reservation_of,
    reservation_subject,
)
from clinic.domain.messages.kinds import NoticeKind


def test_an_intent_id_reads_back_as_it_was_written() -> None:
    intent_id = IntentId(reservation_subject("r-17"), 1, "reminder_24h")
    assert str(intent_id) == "reservation#r-17#v000001#reminder_24h"
    assert IntentId.parse(str(intent_id)) == intent_id


@pytest.mark.parametrize("version", [1, 9, 10, 999_998])
def test_ids_sort_by_version_first(version: int) -> None:
    older = IntentId("reservation#r-17", version, "reminder_2h")
    newer = IntentId("reservation#r-17", version + 1, "confirmation")
    assert IntentId.parse(str(newer)).version == version + 1
    assert older.sort_key < newer.sort_key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r-17",
        "reservation#r-17",
        "reservation#r-17#v000001",
        "reservation#r-17#v000001#",
        "reservation##v000001#confirmation",
        "#r-17#v000001#confirmation",
        "reservation#r-17#000001#confirmation",
        "reservation#r-17#v#confirmation",
        "reservation#r-17#v-00001#confirmation",
        "reservation#r-17#v1.0#confirmation",
        "reservation#r-17#v00000\u0661#confirmation",
        "reservation#r-17#v1#confirmation",
        "reservation#r-17#v0000001#confirmation",
        "reservation#r-17#v000001#confirmation#x",
    ],
)
def test_what_is_no_intent_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an intent id such as"):
        IntentId.parse(text)


def test_planned_sending_and_unknown_are_the_open_states() -> None:
    assert {status.value for status in IntentStatus if status.is_open} == {"planned", "sending", "unknown"}


def test_a_subject_names_its_reservation() -> None:
    assert reservation_of(reservation_subject("r-17")) == "r-17"


@pytest.mark.parametrize(
    "subject",
    ["", "r-17", "reservation", "reservation#", request_subject("q-1"), rescheduling_subject("r-17")],
)
def test_a_subject_of_another_kind_is_no_reservation(subject: str) -> None:
    with pytest.raises(ValueError, match="expected a subject such as reservation#r-17"):
        reservation_of(subject)


@pytest.mark.parametrize(
    ("kind", "follows", "prepared"),
    [
        ("confirmation", True, False),
        ("reminder_24h", True, False),
        ("reminder_90m", True, False),
        (NoticeKind.RESCHEDULING, True, True),
        *((kind, False, True) for kind in NoticeKind if kind is not NoticeKind.RESCHEDULING),
    ],
)
def test_what_follows_the_appointment_and_what_is_written_in_advance(
    kind: str, *, follows: bool, prepared: bool
) -> None:
    """A reminder is for as long as the visit stands; that it was cancelled is told in any case."""
    intent_id = IntentId("reservation#r-17", 1, kind)
    assert (intent_id.follows_appointment, intent_id.is_prepared) == (follows, prepared)

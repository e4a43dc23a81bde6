import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.inputs.events import DEFAULT_SOURCE, InboundMessage, InputEvent, parse_events, read_events
from console.terminal.errors import InputError

GOOD = (
    '{"at": "2026-11-23T15:00:00Z", "detail-type": "appointment/created", "detail": {"reservationId": "r-1"}}'
)


def problems(content: str | bytes) -> tuple[str, ...]:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(InputError) as caught:
        parse_events(raw, "events.jsonl")
    return caught.value.problems


def test_a_line_is_an_event_with_its_line_number() -> None:
    (event,) = parse_events(GOOD.encode(), "events.jsonl")

    assert isinstance(event, InputEvent)
    assert event.line == 1
    assert event.at == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert event.detail_type == "appointment/created"
    assert event.detail == {"reservationId": "r-1"}
    assert event.source == DEFAULT_SOURCE


def test_events_come_in_the_order_they_happen_and_keep_their_lines() -> None:
    lines = [GOOD.replace("15:00", clock) for clock in ("18:00", "15:00", "18:00")]

    events = parse_events("\n".join(lines).encode(), "events.jsonl")

    assert [event.line for event in events] == [2, 1, 3]


def test_blank_lines_windows_line_ends_and_a_byte_order_mark_are_no_problem() -> None:
    content = b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n\r\n  \n" + GOOD.encode() + b"\r\n"

    assert [event.line for event in parse_events(content, "events.jsonl")] == [1, 4]


def test_an_offset_is_as_good_as_z() -> None:
    (event,) = parse_events(GOOD.replace("15:00:00Z", "09:00:00-06:00").encode(), "events.jsonl")

    assert event.at == datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "detail",
    ["{}", "null", "17", '"text"', '[1, {"a": null}]', '{"appointmentTime": "mañana"}', '{"a": 1e400}'],
)
def test_a_malformed_detail_travels_on_to_the_bus(detail: str) -> None:
    (event,) = parse_events(
        f'{{"at": "2026-11-23T15:00:00Z", "detail-type": "x", "detail": {detail}}}'.encode(), "events.jsonl"
    )

    assert isinstance(event, InputEvent)
    assert event.detail == json.loads(detail)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            GOOD.replace("15:00:00Z", "15:00:00"),
            "line 1: at: '2026-11-23T15:00:00': must be an ISO 8601 instant",
        ),
        (
            GOOD.replace("2026-11-23", "2026-02-30"),
            "line 1: at: '2026-02-30T15:00:00Z': is no date of the calendar",
        ),
        (GOOD.replace("2026-11-23", "9999-11-23"), "line 1: at: '9999-11-23T15:00:00Z': lies outside"),
        (GOOD.replace('"2026-11-23T15:00:00Z"', "5"), "line 1: at: 5: must be an ISO 8601 instant"),
        (
            GOOD.replace('"appointment/created"', '""'),
            "line 1: detail-type: '' is not accepted; it must be a text",
        ),
        (
            GOOD.replace("detail-type", "detailType"),
            "line 1: detailType: unknown field; did you mean 'detail-type'?",
        ),
        (GOOD.replace('"detail":', '"data":'), "line 1: detail: missing; it must be the event's payload"),
        (GOOD[:-1], "line 1: not JSON: Expecting ',' delimiter"),
        ("[]", 'line 1: must be an object with "at", "detail-type" and "detail"'),
        (GOOD.replace("{", '{"at": "x", ', 1), "line 1: the name 'at' stands twice"),
        (GOOD.replace('"r-1"', "NaN"), "line 1: NaN is not a JSON value"),
        (GOOD.replace('"r-1"', "[" * 100_000), "line 1: nested too deeply"),
        (GOOD.replace('"r-1"', "9" * 5000), "line 1: "),
    ],
)
def test_a_broken_envelope_is_refused_with_line_and_field(line: str, expected: str) -> None:
    assert any(problem.startswith(f"events.jsonl: {expected}") for problem in problems(line)), problems(line)


WRITES = '{"at": "2026-11-23T09:00:00-06:00", "inbound": {"from": "+525500000101", "text": "BAJA"}}'


def test_a_line_may_be_a_message_that_somebody_writes() -> None:
    first, second = parse_events(f"{GOOD}\n{WRITES}".encode(), "events.jsonl")

    assert isinstance(first, InputEvent)
    assert second == InboundMessage(2, datetime(2026, 11, 23, 15, tzinfo=UTC), "+525500000101", "BAJA")
    assert "+52" not in repr(second)
    assert "BAJA" not in repr(second)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (WRITES.replace('"at"', '"when"'), "at: missing; it must be"),
        (
            WRITES.replace('"inbound": {', '"detail": {}, "inbound": {'),
            "detail: unknown field; the fields are",
        ),
        (
            WRITES.replace("+52", "52"),
            "inbound.from: '525500000101' is not accepted; it must be a phone number",
        ),
        (WRITES.replace('"from"', '"sender"'), "inbound.from: missing; it must be a phone number"),
        (WRITES.replace('"text": "BAJA"', '"body": "BAJA"'), "inbound.text: missing; it must be a text"),
        (WRITES.replace('"BAJA"', '""'), "inbound.text: '' is not accepted; it must be a text of 1 to 4096"),
        (WRITES.replace('"BAJA"', f'"{"x" * 4097}"'), "inbound.text: "),
        (WRITES.replace('"BAJA"', "7"), "inbound.text: 7 is not accepted"),
        (
            '{"at": "2026-11-23T15:00:00Z", "inbound": "BAJA"}',
            "inbound: 'BAJA' is not accepted; it must be an object",
        ),
    ],
)
def test_a_broken_message_is_refused_with_line_and_field(line: str, expected: str) -> None:
    assert any(problem.startswith(f"events.jsonl: line 1: {expected}") for problem in problems(line)), (
        problems(line)
    )


def test_every_broken_line_is_named_and_a_long_list_is_shortened() -> None:
    found = problems("\n".join(["{}"] * 30))

    assert found[0].startswith("events.jsonl: line 1: at: missing")
    assert found[-1] == "… and 70 more problems like these"


def test_a_file_in_another_encoding_is_refused() -> None:
    assert problems(GOOD.replace("r-1", "Ñ").encode("latin-1")) == (
        "events.jsonl: line 1: not UTF-8 (byte 99): save the file as UTF-8",
    )


def test_an_empty_file_is_refused() -> None:
    assert "no event in it" in problems("\n\n")[0]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: No such file"):
        read_events(str(tmp_path / "nowhere.jsonl"))
    with pytest.raises(InputError, match="Is a directory"):
        read_events(str(tmp_path))


def problems_if_any(content: bytes) -> tuple[str, ...]:
    try:
        parse_events(content, "events.jsonl")
    except InputError as error:
        return error.problems
    return ()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_the_answer_is_events_or_problems(content: bytes) -> None:
    assert all(problem.startswith("events.jsonl: ") for problem in problems_if_any(content))


_TEXT = st.text("aZ9-:#\"'\n\x00é😀", max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["at", "detail-type", "detail", "source", "x"]), _JSON, max_size=5))
def test_whatever_the_envelope_holds_the_answer_is_events_or_problems(line: dict[str, object]) -> None:
    found = problems_if_any(json.dumps(line).encode())

    assert all(problem.startswith("events.jsonl: line 1: ") for problem in found)


def test_json_over_several_lines_is_told_how_to_become_lines() -> None:
    pretty = json.dumps({"at": "2026-11-30T15:00:00Z", "detail-type": "x", "detail": {}}, indent=2)
    for content in (pretty, f"{pretty}\n{pretty}", json.dumps([1, 2], indent=1)):
        with pytest.raises(InputError) as refused:
            parse_events(content.encode(), "events.json")
        assert refused.value.problems == (
            "events.json: one value over several lines; an event is one line: jq -c . events.json",
        )

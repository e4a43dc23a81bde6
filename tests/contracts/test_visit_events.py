"""``appointment/completed`` and ``appointment/no-show`` are read, or refused by their field."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.contracts.events.visits import AppointmentCompleted
from clinic.domain.appointments.follow_ups import LONGEST_QUESTIONS, MOST_QUESTIONS, FollowUp, questions_line
from clinic.domain.errors import InvalidEventError
from clinic.templates.follow_ups import follow_up_parameters
from tests.fakes.appointments.visits import AFTERWARDS, completed, no_show
from tests.fakes.messages.texts import SPANISH

DAY, TWO_DAYS, WEEK = FollowUp


def follow_up_type(value: Any) -> tuple[FollowUp, ...]:
    detail = completed(followUpType=value).detail
    assert isinstance(detail, AppointmentCompleted)
    return detail.follow_up_type


def questions(value: Any) -> tuple[str, ...]:
    detail = completed(followUpQuestions=value).detail
    assert isinstance(detail, AppointmentCompleted)
    return detail.follow_up_questions


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, (DAY,)),
        ("", (DAY,)),
        ([], (DAY,)),
        ("24h", (DAY,)),
        ("48h", (DAY, TWO_DAYS)),
        ("1week", (DAY, WEEK)),
        (" 1week , 48h ", (DAY, TWO_DAYS, WEEK)),
        (["1week", "24h", "1week"], (DAY, WEEK)),
    ],
)
def test_the_follow_ups_that_are_asked_for(given: Any, meant: tuple[FollowUp, ...]) -> None:
    assert follow_up_type(given) == meant


@pytest.mark.parametrize("given", ["2weeks", "24h,", "24", 48, ["24h", 48], {"24h": True}, "24h;48h", [[]]])
def test_any_other_is_refused_with_what_would_be_accepted(given: Any) -> None:
    with pytest.raises(InvalidEventError, match=r"followUpType: expected 24h, 48h, 1week, or several"):
        follow_up_type(given)


def test_a_null_is_as_good_as_nothing() -> None:
    payload = {"reservationId": "r-17", "followUpType": None, "followUpQuestions": None, "timezone": None}
    detail = AppointmentCompleted.model_validate(payload)
    assert (detail.follow_up_type, detail.follow_up_questions) == ((DAY,), ())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ()),
        (["", " \n"], ()),
        (["¿Bien?", " "], ("¿Bien?",)),
        (["¿Bajó\tla    fiebre?\n¿Y la tos?"], ("¿Bajó la fiebre? · ¿Y la tos?",)),
    ],
)
def test_questions_are_brought_to_one_line_each(given: Any, meant: tuple[str, ...]) -> None:
    assert questions(given) == meant


@pytest.mark.parametrize("given", ["¿Bien?", 1, {"a": "b"}, [1], ["¿Bien?", None]])
def test_anything_but_a_list_of_texts_is_refused(given: Any) -> None:
    with pytest.raises(InvalidEventError, match=r"followUpQuestions(\.\d)?: expected"):
        questions(given)


@pytest.mark.parametrize("given", [["¿?"] * (MOST_QUESTIONS + 1), ["x" * LONGEST_QUESTIONS, "y"]])
def test_more_than_a_message_holds_is_refused(given: list[str]) -> None:
    accepted = f"followUpQuestions: expected at most {MOST_QUESTIONS} questions of {LONGEST_QUESTIONS}"
    with pytest.raises(InvalidEventError, match=accepted):
        questions(given)


def test_the_longest_that_is_accepted_fits_into_its_message() -> None:
    longest = ["x" * 298, "y" * 295]
    line = questions_line(questions(longest))
    assert len(line) == LONGEST_QUESTIONS
    assert re.search(r"[\n\t]| {5}", line) is None
    values = follow_up_parameters(
        DAY.kind,
        "es_MX",
        patient_name="P" * 200,
        questions=longest,
        service_name="S" * 200,
        began=datetime(2026, 11, 30, 16, tzinfo=UTC),
        time_zone="America/Mexico_City",
        clinic_phone="+525500000000",
    )
    assert len(SPANISH[DAY.kind].render(values)) <= 1024


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reservationId": None}, "reservationId"),
        ({"reservationId": "r#17"}, "reservationId"),
        ({"patientPhone": "ninguno"}, "patientPhone"),
        ({"appointmentDate": "2026-12-02T09:00:00"}, "appointmentDate"),
        ({"timezone": "America/Atlantis"}, "timezone"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEventError, match=f"{field}: ") as raised:
        completed("v-1", AFTERWARDS, **changes)
    assert not any(str(value) in str(raised.value) for value in changes.values() if value)


def test_of_a_no_show_the_id_is_enough() -> None:
    assert no_show().detail.model_dump(exclude_none=True) == {"reservation_id": "r-17"}

"""A visit calls for follow-ups, each at its time."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from clinic.domain.appointments.follow_ups import FollowUp, follow_ups_for, plan_follow_ups, questions_line
from clinic.domain.appointments.reminders import Touchpoint
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.templates.follow_ups import follow_up_parameters
from tests.fakes.examples import IN_NINE_DAYS
from tests.fakes.messages.texts import PHRASES, SPANISH

NIGHT = QuietHours(time(21), time(8))
MEXICO = "America/Mexico_City"
DAY = timedelta(days=1)


def plan(
    began: datetime = IN_NINE_DAYS, now: datetime | None = None, time_zone: str = MEXICO
) -> tuple[Touchpoint, ...]:
    return plan_follow_ups(began, now or began, FollowUp, NIGHT, time_zone)


def test_the_first_is_always_among_them_and_each_stands_once() -> None:
    week, day = FollowUp.AFTER_1_WEEK, FollowUp.AFTER_24_HOURS
    assert follow_ups_for([]) == (day,)
    assert follow_ups_for([week, week]) == (day, week)
    assert follow_ups_for([week, FollowUp.AFTER_48_HOURS, day]) == tuple(FollowUp)


def test_they_are_due_so_many_hours_after_the_visits_beginning() -> None:
    assert plan() == (
        Touchpoint("follow_up_24h", IN_NINE_DAYS + DAY, IN_NINE_DAYS + 2 * DAY, missed=False),
        Touchpoint("follow_up_48h", IN_NINE_DAYS + 2 * DAY, IN_NINE_DAYS + 3 * DAY, missed=False),
        Touchpoint("follow_up_1week", IN_NINE_DAYS + 7 * DAY, IN_NINE_DAYS + 8 * DAY, missed=False),
    )


def test_one_that_falls_into_the_night_waits_for_the_morning() -> None:
    began = datetime.fromisoformat("2026-12-02T21:30:00-06:00")
    morning = datetime.fromisoformat("2026-12-04T08:00:00-06:00")
    assert [touchpoint.due_at for touchpoint in plan(began)] == [morning, morning + DAY, morning + 6 * DAY]


def test_the_recipients_night_counts() -> None:
    began = datetime.fromisoformat("2026-12-02T08:00:00-06:00")  # six in the morning in Tijuana
    assert plan(began)[0].due_at == began + DAY
    assert plan(began, time_zone="America/Tijuana")[0].due_at == began + DAY + timedelta(hours=2)


@pytest.mark.parametrize(("late", "missed"), [(-1, 0), (0, 1), (1, 1)])
def test_one_is_missed_from_its_due_instant_on(late: int, missed: int) -> None:
    now = IN_NINE_DAYS + DAY + timedelta(seconds=late)
    assert sum(touchpoint.missed for touchpoint in plan(now=now)) == missed


def test_one_that_waits_for_the_morning_is_not_missed_meanwhile() -> None:
    began = datetime.fromisoformat("2026-12-02T21:30:00-06:00")
    at_night = datetime.fromisoformat("2026-12-04T07:59:00-06:00")
    assert not any(touchpoint.missed for touchpoint in plan(began, at_night))


def test_questions_are_numbered_on_one_line_and_one_alone_is_not() -> None:
    assert questions_line(["¿Uno?", "¿Dos?"]) == "1) ¿Uno? 2) ¿Dos?"
    assert questions_line(["¿Uno?"]) == "¿Uno?"


def test_the_defaults_are_the_specified_words() -> None:
    assert PHRASES.default_questions == (
        "¿Cómo se siente después de la consulta?",
        "¿Está tomando los medicamentos según lo indicado?",
        "¿Tiene alguna pregunta sobre el tratamiento?",
    )
    assert PHRASES.after_1_week == "¿Cómo ha sido su evolución esta semana?"


@pytest.mark.parametrize("follow_up", FollowUp)
def test_each_has_its_template_and_values_for_it(follow_up: FollowUp) -> None:
    template = SPANISH[follow_up.kind]
    assert SPANISH[follow_up.kind] is template
    values = parameters(follow_up)
    assert tuple(values) == template.parameters
    assert [name for name, text in template.examples.items() if text not in values[name]] == []


def parameters(follow_up: FollowUp, **changes: Any) -> dict[str, str]:
    began = datetime(2026, 11, 23 if follow_up is FollowUp.AFTER_1_WEEK else 30, 16, tzinfo=UTC)
    known: dict[str, Any] = {
        "patient_name": "Paciente Ejemplo",
        "questions": (),
        "service_name": "Consulta general",
    }
    known |= {"began": began, "time_zone": MEXICO, "clinic_phone": "+525500000000"}
    return follow_up_parameters(follow_up.kind, "es_MX", **(known | changes))


@pytest.mark.parametrize("follow_up", FollowUp)
def test_each_names_the_visit_and_where_to_answer(follow_up: FollowUp) -> None:
    text = " ".join(parameters(follow_up).values())
    assert re.search(
        r"Sobre su cita de Consulta general del lunes, \d\d de noviembre de 2026: 1?\)? ?¿", text
    )
    assert text.endswith("? Teléfono del consultorio: +52 55 0000 0000") or "no espere a su" in text


@pytest.mark.parametrize("follow_up", FollowUp)
def test_what_nobody_has_said_is_left_out(follow_up: FollowUp) -> None:
    text = " ".join(parameters(follow_up, service_name="", clinic_phone=None).values())
    assert "Sobre su cita del lunes, " in text
    assert "Teléfono" not in text


@pytest.mark.parametrize("follow_up", FollowUp)
def test_no_registration_of_a_follow_up_invites_to_book(follow_up: FollowUp) -> None:
    template = SPANISH[follow_up.kind]
    registered = template.render(template.examples)
    assert re.search(r"agend|reserv|solicit|programe", registered, re.IGNORECASE) is None


def test_a_visits_date_is_the_one_of_its_own_zone() -> None:
    late = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert "lunes, 30 de noviembre" in parameters(FollowUp.AFTER_24_HOURS, began=late)["follow_up_questions"]

"""Which follow-ups a visit calls for, and when."""

from datetime import datetime, time, timedelta

import pytest

from clinic.domain.follow_ups import FollowUp, follow_ups_for, plan_follow_ups, questions_line
from clinic.domain.quiet_hours import QuietHours
from clinic.domain.reminders import Touchpoint
from clinic.messages.catalogue import CATALOGUE
from clinic.messages.follow_ups import (
    DEFAULT_QUESTIONS,
    MESSAGE_AFTER_1_WEEK,
    follow_up_parameters,
    follow_up_template,
)
from tests.fakes.examples import IN_NINE_DAYS

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
    assert DEFAULT_QUESTIONS == (
        "¿Cómo se siente después de la consulta?",
        "¿Está tomando los medicamentos según lo indicado?",
        "¿Tiene alguna pregunta sobre el tratamiento?",
    )
    assert MESSAGE_AFTER_1_WEEK == (
        "¿Cómo ha sido su evolución esta semana? ¿Necesita agendar una cita de seguimiento?"
    )


@pytest.mark.parametrize("follow_up", FollowUp)
def test_each_has_its_template_and_values_for_it(follow_up: FollowUp) -> None:
    template = follow_up_template(follow_up.kind)
    assert CATALOGUE[follow_up.kind] is template
    values = follow_up_parameters(follow_up.kind, "Paciente Ejemplo", ())
    assert tuple(values) == template.parameters
    assert values == template.examples

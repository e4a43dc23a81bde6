"""A visit that took place: its reservation closes, and the patient is asked how it has gone since."""

from datetime import timedelta

import pytest

from tests.fakes.examples import IN_NINE_DAYS
from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, AFTER_48H, VisitedStack

TEMPLATES = {"24h": "follow_up_24h", "48h": "follow_up_48h", "1week": "follow_up_1week"}
DUE = {"24h": AFTER_24H, "48h": AFTER_48H, "1week": AFTER_1WEEK}


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        (None, ["24h"]),
        ("24h", ["24h"]),
        ("48h", ["24h", "48h"]),
        ("1week", ["24h", "1week"]),
        ("1week, 48h", ["24h", "48h", "1week"]),
        (["48h", "1week"], ["24h", "48h", "1week"]),
    ],
)
def test_each_follow_up_leaves_at_its_instant_and_no_other(
    visited: VisitedStack, wanted: object, labels: list[str]
) -> None:
    visited.book()
    visited.complete(followUpType=wanted)
    visited.stack.run_until_idle()
    assert visited.followed_up() == [(TEMPLATES[label], DUE[label]) for label in labels]


def test_what_the_patient_reads(visited: VisitedStack) -> None:
    visited.book()
    visited.complete(followUpType="48h,1week")
    visited.stack.run_until_idle()
    first = (
        "Hola, Paciente Ejemplo. Gracias por su visita; queremos saber cómo sigue.\n\n"
        "Sobre su cita de Consulta general del miércoles, 2 de diciembre de 2026: "
        "1) ¿Cómo se siente después de la consulta? 2) ¿Está tomando los medicamentos según lo indicado? "
        "3) ¿Tiene alguna pregunta sobre el tratamiento?\n\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    )
    second = (
        "Hola, Paciente Ejemplo. Le escribimos para dar seguimiento a su consulta.\n\n"
        "Sobre su cita de Consulta general del miércoles, 2 de diciembre de 2026: "
        "¿Ha notado mejoría desde su consulta? Si sus molestias continúan o empeoran, no espere a su próxima "
        "cita.\n\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    )
    third = (
        "Hola, Paciente Ejemplo. Ha pasado una semana desde su consulta.\n\n"
        "Sobre su cita de Consulta general del miércoles, 2 de diciembre de 2026: "
        "¿Cómo ha sido su evolución esta semana?\n\n"
        "Para responder o si tiene alguna duda, comuníquese con el consultorio."
    )
    read = [message.text for message in visited.messages if message.template.startswith("follow_up")]
    assert read == [first, second, third]


def test_the_clinics_own_questions_in_a_form_whatsapp_takes(visited: VisitedStack) -> None:
    visited.book()
    questions = ["¿Bajó la\tfiebre?", "¿Duerme\nmejor?", 'Dijo "ya no    me duele": ¿sigue así?']
    visited.complete(followUpType="24h", followUpQuestions=questions)
    visited.stack.run_until_idle()
    assert visited.messages[-1].parameters["follow_up_questions"] == (
        "Sobre su cita de Consulta general del miércoles, 2 de diciembre de 2026: "
        '1) ¿Bajó la fiebre? 2) ¿Duerme · mejor? 3) Dijo "ya no me duele": ¿sigue así?'
    )


def test_the_run_reports_what_happened(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.stack.run_until_idle()
    assert visited.outputs() == [
        {
            "reservationId": "r-17",
            "version": 1,
            "outcome": "planned",
            "followUps": [
                {"kind": "follow_up_24h", "status": "sent"},
                {"kind": "follow_up_1week", "status": "sent"},
            ],
            "skipped": [],
        }
    ]


def test_the_reservation_is_completed_and_its_place_free(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.stack.run_until(IN_NINE_DAYS)
    assert (visited.status(), visited.holders()) == ("confirmed", {"r-17"})
    visited.stack.run_until_idle()
    assert (visited.status(), visited.holders()) == ("completed", set())
    row = visited.reservation()
    assert row is not None
    assert sorted(run["S"].split(":")[-2] for run in row["runs"]["L"]) == [
        "citas-dev-appointment-follow-up",
        "citas-dev-appointment-reminders",
    ]


def test_a_patient_who_is_seen_early_gets_no_more_reminders(visited: VisitedStack) -> None:
    visited.book()
    visited.complete("2026-12-02T12:00:00Z", followUpType="24h")  # an hour before the 2h reminder
    visited.stack.run_until_idle()
    assert visited.reasons()["v1 reminder_2h"] == "reservation_closed"
    assert visited.followed_up() == [("follow_up_24h", AFTER_24H)]


def test_one_that_was_due_before_anybody_said_so_is_skipped_and_said_so(visited: VisitedStack) -> None:
    visited.book()
    visited.complete("2026-12-05T18:00:00Z", followUpType=["48h", "1week"])
    visited.stack.run_until_idle()
    assert visited.followed_up() == [("follow_up_1week", AFTER_1WEEK)]
    (output,) = visited.outputs()
    assert output["followUps"] == [{"kind": "follow_up_1week", "status": "sent"}]
    assert output["skipped"] == [
        {"kind": "follow_up_24h", "reason": "known_after_due"},
        {"kind": "follow_up_48h", "reason": "known_after_due"},
    ]


def test_a_correction_of_the_number_reaches_what_has_not_left(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.complete(AFTER_24H + timedelta(hours=1), patientPhone="+52 55 0000 0002")
    visited.stack.run_until_idle()
    assert visited.followed_up() == [("follow_up_24h", AFTER_24H), ("follow_up_1week", AFTER_1WEEK)]
    first, second = (m.to for m in visited.messages if m.template.startswith("follow_up"))
    assert (first[-4:], second[-4:]) == ("0001", "0002")

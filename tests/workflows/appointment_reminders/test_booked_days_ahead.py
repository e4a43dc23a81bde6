"""Booked nine days ahead: three messages, each at its instant."""

from datetime import timedelta

from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.clinic_stack import ClinicStack


def test_three_messages_each_at_its_due_instant(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    assert clinic.sent() == [
        ("appointment_confirmed", NOW),
        ("appointment_reminder_24h", IN_NINE_DAYS - timedelta(hours=24)),
        ("appointment_reminder_2h", IN_NINE_DAYS - timedelta(hours=2)),
    ]
    assert clinic.statuses() == ["SUCCEEDED"]


def test_the_patient_reads_the_right_text(clinic: ClinicStack) -> None:
    clinic.publish(
        parkingInfo="Estacionamiento en el sótano", buildingInfo="Torre B, 3er piso", officeNumber="301"
    )
    clinic.stack.run_until_idle()
    confirmation = (
        "Hola, Paciente Ejemplo. Su cita quedó confirmada.\n\n"
        "Servicio: Consulta general\n"
        "Con: Dra. Ficticia\n"
        "Fecha: miércoles, 2 de diciembre de 2026\n"
        "Hora: 9:00 a.m.\n"
        "Lugar: Clínica Ejemplo\n"
        "Dirección: Calle Ficticia 123, Ciudad de México\n\n"
        "Si necesita cambiarla o cancelarla, comuníquese con el consultorio."
    )
    day_before = (
        "Hola, Paciente Ejemplo. Le recordamos su próxima cita.\n\n"
        "Servicio: Consulta general\n"
        "Fecha: miércoles, 2 de diciembre de 2026\n"
        "Hora: 9:00 a.m.\n"
        "Lugar: Clínica Ejemplo\n"
        "Dirección: Calle Ficticia 123, Ciudad de México\n\n"
        "Indicaciones: Traiga su identificación y seguro médico\n\n"
        "Si no puede asistir, avise al consultorio. ¡Gracias!"
    )
    hours_before = (
        "Hola, Paciente Ejemplo. Su cita de Consulta general se acerca; ya le esperamos.\n\n"
        "Hora: 9:00 a.m.\n"
        "Lugar: Clínica Ejemplo\n"
        "Dirección: Calle Ficticia 123, Ciudad de México\n"
        "Estacionamiento: Estacionamiento en el sótano\n"
        "Cómo llegar: Torre B, 3er piso\n"
        "Consultorio: 301\n\n"
        "Si se le presentó un contratiempo, avise al consultorio."
    )
    assert [message.text for message in clinic.messages] == [confirmation, day_before, hours_before]


def test_the_reservation_notes_when_each_reminder_was_sent(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    reservation = clinic.reservation()
    assert reservation is not None
    assert {label: mark["S"] for label, mark in reservation["reminders_sent"]["M"].items()} == {
        "24h": "2026-12-01T15:00:00Z",
        "2h": "2026-12-02T13:00:00Z",
    }


def test_the_run_reports_what_happened_not_what_was_meant(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    assert clinic.stack.executions()[0].output == {
        "reservationId": "r-17",
        "version": 1,
        "outcome": "planned",
        "confirmation": "sent",
        "reminders": [
            {"kind": "reminder_24h", "status": "sent"},
            {"kind": "reminder_2h", "status": "sent"},
        ],
    }


def test_history_shows_virtual_time(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.run_until_idle()
    history = clinic.stack.history(clinic.stack.executions()[0].arn)
    assert history[0]["timestamp"] == NOW
    assert history[-1]["timestamp"] == IN_NINE_DAYS - timedelta(hours=2)


def test_the_stacks_items_are_what_a_scan_gives(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.publish(reservationId="r-18")
    clinic.stack.run_until_idle()
    for output in ("MessagesTable", "ReservationsTable", "SlotsTable"):
        scanned = clinic.stack.client("dynamodb").scan(TableName=clinic.stack.outputs[output])["Items"]
        assert sorted(clinic.stack.items(output), key=str) == sorted(scanned, key=str)


def test_two_events_for_the_same_reservation_and_time(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.at(NOW + timedelta(days=2), lambda: clinic.publish(patientName="Paciente Ejemplo Dos"))
    clinic.stack.run_until_idle()
    assert [template for template, _ in clinic.sent()] == [
        "appointment_confirmed",
        "appointment_reminder_24h",
        "appointment_reminder_2h",
    ]
    assert clinic.messages[-1].parameters["patient_name"] == "Paciente Ejemplo Dos"

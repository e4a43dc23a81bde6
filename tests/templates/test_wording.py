"""A person reads the truth: who cancelled, what was asked for, whom to call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.requests.request import ClosedBecause, RequestStatus, ReservationRequest
from clinic.templates import notices
from clinic.templates.appointment_parameters import parameters_for
from clinic.templates.notices import Draft
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.messages.texts import PHRASES, SPANISH
from tests.fakes.stores.rows import details, intent

DOCTOR = "+525500000090"
KNOWN = details(clinic_phone="+525500000000")
PHONE = "Teléfono del consultorio: +52 55 0000 0000"


def text_of(draft: Draft) -> str:
    return draft.template.render(draft.parameters)


@pytest.mark.parametrize(
    ("cancelled_by", "reason"),
    [
        *((by, "Cancelación solicitada por el paciente") for by in (None, "", " ", "patient", "Paciente")),
        ("paciente ejemplo", "Cancelación solicitada por el paciente"),
        *((by, "Cancelación solicitada por el médico") for by in ("doctor", "Médico", "Dra. Ficticia")),
        *((by, "Cancelación por parte del consultorio") for by in ("clinic", "front_desk", "Recepción")),
        ("system", "Cancelación automática"),
        ("María Ficticia", "No se indicó el motivo"),
    ],
)
def test_only_a_patient_who_cancelled_reads_that_the_patient_did(
    cancelled_by: str | None, reason: str
) -> None:
    told = [
        notices.cancelled(KNOWN, reason=None, refund=PHRASES.no_refund, cancelled_by=cancelled_by),
        notices.cancelled_for_doctor(
            KNOWN, to=DOCTOR, language="es_MX", reason=" ", cancelled_by=cancelled_by
        ),
    ]
    assert {draft.parameters["cancellation_reason"] for draft in told} == {reason}


def test_a_given_reason_counts_whoever_cancelled() -> None:
    told = notices.cancelled_for_doctor(
        KNOWN, to=DOCTOR, language="es_MX", reason="Viaje", cancelled_by="clinic"
    )
    assert told.parameters["cancellation_reason"] == "Viaje"


@pytest.mark.parametrize(
    "draft",
    [
        notices.cancelled(KNOWN, reason=None, refund=PHRASES.no_refund),
        notices.rescheduled(KNOWN, old_time=NOW, reason=None),
        notices.request_declined(KNOWN, reason="No hay lugar.", when=IN_NINE_DAYS),
        notices.request_expired(KNOWN, when=IN_NINE_DAYS),
    ],
    ids=lambda draft: draft.template.name,
)
def test_a_notice_that_says_to_call_names_the_clinics_phone(draft: Draft) -> None:
    assert f". {PHONE}\n" in text_of(draft)
    assert ".." not in text_of(draft)


@pytest.mark.parametrize(
    "kind", ["appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"]
)
def test_a_reminder_names_the_clinics_phone_beside_its_address(kind: str) -> None:
    text = SPANISH[kind].render(parameters_for(intent(template=kind), KNOWN))
    assert "Dirección: Calle Ficticia 123, Ciudad de México. Teléfono: +52 55 0000 0000\n" in text


def test_a_refused_move_names_the_clinic_and_its_phone() -> None:
    text = text_of(notices.rescheduling_refused(KNOWN, wanted_time=NOW))
    assert "Consultorio: Clínica Ejemplo. Teléfono: +52 55 0000 0000\n" in text


def test_of_a_time_that_nobody_knows_nothing_is_said() -> None:
    declined = notices.request_declined(KNOWN, reason=None, when=None)
    assert "Fecha: La solicitada\nHora: La solicitada\n" in text_of(declined)
    expired = text_of(notices.request_expired(KNOWN, when=None))
    assert f"Cita solicitada: Consulta general. {PHONE}\n" in expired
    doctors = text_of(notices.request_expired_for_doctor(KNOWN, to=DOCTOR, language="es_MX", when=None))
    assert "Cita solicitada: Consulta general\n" in doctors
    too_late = text_of(notices.approval_too_late(KNOWN, to=DOCTOR, language="es_MX", when=None))
    assert "Fecha: La solicitada\n" in too_late


ENDS = IN_NINE_DAYS - timedelta(days=1)
PENDING = ReservationRequest(
    request_id="q-1",
    details=details(slot_id="publishers-own"),
    doctor_phone=DOCTOR,
    expires_at=ENDS,
    status=RequestStatus.PENDING,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("slot_id", ["publishers-own", "dr-1:s-1:20261202T1500Z"])
def test_a_request_that_was_held_was_for_its_slots_time(slot_id: str) -> None:
    held = replace(PENDING, details=details(slot_id=slot_id))
    assert held.asked_for == IN_NINE_DAYS
    assert held.closed(RequestStatus.EXPIRED, ENDS).asked_for == IN_NINE_DAYS


def test_of_a_request_for_a_slot_that_there_is_not_its_own_end_is_no_visits_time() -> None:
    guessed = replace(PENDING, details=details(slot_id="publishers-own", appointment_time=ENDS))
    because = ClosedBecause.SLOT_NOT_AVAILABLE
    assert guessed.closed(RequestStatus.DECLINED, NOW, because=because).asked_for is None
    named = replace(guessed, details=details(slot_id="dr-1:s-1:20261201T1500Z", appointment_time=ENDS))
    assert named.closed(RequestStatus.DECLINED, NOW, because=because).asked_for == ENDS

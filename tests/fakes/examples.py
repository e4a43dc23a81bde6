"""Plainly fictional people, clinics and events for the tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.directory import Clinic, Profile
from clinic.domain.instants import to_text

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
IN_NINE_DAYS = NOW + timedelta(days=9)

CLINIC = Clinic(
    clinic_id="main",
    name="Clínica Ejemplo",
    address="Calle Ficticia 123, Ciudad de México",
    time_zone="America/Mexico_City",
    phone="+525500000099",
    parking_info="Estacionamiento en el sótano",
    building_info="Torre B, 3er piso",
    office_number="301",
)
PROFILE = Profile(
    profile_id="dr-1",
    name="Dra. Ficticia",
    phone="+525500000090",
    time_zone="America/Tijuana",
    clinic_id="main",
)


def detail(**changes: Any) -> dict[str, Any]:
    """The detail of an ``appointment/created``; a change to None leaves the field out."""
    whole = {
        "reservationId": "r-17",
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0001",
        "appointmentTime": to_text(IN_NINE_DAYS),
        "serviceName": "Consulta general",
        "doctorName": "Dra. Ficticia",
        "clinicName": "Clínica Ejemplo",
        "clinicAddress": "Calle Ficticia 123, Ciudad de México",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def envelope(event_id: str = "e-1", at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """What the rule hands to the state machine."""
    return {"id": event_id, "time": to_text(at), "detail": detail(**changes)}


def event(event_id: str = "e-1", at: datetime = NOW, **changes: Any) -> ReceivedAppointmentCreated:
    """A valid ``appointment/created``."""
    return ReceivedAppointmentCreated.parse(envelope(event_id, at, **changes))

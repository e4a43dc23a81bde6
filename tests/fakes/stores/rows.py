"""Domain objects with every field set, for tests of what is kept and decided."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.kinds import ReminderOffset
from tests.fakes.examples import IN_NINE_DAYS, NOW


def details(**changes: Any) -> AppointmentDetails:
    """An appointment's particulars."""
    whole = AppointmentDetails(
        reservation_id="r-17",
        appointment_time=IN_NINE_DAYS,
        patient_name="Paciente Ejemplo",
        patient_phone="+525500000001",
        service_name="Consulta general",
        doctor_name="Dra. Ficticia",
        clinic_name="Clínica Ejemplo",
        clinic_address="Calle Ficticia 123, Ciudad de México",
        preparation_instructions="Ayuno de 8 horas",
        parking_info="Estacionamiento en el sótano",
        building_info="Torre B, 3er piso",
        office_number="301",
        time_zone="America/Mexico_City",
        offsets=(ReminderOffset(1440), ReminderOffset(120)),
        profile_id="dr-1",
        clinic_id="main",
        service_id="s-1",
        slot_id="slot-1",
    )
    return replace(whole, **changes)


def intent(**changes: Any) -> Intent:
    """A planned 24h reminder."""
    whole = Intent(
        id=IntentId("reservation#r-17", 1, "reminder_24h"),
        record_id="r-17",
        template="appointment_reminder_24h",
        language="es_MX",
        happens_at=IN_NINE_DAYS,
        due_at=IN_NINE_DAYS - timedelta(hours=24),
        useful_until=IN_NINE_DAYS - timedelta(hours=2),
        status=IntentStatus.PLANNED,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(whole, **changes)

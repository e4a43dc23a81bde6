"""The rows of the prescriptions table. `prescription_store` writes them together with their doses."""

import json
from datetime import datetime, time
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute
from clinic.domain.appointments.reservation import EventOrder
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.prescriptions.doses import MealHours, WakingHours
from clinic.domain.prescriptions.dosing_text import duration_text, frequency_text, start_text
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency
from clinic.domain.prescriptions.prescription import Prescription, PrescriptionStatus
from clinic.domain.prescriptions.regimens import Phase, Regimen

_TEXTS = (
    *("patient_name", "patient_phone", "medication_name", "dosage", "instructions", "time_zone"),
    *("profile_id", "clinic_id", "reservation_id", "language"),
)


class PrescriptionModel(Model):
    """A row of the prescriptions table; the regimen's columns are missing while only its end is known."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "prescriptions"

    prescription_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    version = NumberAttribute()
    patient_name = UnicodeAttribute(null=True)
    patient_phone = UnicodeAttribute(null=True)
    medication_name = UnicodeAttribute(null=True)
    dosage = UnicodeAttribute(null=True)
    instructions = UnicodeAttribute(null=True)
    frequency = UnicodeAttribute(null=True)
    start = UnicodeAttribute(null=True)
    duration = UnicodeAttribute(null=True)
    time_zone = UnicodeAttribute(null=True)
    waking_from = UnicodeAttribute(null=True)
    waking_to = UnicodeAttribute(null=True)
    breakfast = UnicodeAttribute(null=True)
    lunch = UnicodeAttribute(null=True)
    dinner = UnicodeAttribute(null=True)
    bedtime = UnicodeAttribute(null=True)
    phases = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    clinic_language = UnicodeAttribute(null=True)
    profile_id = UnicodeAttribute(null=True)
    clinic_id = UnicodeAttribute(null=True)
    reservation_id = UnicodeAttribute(null=True)
    event_time = InstantAttribute()
    event_id = UnicodeAttribute()
    applied_with: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    counts_from = InstantAttribute()
    prescribed_at = InstantAttribute()
    planned_until = InstantAttribute(null=True)
    runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    earlier_runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    continued_with = UnicodeAttribute(null=True)
    stop_reason = UnicodeAttribute(null=True)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()


def prescription_to_row(model: type[PrescriptionModel], prescription: Prescription) -> PrescriptionModel:
    """The row of a prescription."""
    return model(
        **(_regimen_to_row(prescription.regimen) if prescription.regimen else {}),
        prescription_id=prescription.prescription_id,
        status=prescription.status.value,
        version=prescription.version,
        event_time=prescription.order.time,
        event_id=prescription.order.event_id,
        applied_with=sorted(prescription.applied_with),
        counts_from=prescription.counts_from,
        prescribed_at=prescription.prescribed_at,
        planned_until=prescription.planned_until,
        runs=sorted(prescription.runs),
        earlier_runs=sorted(prescription.earlier_runs),
        continued_with=prescription.continued_with,
        stop_reason=prescription.stop_reason,
        created_at=prescription.created_at,
        updated_at=prescription.updated_at,
    )


def prescription_from_row(row: PrescriptionModel) -> Prescription:
    """The prescription in a row."""
    return Prescription(
        prescription_id=row.prescription_id,
        status=PrescriptionStatus(row.status),
        version=int(row.version),
        regimen=_regimen_from_row(row) if row.frequency else None,
        order=EventOrder(row.event_time, row.event_id),
        applied_with=frozenset(row.applied_with),
        counts_from=row.counts_from,
        prescribed_at=row.prescribed_at,
        planned_until=row.planned_until,
        runs=frozenset(row.runs),
        earlier_runs=frozenset(row.earlier_runs),
        continued_with=row.continued_with,
        stop_reason=row.stop_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _regimen_to_row(regimen: Regimen) -> dict[str, Any]:
    return {
        **{name: getattr(regimen, name) for name in _TEXTS},
        "clinic_language": regimen.clinic_language,
        "frequency": frequency_text(regimen.frequency),
        "start": start_text(regimen.start),
        "duration": duration_text(regimen.duration),
        "waking_from": regimen.waking.begin.isoformat("minutes"),
        "waking_to": regimen.waking.end.isoformat("minutes"),
        "breakfast": regimen.meals.breakfast.isoformat("minutes"),
        "lunch": regimen.meals.lunch.isoformat("minutes"),
        "dinner": regimen.meals.dinner.isoformat("minutes"),
        "bedtime": regimen.meals.bedtime.isoformat("minutes"),
        "phases": json.dumps([_phase_to_text(phase) for phase in regimen.phases]) if regimen.phases else None,
    }


def _regimen_from_row(row: PrescriptionModel) -> Regimen:
    return Regimen(
        **{name: getattr(row, name) for name in _TEXTS},
        clinic_language=row.clinic_language or DEFAULT_LANGUAGE,
        frequency=parse_frequency(row.frequency),
        start=parse_start(row.start),
        duration=parse_duration(row.duration),
        waking=WakingHours(time.fromisoformat(row.waking_from), time.fromisoformat(row.waking_to)),
        meals=MealHours(
            *(time.fromisoformat(clock) for clock in (row.breakfast, row.lunch, row.dinner, row.bedtime))
        ),
        phases=tuple(_phase_from_text(phase) for phase in json.loads(row.phases or "[]")),
    )


def _phase_to_text(phase: Phase) -> dict[str, str]:
    return {
        "dosage": phase.dosage,
        "instructions": phase.instructions,
        "frequency": frequency_text(phase.frequency),
        "start": start_text(phase.start),
        "duration": duration_text(phase.duration),
        "prescribed_at": phase.prescribed_at.isoformat(),
    }


def _phase_from_text(kept: dict[str, str]) -> Phase:
    return Phase(
        dosage=kept["dosage"],
        instructions=kept["instructions"],
        frequency=parse_frequency(kept["frequency"]),
        start=parse_start(kept["start"]),
        duration=parse_duration(kept["duration"]),
        prescribed_at=datetime.fromisoformat(kept["prescribed_at"]),
    )

"""The PynamoDB model of prescriptions."""

from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from clinic.adapters.dynamodb.models import InstantAttribute


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

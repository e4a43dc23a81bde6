"""The PynamoDB model of prescriptions."""

from typing import Any

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from clinic.adapters.dynamodb.models import InstantAttribute


class PrescriptionModel(Model):
    """A row of the prescriptions table; ``regimen`` is missing while only its end is known."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "prescriptions"

    prescription_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    version = NumberAttribute()
    regimen: MapAttribute[str, Any] = MapAttribute(null=True)
    event_time = InstantAttribute()
    event_id = UnicodeAttribute()
    applied_with: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    counts_from = InstantAttribute()
    planned_until = InstantAttribute(null=True)
    runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    earlier_runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    stop_reason = UnicodeAttribute(null=True)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()

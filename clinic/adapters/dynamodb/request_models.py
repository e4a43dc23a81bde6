"""The PynamoDB model of reservation requests."""

from typing import Any

from pynamodb.attributes import ListAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.models import InstantAttribute


class OpenByExpiryIndex(GlobalSecondaryIndex["RequestModel"]):
    """The requests of a profile that wait for an answer, by the instant until which they do."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-expiry"
        projection = AllProjection()

    open_profile = UnicodeAttribute(hash_key=True)
    expires_at = InstantAttribute(range_key=True)


class RequestModel(Model):
    """A row of the requests table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "requests"

    open_by_expiry = OpenByExpiryIndex()

    request_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    expires_at = InstantAttribute()
    open_profile = UnicodeAttribute(null=True)
    doctor_phone = UnicodeAttribute()
    run = UnicodeAttribute(null=True)
    closed_because = UnicodeAttribute(null=True)
    closed_by = UnicodeAttribute(null=True)
    answer_id = UnicodeAttribute(null=True)
    reservation_id = UnicodeAttribute()
    appointment_time = InstantAttribute()
    patient_name = UnicodeAttribute()
    patient_phone = UnicodeAttribute()
    service_name = UnicodeAttribute()
    doctor_name = UnicodeAttribute()
    clinic_name = UnicodeAttribute()
    clinic_address = UnicodeAttribute()
    preparation_instructions = UnicodeAttribute()
    parking_info = UnicodeAttribute()
    building_info = UnicodeAttribute()
    office_number = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    reminder_offsets: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    profile_id = UnicodeAttribute(null=True)
    clinic_id = UnicodeAttribute(null=True)
    service_id = UnicodeAttribute(null=True)
    slot_id = UnicodeAttribute(null=True)
    charge_id = UnicodeAttribute(null=True)
    opening = UnicodeAttribute()
    created_at = InstantAttribute()
    updated_at = InstantAttribute()

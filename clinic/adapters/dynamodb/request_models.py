"""The PynamoDB model of reservation requests."""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.models import AppointmentColumns, InstantAttribute


class OpenByExpiryIndex(GlobalSecondaryIndex["RequestModel"]):
    """The requests of a profile that wait for an answer, by the instant until which they do."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-expiry"
        projection = AllProjection()

    open_profile = UnicodeAttribute(hash_key=True)
    expires_at = InstantAttribute(range_key=True)


class RequestNameModel(Model):
    """A row of the requests table that says which request a reservation's id leads to."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "requests"

    request_id = UnicodeAttribute(hash_key=True)
    leads_to = UnicodeAttribute()


class RequestModel(AppointmentColumns):
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
    created_at = InstantAttribute()
    updated_at = InstantAttribute()

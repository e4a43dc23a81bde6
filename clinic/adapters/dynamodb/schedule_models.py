"""The PynamoDB model of the directory's rows as making slots reads them: whatever kind of row it is."""

from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class PlainAttribute(Attribute[Any]):
    """A column of whatever type it is kept in: what is wrong with it is found where its row is known."""

    attr_type = STRING

    def get_value(self, value: dict[str, Any]) -> Any:
        """As DynamoDB gives it, with its type."""
        return value

    def deserialize(self, value: Any) -> Any:
        """Read it."""
        return TypeDeserializer().deserialize(value)


class ByEntryIndex(GlobalSecondaryIndex["DirectoryRowModel"]):
    """The rows of one entry across owners: every profile."""

    class Meta:
        """As `clinic.contracts.tables.DIRECTORY` has it."""

        index_name = "by-entry"
        projection = AllProjection()

    entry = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute(range_key=True)


class DirectoryRowModel(Model):
    """A row of the directory: a profile's own, or of what it offers and when."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    by_entry = ByEntryIndex()

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    # profile
    profile_id = PlainAttribute(null=True)
    name = PlainAttribute(null=True)
    phone = PlainAttribute(null=True)
    time_zone = PlainAttribute(null=True)
    clinic_id = PlainAttribute(null=True)
    is_active = PlainAttribute(null=True)  # service, too
    # service
    service_id = PlainAttribute(null=True)
    duration = PlainAttribute(null=True)
    # rule
    rule_id = PlainAttribute(null=True)
    day_of_week = PlainAttribute(null=True)
    # rule and override
    start_time = PlainAttribute(null=True)
    end_time = PlainAttribute(null=True)
    slot_duration = PlainAttribute(null=True)
    buffer_time = PlainAttribute(null=True)
    max_appointments_per_slot = PlainAttribute(null=True)
    service_ids = PlainAttribute(null=True)
    # override
    date = PlainAttribute(null=True)
    available = PlainAttribute(null=True)

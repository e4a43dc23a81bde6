"""The PynamoDB models of slots and day sheets; both lie in the slots table."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.models import InstantAttribute


class ByStartIndex(GlobalSecondaryIndex["SlotModel"]):
    """A profile's slots by start; day sheets have none and are not in it."""

    class Meta:
        """As `clinic.contracts.tables.SLOTS` has it."""

        index_name = "by-start"
        projection = AllProjection()

    profile_id = UnicodeAttribute(hash_key=True)
    start = InstantAttribute(range_key=True)


class SlotModel(Model):
    """A slot's row of the slots table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "slots"

    by_start = ByStartIndex()

    profile_id = UnicodeAttribute(hash_key=True)
    slot_id = UnicodeAttribute(range_key=True)
    service_id = UnicodeAttribute()
    start = InstantAttribute()
    end = InstantAttribute()
    buffer_until = InstantAttribute()
    capacity = NumberAttribute()
    pending: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    booked: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    reserved_count = NumberAttribute(default=0)
    status = UnicodeAttribute()
    is_blocked = BooleanAttribute(default=False)
    made_by = UnicodeAttribute(null=True)
    changed_by = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=0)


class DaySheetModel(Model):
    """A day sheet's row of the slots table, under ``day#<date>`` where slots have their ids."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "slots"

    profile_id = UnicodeAttribute(hash_key=True)
    slot_id = UnicodeAttribute(range_key=True)
    taken: MapAttribute[str, Any] = MapAttribute(default=dict)
    revision = NumberAttribute(default=0)

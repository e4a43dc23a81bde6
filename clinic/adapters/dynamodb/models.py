"""The PynamoDB models: how reservations, intents and the directory lie in DynamoDB."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.constants import GLOBAL_SECONDARY_INDEXES, STRING
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from clinic.domain import instants

ModelT = TypeVar("ModelT", bound=Model)


class InstantAttribute(Attribute[datetime]):
    """An instant as ISO 8601 text in UTC with ``Z``, so that it sorts and reads as one."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """Write it."""
        return instants.to_text(value)

    def deserialize(self, value: str) -> datetime:
        """Read it."""
        return instants.from_text(value)


class AppointmentColumns(Model):
    """The particulars of an appointment, as reservations and requests both keep them."""

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
    visit_minutes = NumberAttribute(null=True)
    takes_until = InstantAttribute(null=True)
    charge_id = UnicodeAttribute(null=True)
    clinic_phone = UnicodeAttribute(null=True)
    reminder_gap = NumberAttribute(null=True)
    opening = UnicodeAttribute()


class ReservationModel(AppointmentColumns):
    """A row of the reservations table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "reservations"

    reservation_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    version = NumberAttribute()
    event_time = InstantAttribute(null=True)
    event_id = UnicodeAttribute(null=True)
    applied_with: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    reminders_sent: MapAttribute[str, str] = MapAttribute(default=dict)
    runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    cancellation: MapAttribute[str, Any] = MapAttribute(null=True)
    rescheduled_to = UnicodeAttribute(null=True)
    is_placeholder = BooleanAttribute(default=False)
    parked_until = InstantAttribute(null=True)
    parked_shard = UnicodeAttribute(null=True)
    conflict: MapAttribute[str, Any] = MapAttribute(null=True)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()


class IntentModel(Model):
    """A row of the message ledger."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "messages"

    subject = UnicodeAttribute(hash_key=True)
    intent = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    version = NumberAttribute()
    record_id = UnicodeAttribute()
    template = UnicodeAttribute()
    language = UnicodeAttribute()
    happens_at = InstantAttribute()
    due_at = InstantAttribute()
    useful_until = InstantAttribute()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    attempts = NumberAttribute(default=0)
    claim_id = UnicodeAttribute(null=True)
    claimed_until = InstantAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = InstantAttribute(null=True)
    delivered_at = InstantAttribute(null=True)
    read_at = InstantAttribute(null=True)
    failed_tries: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    failed_messages: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    retry_at = InstantAttribute(null=True)
    time_zone = UnicodeAttribute(null=True)
    to = UnicodeAttribute(null=True)
    parameters: MapAttribute[str, str] = MapAttribute(default=dict)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()
    open_shard = UnicodeAttribute(null=True)
    due_day = UnicodeAttribute()
    expires_at = NumberAttribute()


class ClinicModel(Model):
    """A clinic's row of the directory."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    clinic_id = UnicodeAttribute()
    name = UnicodeAttribute()
    address = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    parking_info = UnicodeAttribute(null=True)
    building_info = UnicodeAttribute(null=True)
    office_number = UnicodeAttribute(null=True)
    preparation_instructions = UnicodeAttribute(null=True)
    medication_instructions = UnicodeAttribute(null=True)
    reminder_gap = NumberAttribute(null=True)
    breakfast_time = UnicodeAttribute(null=True)
    lunch_time = UnicodeAttribute(null=True)
    dinner_time = UnicodeAttribute(null=True)
    bedtime = UnicodeAttribute(null=True)
    default_visit_minutes = NumberAttribute(null=True)
    overlaps = UnicodeAttribute(null=True)


class ProfileModel(Model):
    """A profile's row of the directory."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    profile_id = UnicodeAttribute()
    name = UnicodeAttribute()
    phone = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    clinic_id = UnicodeAttribute()
    is_active = BooleanAttribute(default=True)


def connect(region: str | None = None) -> Connection:
    """A connection whose time-outs (seconds) leave a function's 30 seconds room for a retry."""
    return Connection(region=region, connect_timeout_seconds=2, read_timeout_seconds=5, max_retry_attempts=3)


def bind(model: type[ModelT], table_name: str, connection: Connection) -> type[ModelT]:
    """The model for one deployment's table, on a connection that all models share."""
    meta = type("Meta", (), {"table_name": table_name, "region": connection.region})
    bound: type[ModelT] = type(model.__name__, (model,), {"Meta": meta})
    # One client for all tables: building one costs a tenth of a second at a cold start.
    table = bound._get_connection()  # noqa: SLF001 - PynamoDB offers no other way in
    meta_table = table.get_meta_table()
    try:
        connection.add_meta_table(meta_table)
    except ValueError:  # two models of one table: the keys are known, but the second may know an index
        if meta_table.data.get(GLOBAL_SECONDARY_INDEXES):
            connection.get_meta_table(table_name).data.update(meta_table.data)
    table.connection = connection
    return bound


def change(
    connection: Connection, row: Model, actions: Sequence[Action], condition: Condition | None = None
) -> None:
    """Update the row that has this one's key, without having it read back, which its own update would do."""
    keys = row._get_hash_range_key_serialized_values()  # noqa: SLF001 - PynamoDB offers no other way in
    connection.update_item(
        row.Meta.table_name, keys[0], range_key=keys[1], actions=list(actions), condition=condition
    )

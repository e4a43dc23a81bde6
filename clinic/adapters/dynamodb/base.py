"""The tables' PynamoDB models share this: attributes, the connection, and binding a model to a table."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.constants import GLOBAL_SECONDARY_INDEXES, STRING
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from clinic.domain import instants

ModelT = TypeVar("ModelT", bound=Model)


class InstantAttribute(Attribute[datetime]):
    """An instant as ISO 8601 text in UTC with ``Z``, of one length, so that it sorts and reads as one."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """The instant as its column has it."""
        return instants.to_sortable_text(value)

    def deserialize(self, value: str) -> datetime:
        """The instant of a column's text."""
        return instants.from_text(value)


class DirectionsColumns(Model):
    """The columns of `clinic.domain.directory.Directions`, in rows of clinics and of appointments."""

    parking_info = UnicodeAttribute(null=True)
    building_info = UnicodeAttribute(null=True)
    office_number = UnicodeAttribute(null=True)


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

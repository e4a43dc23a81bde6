"""The reservations that are parked, in DynamoDB."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import InstantAttribute, ReservationModel, bind
from clinic.adapters.dynamodb.rows import details_from_row, parked_shards
from clinic.domain import instants
from clinic.services.appointments.parking import ParkedPage

_SEPARATOR = "|"  # no id has it


class ParkedByTimeIndex(GlobalSecondaryIndex["ParkedReservationModel"]):
    """Reservations that are parked, by until when."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "parked-by-time"
        projection = AllProjection()

    parked_shard = UnicodeAttribute(hash_key=True)
    parked_until = InstantAttribute(range_key=True)


class ParkedReservationModel(ReservationModel):
    """A row of the reservations table that can be found while it is parked."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "reservations"

    parked_by_time = ParkedByTimeIndex()


@dataclass(frozen=True)
class DynamoParkedStore:
    """Fulfils `clinic.services.appointments.parking.ParkedShelf`."""

    rows: type[ParkedReservationModel]

    @classmethod
    def open(cls, connection: Connection, reservations_table: str) -> Self:
        """The reservations in this table."""
        return cls(bind(ParkedReservationModel, reservations_table, connection))

    def due(self, now: datetime, page_size: int, cursor: str = "") -> ParkedPage:
        """Those that were parked until then, shard after shard."""
        begin, _, rest = cursor.partition(_SEPARATOR)
        found: list[ParkedReservationModel] = []
        for shard in parked_shards():
            if shard < begin:
                continue
            after = _key_after(shard, rest) if shard == begin else None
            with store_errors("parked reservations"):
                query = self.rows.parked_by_time.query(
                    shard,
                    self.rows.parked_until <= now,
                    limit=page_size - len(found),
                    last_evaluated_key=after,
                )
                found += query
            if len(found) == page_size:
                return ParkedPage(tuple(map(details_from_row, found)), _cursor(shard, found[-1]))
        return ParkedPage(tuple(map(details_from_row, found)))


def _cursor(shard: str, last: ParkedReservationModel) -> str:
    return _SEPARATOR.join((shard, instants.to_text(last.parked_until), last.reservation_id))


def _key_after(shard: str, rest: str) -> dict[str, Any]:
    until, _, reservation_id = rest.partition(_SEPARATOR)
    values = {"parked_shard": shard, "parked_until": until, "reservation_id": reservation_id}
    return {name: {"S": value} for name, value in values.items()}

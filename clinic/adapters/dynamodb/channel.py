"""What is known of WhatsApp right now, in DynamoDB: each bucket and each breaker is a row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from clinic.adapters.dynamodb.batch import one_of_each
from clinic.adapters.dynamodb.consents import ConsentModel, consent_from_row
from clinic.adapters.dynamodb.errors import is_refused, item_in_the_way, store_errors
from clinic.adapters.dynamodb.models import InstantAttribute, bind
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import PERSON_LIMIT, Limit, instant_of, microseconds
from clinic.domain.people.consents import Consent
from clinic.services.messages.gate import Standing

_NUMBER = "number"
_BUCKET_KEPT = timedelta(hours=1)
_BREAKER_KEPT = timedelta(days=1)


class ChannelModel(Model):
    """A row of the channel table: a bucket has ``full_at`` (microseconds), a breaker the four after it."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "channel"

    entry = UnicodeAttribute(hash_key=True)
    full_at = NumberAttribute(null=True)
    open_until = InstantAttribute(null=True)
    times = NumberAttribute(null=True)
    code = NumberAttribute(null=True)
    suspect = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


@dataclass(frozen=True)
class DynamoChannel:
    """Fulfils `clinic.services.messages.gate.Channel`.

    Attributes:
        number_limit: of the sending number.
    """

    connection: Connection
    rows: type[ChannelModel]
    consents: type[ConsentModel]
    number_limit: Limit

    @classmethod
    def open(cls, connection: Connection, channel_table: str, consents_table: str, limit: Limit) -> Self:
        """The channel in these tables."""
        return cls(
            connection,
            bind(ChannelModel, channel_table, connection),
            bind(ConsentModel, consents_table, connection),
            limit,
        )

    def standing(self, person: str, template: str, language: str) -> Standing:
        """The person's consent and the template's breaker, in one read."""
        consents, rows = self.consents.Meta.table_name, self.rows.Meta.table_name
        entry = breaker_entry(template, language)
        found = one_of_each(self.connection, {consents: {"person": person}, rows: {"entry": entry}}, entry)
        consent, breaker = found[consents], found[rows]
        return Standing(
            consent_from_row(ConsentModel.from_raw_data(consent)) if consent else Consent(person),
            _breaker_from(ChannelModel.from_raw_data(breaker)) if breaker else None,
        )

    def take_token(self, person: str, priority: Priority, now: datetime) -> datetime | None:
        """Take leave to send one message now."""
        # The number's first: what it refuses must not cost the person a token each time it is asked for.
        ready_at = self._take(_NUMBER, self.number_limit, self.number_limit.tolerance(priority), now)
        if ready_at is not None:
            return ready_at
        return self._take(_person_entry(person), PERSON_LIMIT, PERSON_LIMIT.tolerance(), now)

    def record(self, template: str, language: str, seen: Breaker | None, breaker: Breaker) -> bool:
        """Keep what became of a template's breaker."""
        rows, entry = self.rows, breaker_entry(template, language)
        actions: list[Any] = [
            rows.open_until.set(breaker.open_until),
            rows.times.set(breaker.times),
            rows.code.set(breaker.code) if breaker.code is not None else rows.code.remove(),
            rows.suspect.set(breaker.suspect) if breaker.suspect else rows.suspect.remove(),
            rows.expires_at.set(_expiry(breaker.open_until, _BREAKER_KEPT)),
        ]
        until: Any = rows.open_until
        as_seen = until.does_not_exist() if seen is None else until == seen.open_until
        try:
            with store_errors(entry):
                rows(entry).update(actions, condition=as_seen)
        except ConcurrentChangeError:
            return False
        return True

    def _take(self, entry: str, limit: Limit, tolerance: int, now: datetime) -> datetime | None:
        """`clinic.domain.messages.limits.after_taking` as two conditional writes, of which one counts."""
        rows, clock = self.rows, microseconds(now)
        full_at: Any = rows.full_at
        kept, latest = rows.expires_at.set(_expiry(now, _BUCKET_KEPT)), clock + tolerance
        at_rest = (full_at.set(clock + limit.interval), full_at.does_not_exist() | (full_at <= clock))
        in_use = (full_at.set(full_at + limit.interval), full_at.between(clock + 1, latest))
        seen = self._unless_written(entry, [at_rest[0], kept], at_rest[1])
        if seen is not None and clock < seen <= latest:  # else the second would be in vain
            seen = self._unless_written(entry, [in_use[0], kept], in_use[1])
        return None if seen is None else max(now, instant_of(seen - tolerance))

    def _unless_written(self, entry: str, actions: list[Any], condition: Condition) -> int | None:
        """Write a bucket if the condition holds; else the number that was in the way, 0 if it is gone."""
        # Through the connection: a model's own update does not tell what was in the way.
        request = self.connection.get_operation_kwargs(
            self.rows.Meta.table_name,
            entry,
            actions=actions,
            condition=condition,
            return_values_on_condition_failure="ALL_OLD",
        )
        with store_errors(_kind(entry)):
            try:
                self.connection.dispatch("UpdateItem", request)
            except ClientError as error:
                if not is_refused(error):
                    raise
                in_the_way = item_in_the_way(error)
                return int(in_the_way["full_at"]["N"]) if in_the_way else 0
        return None


def breaker_entry(template: str, language: str) -> str:
    """The key of a template's breaker."""
    return f"template#{template}#{language}"


def _person_entry(person: str) -> str:
    # A number has no place in a key that shows in metrics and errors.
    return f"person#{sha256(person.encode()).hexdigest()[:32]}"


def _kind(entry: str) -> str:
    return f"the {entry.partition('#')[0]}'s limit"


def _expiry(instant: datetime, kept: timedelta) -> int:
    return int((instant + kept).timestamp())


def _breaker_from(row: ChannelModel) -> Breaker:
    code: float | None = row.code
    return Breaker(row.open_until, int(row.times), None if code is None else int(code), row.suspect)

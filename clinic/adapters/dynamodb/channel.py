"""The state of WhatsApp in DynamoDB: a row for each bucket and breaker."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Self

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model, _ModelFuture
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.batch import all_of
from clinic.adapters.dynamodb.consents import ConsentModel, consent_from_row, wanted
from clinic.adapters.dynamodb.errors import is_refused, item_in_the_way, store_errors
from clinic.channels.channel import ChannelRules
from clinic.channels.failures import DEFAULT
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.breakers import Breaker
from clinic.domain.messages.kinds import Priority
from clinic.domain.messages.limits import Limit, instant_of, microseconds, ready_at
from clinic.domain.people.consents import Category, Consent
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


class _Held:
    """Tokens that a process holds; those it dies with are lost."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def take(self) -> bool:
        """Whether there was one."""
        with self._lock:
            has_one = self._count > 0
            self._count -= has_one
            return has_one

    def add(self, count: int) -> None:
        """Hold some more."""
        with self._lock:
            self._count += count


@dataclass(frozen=True)
class DynamoChannel:
    """Fulfils `clinic.services.messages.gate.Channel`.

    Attributes:
        number_limit: of the sending number.
        rules: the channel's name, and its limit for one person.
        held: the number's tokens that this process has taken and not used yet.
    """

    connection: Connection
    rows: type[ChannelModel]
    consents: type[ConsentModel]
    number_limit: Limit
    rules: ChannelRules = DEFAULT
    held: _Held = field(default_factory=_Held)

    @classmethod
    def open(
        cls,
        connection: Connection,
        channel_table: str,
        consents_table: str,
        limit: Limit,
        rules: ChannelRules = DEFAULT,
    ) -> Self:
        """The channel in these tables."""
        return cls(
            connection,
            bind(ChannelModel, channel_table, connection),
            bind(ConsentModel, consents_table, connection),
            limit,
            rules,
        )

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.rules.name

    def standing(self, person: str, template: str, language: str) -> Standing:
        """The person's consent and bucket, and the template's breaker, in one read."""
        consents, rows = self.consents.Meta.table_name, self.rows.Meta.table_name
        entry, bucket_entry = breaker_entry(template, language), _person_entry(person)
        keys = {consents: [{"person": person}], rows: [{"entry": entry}, {"entry": bucket_entry}]}
        found = all_of(self.connection, keys, entry)
        consent = next(iter(found[consents]), None)
        of_channel = {row["entry"]["S"]: row for row in found[rows]}
        breaker, bucket = of_channel.get(entry), of_channel.get(bucket_entry)
        return Standing(
            consent_from_row(ConsentModel.from_raw_data(consent)) if consent else Consent(person),
            _breaker_from(ChannelModel.from_raw_data(breaker)) if breaker else None,
            int(bucket["full_at"]["N"]) if bucket else None,
        )

    def look(self, template: str, language: str) -> "DynamoBreakerLook":
        """What reads the template's breaker in a transaction."""
        return DynamoBreakerLook(self.rows, template, language)

    def person_ready_at(self, full_at: int | None, now: datetime) -> datetime | None:
        """When the person may be written to again; None: now."""
        at = ready_at(full_at, microseconds(now), self._person_limit.tolerance())
        return None if at is None else instant_of(at)

    def person_token(
        self, person: str, full_at: int | None, now: datetime, wants: Category | None = None
    ) -> "PersonToken":
        """Leave to write to the person, by what was read of their bucket, or is presumed."""
        consent = (self.consents, person, wants) if wants is not None else None
        return PersonToken(self.rows, _person_entry(person), self._person_limit, full_at, now, consent)

    @property
    def _person_limit(self) -> Limit:
        return Limit(self.rules.person_interval, self.rules.person_burst)

    def take_token(self, priority: Priority, now: datetime) -> datetime | None:
        """Take leave of the number to send one message now.

        `clinic.domain.messages.limits.after_taking` as two conditional writes, of which one counts. From a
        full bucket a few tokens are taken at once, and those who ask next in this process cost no write.
        """
        if self.held.take():
            return None
        limit, clock = self.number_limit, microseconds(now)
        tolerance = limit.tolerance(priority)
        latest, kept = clock + tolerance, self.rows.expires_at.set(_expiry(now, _BUCKET_KEPT))
        action, condition = _at_rest(self.rows, clock, limit.batch * limit.interval)
        seen = self._unless_written(_NUMBER, [action, kept], condition)
        if seen is None:
            self.held.add(limit.batch - 1)
        elif clock < seen <= latest:  # else the second would be in vain
            action, condition = _in_use(self.rows, clock, limit.interval, latest)
            seen = self._unless_written(_NUMBER, [action, kept], condition)
        return None if seen is None else max(now, instant_of(seen - tolerance))

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


@dataclass
class DynamoBreakerLook:
    """Fulfils `clinic.services.messages.gate.BreakerLook`."""

    rows: type[ChannelModel]
    template: str
    language: str
    _found: "_ModelFuture[ChannelModel] | None" = None

    def join(self, transaction: TransactGet) -> None:
        """Have the transaction read it."""
        self._found = transaction.get(self.rows, breaker_entry(self.template, self.language))

    @property
    def breaker(self) -> Breaker | None:
        """As it was read."""
        try:
            return _breaker_from(self._found.get()) if self._found is not None else None
        except DoesNotExist:
            return None


@dataclass(frozen=True)
class PersonToken:
    """Fulfils `clinic.services.ports.Token`.

    Attributes:
        full_at: what was read of the bucket.
        consent: where it stands whether the person wants what category, if that was not read.
    """

    rows: type[ChannelModel]
    entry: str
    limit: Limit
    full_at: int | None
    now: datetime
    consent: "tuple[type[ConsentModel], str, Category] | None" = None

    def join(self, transaction: TransactWrite) -> None:
        """Have the transaction take it, if the bucket is still at rest, or still in use and has one."""
        clock, interval = microseconds(self.now), self.limit.interval
        if self.full_at is None or self.full_at <= clock:
            action, condition = _at_rest(self.rows, clock, interval)
        else:
            action, condition = _in_use(self.rows, clock, interval, clock + self.limit.tolerance())
        kept = self.rows.expires_at.set(_expiry(self.now, _BUCKET_KEPT))
        transaction.update(self.rows(self.entry), [action, kept], condition=condition)
        if self.consent is not None:
            consents, person, category = self.consent
            transaction.condition_check(consents, person, condition=wanted(consents, category))


def _at_rest(rows: type[ChannelModel], clock: int, taken: int) -> tuple[Any, Condition]:
    full_at: Any = rows.full_at
    return full_at.set(clock + taken), full_at.does_not_exist() | (full_at <= clock)


def _in_use(rows: type[ChannelModel], clock: int, taken: int, latest: int) -> tuple[Any, Condition]:
    full_at: Any = rows.full_at
    return full_at.set(full_at + taken), full_at.between(clock + 1, latest)


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

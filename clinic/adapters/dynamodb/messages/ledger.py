"""The ledger in DynamoDB: every write is conditional, and what belongs together is one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.models import _ModelFuture
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.base import ModelT, bind, change
from clinic.adapters.dynamodb.errors import failed_conditions, is_conflict, store_errors
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_from_row, intent_to_row, open_shard
from clinic.adapters.dynamodb.reservations import ReservationModel, reservation_from_row, reservation_to_row
from clinic.domain import instants
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.cancellation_notice import CancellationNotice, cancellation_of
from clinic.domain.messages.intent import (
    Intent,
    IntentId,
    IntentStatus,
    prescription_of,
    reservation_of,
    version_prefix,
    with_failed_try,
)
from clinic.domain.messages.kinds import REMINDER, Follows
from clinic.services.ports import Claim, Followed, Look, Message, Outcome, Token

if TYPE_CHECKING:  # only some calls need them
    from clinic.adapters.dynamodb.prescriptions import PrescriptionModel
    from clinic.domain.prescriptions.prescription import Prescription

_TRIES_ON_CONFLICT = 3


@dataclass(frozen=True)
class DynamoLedger:
    """Fulfils `clinic.services.messages.delivery.Ledger`."""

    connection: Connection
    reservations: type[ReservationModel]
    messages: type[IntentModel]
    prescriptions_table: str

    @classmethod
    def open(
        cls, connection: Connection, reservations_table: str, messages_table: str, prescriptions_table: str
    ) -> Self:
        """The ledger in these tables."""
        return cls(
            connection,
            bind(ReservationModel, reservations_table, connection),
            bind(IntentModel, messages_table, connection),
            prescriptions_table,
        )

    @cached_property
    def prescriptions(self) -> "type[PrescriptionModel]":
        """Prescriptions; only doses follow one."""
        from clinic.adapters.dynamodb.prescriptions import PrescriptionModel

        return bind(PrescriptionModel, self.prescriptions_table, self.connection)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now."""
        with store_errors(f"reservation {reservation_id}"):
            try:
                return reservation_from_row(self.reservations.get(reservation_id, consistent_read=True))
            except DoesNotExist:
                return None

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now."""
        with store_errors(str(intent_id)):
            try:
                row = self.messages.get(intent_id.subject, intent_id.sort_key, consistent_read=True)
            except DoesNotExist:
                return None
            return intent_from_row(row)

    def intent_and_followed(
        self, intent_id: IntentId, look: Look | None = None
    ) -> tuple[Intent | None, Followed]:
        """The intent and the record it follows, as they stand together now; a notice follows none."""
        followed = self._followed_by(intent_id)
        if followed is None and look is None:
            intent = self.intent(intent_id)
        else:
            with store_errors(str(intent_id)):
                with TransactGet(connection=self.connection) as transaction:
                    found = transaction.get(self.messages, intent_id.subject, intent_id.sort_key)
                    other = followed.join(transaction) if followed is not None else None
                    if look is not None:
                        look.join(transaction)
                intent_row, other_row = _found(found), _found(other) if other is not None else None
                intent = intent_from_row(intent_row) if intent_row else None
                if followed is not None:
                    return intent, followed.read(other_row) if other_row else None
        if intent is not None and intent_id.follows is Follows.STANDING:
            # Its subject is no reservation; the claim holds both together.
            return intent, self.reservation(intent.record_id)
        return intent, None

    def _followed_by(self, intent_id: IntentId) -> "_FollowedRow | None":
        """The row of what it follows, where its own id says which that is."""
        match intent_id.follows:
            case Follows.NOTHING | Follows.STANDING:
                return None
            case Follows.PRESCRIPTION:
                from clinic.adapters.dynamodb.prescriptions import prescription_from_row  # for doses alone

                key = (prescription_of(intent_id.subject),)
                return _FollowedRow(self.prescriptions, key, prescription_from_row)
            case Follows.CANCELLATION:
                other = cancellation_of(intent_id)
                return _FollowedRow(self.messages, (other.subject, other.sort_key), _notice_from_row)
        return _FollowedRow(self.reservations, (reservation_of(intent_id.subject),), reservation_from_row)

    def intents(self, subject: str, version: int | None = None) -> list[Intent]:
        """All of a subject's intents, or those of one version."""
        rows = self.messages
        of_version = rows.intent.startswith(version_prefix(version)) if version is not None else None
        with store_errors(subject):
            return [intent_from_row(row) for row in rows.query(subject, of_version, consistent_read=True)]

    def write(
        self,
        transaction: TransactWrite,
        reservations: Sequence[tuple[Reservation | None, Reservation]],
        intents: Sequence[Intent],
        endings: Sequence[tuple[Intent, Outcome]],
    ) -> None:
        """Add reservations, new intents and ended ones to a transaction, if still as they were read."""
        for seen, reservation in reservations:
            transaction.save(
                reservation_to_row(self.reservations, reservation), condition=self._as_seen(seen)
            )
        for intent in intents:
            transaction.save(
                intent_to_row(self.messages, intent), condition=self.messages.subject.does_not_exist()
            )
        for intent, outcome in endings:
            transaction.update(
                self._key(intent.id), self._ending(outcome, intent.id), condition=self._untouched(intent)
            )

    def claim(
        self,
        intent: Intent,
        followed: Followed,
        claim: Claim,
        message: Message,
        recipient: str,
        *,
        token: Token | None = None,
    ) -> None:
        """Move an intent to ``sending``."""
        messages = self.messages
        actions: list[Any] = [
            messages.status.set(IntentStatus.SENDING.value),
            messages.claim_id.set(claim.claim_id),
            messages.claimed_until.set(claim.until),
            messages.attempts.set(intent.attempts + 1),
            messages.to.set(recipient),
            messages.language.set(message.language),
            messages.parameters.set(message.values),
            messages.updated_at.set(claim.now),
        ]
        key, untouched = self._key(intent.id), self._untouched(intent)
        with store_errors(str(intent.id)):
            # Another message was done with when it was read: what becomes of it counts no more.
            required = None if isinstance(followed, CancellationNotice) else followed
            if required is None and token is None:
                change(self.connection, key, actions, untouched)
                return
            with self._transaction() as transaction:
                if required is not None:
                    self._require_as_it_stands(transaction, intent.id.follows, required)
                transaction.update(key, actions, condition=untouched)
                if token is not None:
                    token.join(transaction)

    def _require_as_it_stands(
        self, transaction: TransactWrite, follows: Follows, followed: "Reservation | Prescription"
    ) -> None:
        rows: type[ReservationModel | PrescriptionModel]
        if isinstance(followed, Reservation):
            rows, key = self.reservations, followed.reservation_id
        else:
            rows, key = self.prescriptions, followed.prescription_id
        same: Condition = (rows.status == followed.status.value) & (rows.version == followed.version)
        if isinstance(followed, Reservation) and follows is Follows.REFUND:
            same &= _refund_as_it_stands(followed)
        transaction.condition_check(rows, key, condition=same)

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed intent ended."""
        # An answer that came after its claim was given up still says what became of the request.
        leaving = self.messages.status.is_in(IntentStatus.SENDING.value, IntentStatus.UNKNOWN.value)
        mine = leaving & (self.messages.claim_id == claim.claim_id)
        marked_at = outcome.now if outcome.status is IntentStatus.SENT else None
        actions = [*self._ending(outcome, intent.id), *self._failed_try(intent, outcome)]
        self.record(intent, actions, mine, marked_at=marked_at, now=outcome.now)

    def record(
        self,
        intent: Intent,
        actions: Sequence[Action],
        condition: Condition,
        *,
        marked_at: datetime | None,
        now: datetime,
    ) -> None:
        """Change an intent; if it is a reminder that was sent at ``marked_at``, its reservation says so too.

        Raises:
            ConcurrentChangeError: the condition does not hold; nothing was written.
        """
        with store_errors(str(intent.id)):
            if marked_at is not None and intent.id.is_reminder:
                self._record_reminder(intent, actions, condition, marked_at, now)
            else:
                _retry_on_conflict(lambda: change(self.connection, self._key(intent.id), actions, condition))

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Move an untouched intent to a status without sending it."""
        with store_errors(str(intent.id)):
            actions = self._ending(outcome, intent.id)
            if intent.status is IntentStatus.SENDING:  # whoever sent it has died
                actions += self._failed_try(intent, outcome)
            change(self.connection, self._key(intent.id), actions, self._untouched(intent))

    def _record_reminder(
        self,
        intent: Intent,
        actions: Sequence[Action],
        condition: Condition,
        marked_at: datetime,
        now: datetime,
    ) -> None:
        label = REMINDER.variant_of(intent.kind)

        def with_reservation() -> None:
            with self._transaction() as transaction:
                transaction.update(self._key(intent.id), list(actions), condition=condition)
                transaction.update(
                    self.reservations(intent.record_id),
                    [
                        Path(["reminders_sent", label]).set(instants.to_text(marked_at)),
                        # so that whoever has read the reservation before does not write the mark away
                        self.reservations.updated_at.set(now),
                    ],
                    condition=self.reservations.version == intent.id.version,
                )

        try:
            _retry_on_conflict(with_reservation)
        except TransactWriteError as error:
            if failed_conditions(error) != [False, True]:
                raise
            # The appointment moved while its old reminder was leaving: the new version has no such mark.
            _retry_on_conflict(lambda: change(self.connection, self._key(intent.id), actions, condition))

    def _ending(self, outcome: Outcome, intent_id: IntentId) -> list[Action]:
        messages = self.messages
        actions: list[Any] = [
            messages.status.set(outcome.status.value),
            messages.reason.set(outcome.reason),
            messages.updated_at.set(outcome.now),
            messages.claimed_until.remove(),
        ]
        if outcome.message_id is not None:
            actions += [messages.message_id.set(outcome.message_id), messages.sent_at.set(outcome.now)]
        if outcome.status.is_open:
            actions.append(messages.open_shard.set(open_shard(intent_id.subject)))
        else:
            actions.append(messages.open_shard.remove())
        return actions

    def _failed_try(self, intent: Intent, outcome: Outcome) -> list[Action]:
        """Keeps an attempt that came to nothing, in the write that says so."""
        if outcome.status is IntentStatus.SENT:
            return []
        kept = with_failed_try(intent, outcome.reason, outcome.now)
        return [self.messages.failed_tries.set(list(kept))]

    def _untouched(self, intent: Intent) -> Condition:
        condition: Condition = (
            (self.messages.status == intent.status.value)
            & (self.messages.attempts == intent.attempts)
            & (self.messages.updated_at == intent.updated_at)
        )
        return condition

    def _as_seen(self, seen: Reservation | None) -> Condition:
        if seen is None:
            absent: Condition = self.reservations.reservation_id.does_not_exist()
            return absent
        same: Condition = (
            (self.reservations.version == seen.version)
            & (self.reservations.status == seen.status.value)
            & (self.reservations.updated_at == seen.updated_at)
        )
        return same

    def _key(self, intent_id: IntentId) -> IntentModel:
        return self.messages(intent_id.subject, intent_id.sort_key)

    def _transaction(self) -> TransactWrite:
        return TransactWrite(connection=self.connection)


@dataclass(frozen=True)
class _FollowedRow:
    """What an intent follows.

    Attributes:
        read: makes the record of the row.
    """

    model: type[Any]
    key: tuple[str, ...]
    read: Callable[[Any], Followed]

    def join(self, transaction: TransactGet) -> Any:
        """Have it read with the rest."""
        return transaction.get(self.model, *self.key)


def _notice_from_row(row: IntentModel) -> CancellationNotice:
    return CancellationNotice(intent_from_row(row))


def _found(item: _ModelFuture[ModelT]) -> ModelT | None:
    try:
        return item.get()
    except DoesNotExist:
        return None


def _refund_as_it_stands(reservation: Reservation) -> Condition:
    """It moves on while the reservation's status and version stay."""
    note, column = reservation.cancellation, Path(["cancellation", "refund", "status"])
    progress = note.refund.progress.value if note is not None and note.refund is not None else None
    same: Condition = column.does_not_exist() if progress is None else column == progress
    return same


def _retry_on_conflict(write: Callable[[], None]) -> None:
    """A sent message must be recorded: a write that met a transaction under way is sent again at once."""
    for attempt in range(1, _TRIES_ON_CONFLICT + 1):
        try:
            write()
        except (TransactWriteError, UpdateError) as error:
            if attempt == _TRIES_ON_CONFLICT or not is_conflict(error):
                raise
        else:
            return

"""Working stand-ins for the ports, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import CitasError, ConcurrentChangeError
from clinic.domain.intents import Intent, IntentId, IntentStatus, Reason, reservation_of
from clinic.domain.reminders import CONFIRMATION
from clinic.domain.reservations import Reservation, ReservationStatus
from clinic.services.ports import Claim, OutboundMessage, Outcome


@dataclass
class MemoryLedger:
    """A ledger whose every write checks what the real one's conditions check."""

    reservations: dict[str, Reservation] = field(default_factory=dict)
    rows: dict[IntentId, Intent] = field(default_factory=dict)

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self.reservations.get(reservation_id)

    def intent(self, intent_id: IntentId) -> Intent | None:
        return self.rows.get(intent_id)

    def intent_and_reservation(self, intent_id: IntentId) -> tuple[Intent | None, Reservation | None]:
        return self.intent(intent_id), self.reservation(reservation_of(intent_id.subject))

    def intents(self, subject: str) -> list[Intent]:
        return sorted((i for i in self.rows.values() if i.id.subject == subject), key=lambda i: i.id.sort_key)

    def create(self, reservation: Reservation, intents: Sequence[Intent]) -> None:
        self._require(reservation.reservation_id not in self.reservations)
        self._add(reservation, intents)

    def amend(self, reservation: Reservation, seen: Reservation, intents: Sequence[Intent]) -> None:
        self.move(reservation, seen, intents, ())

    def move(
        self,
        reservation: Reservation,
        seen: Reservation,
        intents: Sequence[Intent],
        superseded: Sequence[Intent],
    ) -> None:
        self._require(self.reservations.get(seen.reservation_id) == seen)
        self._require(all(self.rows.get(old.id) == old for old in superseded))
        self._add(reservation, intents)
        for old in superseded:
            self.end(old, Outcome(IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, reservation.updated_at))

    def claim(self, intent: Intent, reservation: Reservation, claim: Claim, message: OutboundMessage) -> None:
        current = self.reservations.get(reservation.reservation_id)
        self._require(
            current is not None and current.status.is_active and current.version == reservation.version
        )
        self._require(self.rows[intent.id] == intent)
        self.rows[intent.id] = replace(
            intent,
            status=IntentStatus.SENDING,
            claim_id=claim.claim_id,
            claimed_until=claim.until,
            attempts=intent.attempts + 1,
            to=message.to,
            parameters=message.parameters,
            updated_at=claim.now,
        )

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        current = self.rows[intent.id]
        self._require(current.status is IntentStatus.SENDING and current.claim_id == claim.claim_id)
        self._end(current, outcome)
        reservation = self.reservations[intent.reservation_id]
        is_reminder = outcome.status is IntentStatus.SENT and intent.kind != CONFIRMATION
        if is_reminder and reservation.version == intent.id.version:
            marks = {**reservation.reminders_sent, intent.kind.removeprefix("reminder_"): outcome.now}
            self.reservations[intent.reservation_id] = replace(
                reservation, reminders_sent=marks, updated_at=outcome.now
            )

    def end(self, intent: Intent, outcome: Outcome) -> None:
        self._require(self.rows[intent.id] == intent)
        self._end(intent, outcome)

    def _end(self, intent: Intent, outcome: Outcome) -> None:
        self.rows[intent.id] = replace(
            intent,
            status=outcome.status,
            reason=outcome.reason,
            updated_at=outcome.now,
            claimed_until=None,
            message_id=outcome.message_id or intent.message_id,
            sent_at=outcome.now if outcome.message_id else intent.sent_at,
        )

    def _add(self, reservation: Reservation, intents: Sequence[Intent]) -> None:
        self._require(not any(intent.id in self.rows for intent in intents))
        self.reservations[reservation.reservation_id] = reservation
        self.rows |= {intent.id: intent for intent in intents}

    @staticmethod
    def _require(condition: bool) -> None:
        if not condition:
            raise ConcurrentChangeError("changed by somebody else")

    def set_status(self, reservation_id: str, status: ReservationStatus) -> None:
        """What somebody else wrote about the reservation."""
        self.reservations[reservation_id] = replace(self.reservations[reservation_id], status=status)


@dataclass
class MemoryDirectory:
    """A directory in memory."""

    clinics: dict[str, Clinic] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def clinic(self, clinic_id: str) -> Clinic | None:
        return self.clinics.get(clinic_id)

    def profile(self, profile_id: str) -> Profile | None:
        return self.profiles.get(profile_id)


class ProcessDied(BaseException):
    """The process is gone: nothing after this runs."""


@dataclass
class ScriptedMessenger:
    """Accepts every message, but for what the script says of the next calls."""

    script: list[CitasError | ProcessDied | Callable[[], None]] = field(default_factory=list)
    accepted: list[OutboundMessage] = field(default_factory=list)
    calls: int = 0

    def send(self, message: OutboundMessage, attempt: int) -> str:
        self.calls += 1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            step()
        self.accepted.append(message)
        return f"wamid.{len(self.accepted)}"

"""Working stand-ins for the ports, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from clinic.domain.appointments.cancellations import RefundProgress
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import CitasError, ConcurrentChangeError
from clinic.domain.messages.cancellation_notice import CancellationNotice, cancellation_of
from clinic.domain.messages.intent import (
    Intent,
    IntentId,
    IntentStatus,
    prescription_of,
    reservation_of,
    with_failed_try,
)
from clinic.domain.messages.kinds import Follows
from clinic.domain.prescriptions.prescription import Prescription
from clinic.services.ports import Claim, Followed, Look, Message, Outcome, Token


@dataclass
class MemoryLedger:
    """A ledger whose every write checks what the real one's conditions check."""

    reservations: dict[str, Reservation] = field(default_factory=dict)
    rows: dict[IntentId, Intent] = field(default_factory=dict)
    prescriptions: dict[str, Prescription] = field(default_factory=dict)

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self.reservations.get(reservation_id)

    def intent(self, intent_id: IntentId) -> Intent | None:
        return self.rows.get(intent_id)

    def intent_and_followed(
        self, intent_id: IntentId, look: Look | None = None
    ) -> tuple[Intent | None, Followed]:
        if look is not None:
            look.join(None)
        if intent_id.follows is Follows.NOTHING:
            return self.intent(intent_id), None
        if intent_id.follows is Follows.PRESCRIPTION:
            return self.intent(intent_id), self.prescriptions.get(prescription_of(intent_id.subject))
        if intent_id.follows is Follows.CANCELLATION:
            notice = self.intent(cancellation_of(intent_id))
            return self.intent(intent_id), CancellationNotice(notice) if notice else None
        if intent_id.follows is Follows.STANDING:
            refusal = self.intent(intent_id)
            return refusal, self.reservation(refusal.record_id) if refusal else None
        return self.intent(intent_id), self.reservation(reservation_of(intent_id.subject))

    def intents(self, subject: str) -> list[Intent]:
        return sorted((i for i in self.rows.values() if i.id.subject == subject), key=lambda i: i.id.sort_key)

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
        if isinstance(followed, Reservation):
            current = self.reservations.get(followed.reservation_id)
            self.require(
                current is not None
                and (current.status, current.version) == (followed.status, followed.version)
                and (intent.id.follows is not Follows.REFUND or _refund(current) == _refund(followed))
            )
        elif isinstance(followed, Prescription):
            taken = self.prescriptions.get(followed.prescription_id)
            self.require(
                taken is not None and (taken.status, taken.version) == (followed.status, followed.version)
            )
        self.require(self.rows[intent.id] == intent)
        if token is not None:
            token.join(None)
        self.rows[intent.id] = replace(
            intent,
            status=IntentStatus.SENDING,
            claim_id=claim.claim_id,
            claimed_until=claim.until,
            attempts=intent.attempts + 1,
            to=recipient,
            language=message.language,
            parameters=message.values,
            updated_at=claim.now,
        )

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        current = self.rows[intent.id]
        is_leaving = current.status in {IntentStatus.SENDING, IntentStatus.UNKNOWN}
        self.require(is_leaving and current.claim_id == claim.claim_id)
        tries = with_failed_try(intent, outcome.reason, outcome.now)
        is_sent = outcome.status is IntentStatus.SENT
        self.finish(current if is_sent else replace(current, failed_tries=tries), outcome)
        is_reminder = outcome.status is IntentStatus.SENT and intent.id.is_reminder
        if is_reminder and self.reservations[intent.record_id].version == intent.id.version:
            reservation = self.reservations[intent.record_id]
            marks = {**reservation.reminders_sent, intent.kind.removeprefix("reminder_"): outcome.now}
            self.reservations[intent.record_id] = replace(
                reservation, reminders_sent=marks, updated_at=outcome.now
            )

    def end(self, intent: Intent, outcome: Outcome) -> None:
        self.require(self.rows[intent.id] == intent)
        if intent.status is IntentStatus.SENDING:
            intent = replace(intent, failed_tries=with_failed_try(intent, outcome.reason, outcome.now))
        self.finish(intent, outcome)

    def finish(self, intent: Intent, outcome: Outcome) -> None:
        """Write how an intent ended, whatever it was."""
        self.rows[intent.id] = replace(
            intent,
            status=outcome.status,
            reason=outcome.reason,
            updated_at=outcome.now,
            claimed_until=None,
            message_id=outcome.message_id or intent.message_id,
            sent_at=outcome.now if outcome.message_id else intent.sent_at,
        )

    @staticmethod
    def require(condition: bool) -> None:
        """A write's condition."""
        if not condition:
            raise ConcurrentChangeError("changed by somebody else")

    def set_status(self, reservation_id: str, status: ReservationStatus) -> None:
        """What somebody else wrote about the reservation."""
        self.reservations[reservation_id] = replace(self.reservations[reservation_id], status=status)


def _refund(reservation: Reservation) -> RefundProgress | None:
    refund = reservation.cancellation.refund if reservation.cancellation else None
    return refund.progress if refund else None


@dataclass
class MemoryDirectory:
    """A directory in memory."""

    clinics: dict[str, Clinic] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def clinic(self, clinic_id: str) -> Clinic | None:
        return self.clinics.get(clinic_id)

    def profile(self, profile_id: str) -> Profile | None:
        return self.profiles.get(profile_id)

    def is_kept(self) -> bool:
        return bool(self.clinics or self.profiles)

    def profile_ids(self) -> list[str]:
        return list(self.profiles)


class ProcessDied(BaseException):
    """The process is gone: nothing after this runs."""


@dataclass
class ScriptedMessenger:
    """Accepts every message, but for what the script says of the next calls."""

    script: list[CitasError | ProcessDied | Callable[[], object]] = field(default_factory=list)
    accepted: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    calls: int = 0

    def send(self, message: Message, recipient: str, attempt: int) -> str:
        self.calls += 1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            step()
        self.accepted.append(message)
        self.recipients.append(recipient)
        return f"wamid.{len(self.accepted)}"

"""``python -m bench.round_trips``: how many requests each step of each workflow makes of DynamoDB.

On the local stack, with one visit, request or prescription of each kind, each patient another person, and
WhatsApp's word on every message.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

from botocore.client import BaseClient

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.contracts.listeners import RUN_LEDGER
from clinic.domain.instants import to_text
from clinic.domain.slots.generation import slot_id
from console.directory.rows import put_clinic
from console.inputs.clinic import parse_clinic
from console.kpi.month_hours import Doctor, clinic_document
from local.simulators.payments import Charge
from local.stack import LocalStack, StackOptions

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
_VISIT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
_DOCTOR = Doctor("dr-1", "America/Mexico_City", opens=9, closes=17, minutes=30, rest=0, places=1)
# The two visits that are counted by themselves, and all others; the doctor is closed on Sundays.
_DAYS = (timedelta(0), timedelta(days=2), timedelta(days=5))
_HALF_AN_HOUR, _AN_HOUR = timedelta(minutes=30), timedelta(hours=1)
_RULES = ("parked-visits", "slot-generation", "slot-cleanup", "workflow-health", "workflow-analytics")
_REMINDED = "r-1"


@dataclass(frozen=True)
class Called:
    """One call of a function.

    Attributes:
        step: the state's name; None of an endpoint or a listener.
        run: the execution's ARN.
        requests: of DynamoDB, by operation.
    """

    function: str
    step: str | None
    run: str | None
    requests: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many requests it made."""
        return sum(self.requests.values())

    @property
    def is_a_send(self) -> bool:
        """Whether the step sends a message."""
        return (self.step or "").startswith("Send")

    @property
    def operations(self) -> str:
        """Its requests, in words."""
        return ", ".join(f"{count} {name}" for name, count in sorted(self.requests.items()))


@dataclass(frozen=True)
class RoundTrips:
    """What was counted.

    Attributes:
        lone, in_a_slot: what one reminded visit took in all, with WhatsApp's words on its three messages.
        failed: the runs that ended in an error; a step that failed has made fewer requests than it would.
    """

    calls: Sequence[Called]
    lone: int
    in_a_slot: int
    failed: Sequence[str] = ()

    def by_step(self) -> dict[str, Called]:
        """The call of each step that made the most requests; its name is the function's and the state's."""
        most: dict[str, Called] = {}
        for call in self.calls:
            name = f"{call.function} {call.step or ''}".rstrip()
            if name not in most or call.total > most[name].total:
                most[name] = call
        return dict(sorted(most.items()))


class _Listener:
    """Notes each request of DynamoDB by the number of the call that makes it: functions run in turn."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self.requests: dict[int, Counter[str]] = defaultdict(Counter)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count in the body."""
        client = cast("Any", BaseClient)
        call = client._make_api_call  # noqa: SLF001 - botocore has no public place for this

        def make_api_call(client: Any, operation: str, request: Any) -> Any:
            service = client.meta.service_model.service_name
            if service == "dynamodb" and os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):
                self.requests[len(self._stack.lambda_invocations)][operation] += 1
            return call(client, operation, request)

        client._make_api_call = make_api_call  # noqa: SLF001 - botocore has none
        try:
            yield
        finally:
            client._make_api_call = call  # noqa: SLF001 - botocore has none

    def calls(self) -> list[Called]:
        """Every call of a function, in order."""
        return [
            Called(
                made.function.removeprefix(f"{self._stack.name}-"),
                made.step,
                made.execution,
                self.requests[number],
            )
            for number, made in enumerate(self._stack.lambda_invocations)
        ]


def count_round_trips() -> RoundTrips:
    """Have one of each happen, and count: first two visits that nothing else comes between."""
    with _stack() as stack:
        listener = _Listener(stack)
        with listener.listening():
            lone = _visit(stack, listener, _booking(0, in_a_slot=False), _start(0))
            in_a_slot = _visit(stack, listener, _booking(1), _start(1))
            _say_all(stack, stack.clock.now())
            stack.run_until_idle()
        ended = (run for run in stack.executions() if run.status not in {"SUCCEEDED", "ABORTED", "RUNNING"})
        failed = [f"{run.workflow} {run.status}: {run.error}: {run.cause}" for run in ended]
        return RoundTrips(listener.calls(), lone, in_a_slot, failed)


def _visit(stack: LocalStack, listener: _Listener, booking: dict[str, Any], start: datetime) -> int:
    """What it took, until half an hour after it began; the run ledger, which reads a queue, is left out."""
    begun = len(stack.lambda_invocations)
    stack.publish("appointment/created", booking)
    stack.run_until(start + _HALF_AN_HOUR)
    return sum(call.total for call in listener.calls()[begun:] if call.function != RUN_LEDGER.name)


@contextmanager
def _stack() -> Iterator[LocalStack]:
    options = StackOptions(start=START, templates=export_catalogue(), charges=[Charge("ch_2", 50_000, "mxn")])
    with LocalStack(options) as stack:
        document = json.dumps(clinic_document((_DOCTOR,), [])).encode()
        put_clinic(cast("Any", stack), parse_clinic(document, "the clinic"))
        stack.publish(
            "slot/generate-daily", {"profileId": "dr-1", "targetDate": "2026-11-23", "horizonDays": 8}
        )
        stack.advance(minutes=1)
        yield stack


def _say_all(stack: LocalStack, now: datetime) -> None:
    def say(at: datetime, detail_type: str, detail: dict[str, Any]) -> None:
        def publish() -> None:
            stack.publish(detail_type, detail)

        stack.clock.call_at(at, publish, detail_type)

    completed = {"reservationId": _REMINDED, "followUpType": "1week"}
    say(now, "appointment/completed", completed)
    for number in (2, 3):
        say(now + number * timedelta(minutes=1), "appointment/created", _booking(number))
    later = now + _AN_HOUR
    cancelled = {"reservationId": "r-2", "cancelledBy": "patient", "refundAmount": "500.00"}
    say(later, "reservation/cancelled", cancelled)
    moved = {"oldReservationId": "r-3", "newAppointmentTime": to_text(_start(8)), "newSlotId": _slot(8)}
    say(later + timedelta(minutes=5), "appointment/rescheduled", moved)
    for number in range(4, 7):
        say(later + number * timedelta(minutes=5), "reservation/requested", _request(number))
    answered = later + _AN_HOUR
    say(answered, "reservation/approved", {"requestId": "q-4", "approvedBy": "Dra. Ejemplo"})
    declined = {"requestId": "q-5", "declinedBy": "Dra. Ejemplo", "declineReason": "Estaré de viaje"}
    say(answered + timedelta(minutes=5), "reservation/declined", declined)
    say(
        answered + timedelta(minutes=9),
        "slot/cleanup-expired",
        {"profileId": "dr-1", "cleanupDate": "2026-11-27"},
    )
    over = answered + _AN_HOUR
    say(over, "prescription/created", _prescription())
    say(over + timedelta(hours=20), "prescription/stopped", {"prescriptionId": "p-1"})
    for number, rule in enumerate(_RULES):
        stack.clock.call_at(over + number * timedelta(minutes=2), partial(stack.fire, rule), rule)


def _start(number: int) -> datetime:
    return _VISIT + number * _HALF_AN_HOUR + _DAYS[min(number, 2)]


def _slot(number: int) -> str:
    return slot_id("dr-1", _DOCTOR.service_id, _start(number))


def _patient(number: int) -> dict[str, Any]:
    return {"patientName": f"Paciente Ejemplo {number}", "patientPhone": f"+5255{10_000_000 + number}"}


def _booking(number: int, *, in_a_slot: bool = True) -> dict[str, Any]:
    place = {"serviceId": _DOCTOR.service_id, "profileId": "dr-1", "slotId": _slot(number)}
    elsewhere = {
        "doctorName": "Dra. Ejemplo",
        "clinicName": "Clínica Ejemplo",
        "clinicAddress": "Calle Ficticia 123",
    }
    return {
        "reservationId": f"r-{number}",
        **_patient(number),
        "appointmentTime": to_text(_start(number)),
        "serviceName": "Consulta general",
        **(place if in_a_slot else elsewhere),
        **({"chargeId": "ch_2"} if number == 2 else {}),
    }


def _request(number: int) -> dict[str, Any]:
    return {
        "requestId": f"q-{number}",
        **_patient(number),
        "profileId": "dr-1",
        "slotId": _slot(number),
        "serviceName": "Consulta general",
        "expiresAt": "2026-11-28T04:00:00Z",
    }


def _prescription() -> dict[str, Any]:
    return {
        "prescriptionId": "p-1",
        **_patient(7),
        "medicationName": "Medicamento ficticio",
        "dosage": "1 tableta",
        "startDate": "2026-11-28",
        "duration": 1,
        "frequency": "3 veces al día",
        "timezone": _DOCTOR.zone,
        "profileId": "dr-1",
    }


def report(found: RoundTrips) -> str:
    """A row for each step."""
    rows = [("step", "calls", "most", "of which")]
    calls = Counter(f"{call.function} {call.step or ''}".rstrip() for call in found.calls)
    for name, call in found.by_step().items():
        rows.append((name, str(calls[name]), str(call.total), call.operations))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(
        [
            "DynamoDB requests of a call, by workflow and step",
            *lines,
            f"a reminded visit in all, with WhatsApp's words: {found.lone}; one in a slot: {found.in_a_slot}",
        ]
    )


if __name__ == "__main__":
    print(report(count_round_trips()))

"""``python -m bench.cancellations``: 500 cancellations at one instant, and what became of each of them.

Each reservation holds a place in a slot, has a run that waits for its reminders, and was paid. Prints JSON.
"""

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.domain.slots.generation import slot_id
from local.simulators.payments import Charge
from local.stack import LocalStack, StackOptions

CANCELLATIONS = 500
CONCURRENCY = 5

_START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
_DOCTORS = 10
_WORKFLOW = "appointment-cancellation"


def main() -> None:
    """Book, cancel all at once, and count.

    Raises:
        SystemExit: something is not accounted for; says what.
    """
    charges = [Charge(f"ch_{number}", 50_000, "mxn") for number in range(CANCELLATIONS)]
    options = StackOptions(
        start=_START,
        templates=export_catalogue(),
        charges=charges,
        concurrent=True,
        tells_of_runs=False,
    )
    with LocalStack(options) as stack:
        _write_clinic(stack)
        for number in range(CANCELLATIONS):
            stack.publish("appointment/created", _booking(number))
        stack.advance(hours=1)
        told, began, used = len(stack.simulator.sent), time.perf_counter(), time.process_time()
        for number in range(CANCELLATIONS):
            stack.publish("reservation/cancelled", _cancellation(number))
        stack.advance(hours=1)
        seconds, processor = time.perf_counter() - began, time.process_time() - used
        problems = _problems(stack, told)
        most = stack.most_at_once.get(_WORKFLOW, 0)
    if problems:
        sys.exit("; ".join(problems))
    found = {"seconds": seconds, "processor_seconds": processor, "runs": CANCELLATIONS, "most_at_once": most}
    print(json.dumps(found))


def _problems(stack: LocalStack, told: int) -> list[str]:
    runs = [run for run in stack.executions() if run.workflow == _WORKFLOW]
    ended = Counter(run.status for run in runs)
    refunded = {refund.charge.charge_id for refund in stack.payments.refunds}
    reservations = Counter(row["status"]["S"] for row in stack.items("ReservationsTable"))
    held = [row["slot_id"]["S"] for row in stack.items("SlotsTable") if row.get("booked", {}).get("L")]
    counted = [row for row in stack.items("StatisticsTable") if row["kind"]["S"] == "cancellation"]
    messages, refunds = len(stack.simulator.sent) - told, len(stack.payments.refunds)
    checks = {
        f"runs: {dict(ended)}": ended == {"SUCCEEDED": CANCELLATIONS},
        f"messages: {messages}": messages == 2 * CANCELLATIONS,
        f"refunds: {refunds}": refunds == len(refunded) == CANCELLATIONS,
        f"reservations: {dict(reservations)}": reservations == {"cancelled": CANCELLATIONS},
        f"slots still held: {len(held)}": not held,
        f"statistics: {len(counted)}": len(counted) == CANCELLATIONS,
        f"undelivered events: {len(stack.undelivered_events())}": not stack.undelivered_events(),
        f"steps at once: {stack.most_at_once}": stack.most_at_once.get(_WORKFLOW, 0) <= CONCURRENCY,
    }
    return [problem for problem, holds in checks.items() if not holds]


def _write_clinic(stack: LocalStack) -> None:
    client = stack.client("dynamodb")
    for number in range(_DOCTORS):
        profile = {
            "owner": f"profile#dr-{number}",
            "entry": "profile",
            "profile_id": f"dr-{number}",
            "name": f"Dra. Ejemplo {number}",
            "phone": f"+5255000010{number:02d}",
            "time_zone": "America/Mexico_City",
            "clinic_id": "main",
        }
        client.put_item(TableName=stack.outputs["DirectoryTable"], Item=_item(profile))
    for number in range(CANCELLATIONS):
        profile_id, start = _place(number)
        end = start + timedelta(minutes=30)
        slot = {
            "profile_id": profile_id,
            "slot_id": slot_id(profile_id, "s-1", start),
            "service_id": "s-1",
            "start": _text(start),
            "end": _text(end),
            "buffer_until": _text(end),
            "status": "available",
        }
        numbers = {"capacity": {"N": "1"}, "reserved_count": {"N": "0"}, "revision": {"N": "0"}}
        client.put_item(TableName=stack.outputs["SlotsTable"], Item=_item(slot) | numbers)


def _place(number: int) -> tuple[str, datetime]:
    day, half_hour = divmod(number // _DOCTORS, 16)
    return f"dr-{number % _DOCTORS}", _START + timedelta(days=3 + day, minutes=30 * half_hour)


def _booking(number: int) -> dict[str, str]:
    profile_id, start = _place(number)
    return {
        "reservationId": f"r-{number:05d}",
        "patientName": f"Paciente Ejemplo {number}",
        "patientPhone": f"+525500{number:06d}",
        "appointmentTime": _text(start),
        "serviceName": "Consulta general",
        "clinicName": "Clínica Ejemplo",
        "clinicAddress": "Calle Ficticia 123, Ciudad de México",
        "profileId": profile_id,
        "slotId": slot_id(profile_id, "s-1", start),
        "chargeId": f"ch_{number}",
    }


def _cancellation(number: int) -> dict[str, Any]:
    return {"reservationId": f"r-{number:05d}", "cancelledBy": "patient", "refundAmount": 500}


def _item(values: dict[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    main()

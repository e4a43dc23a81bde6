"""``python -m bench.sleepers``: what a sleeping run holds of memory, and how long one cancellation takes.

Prints JSON.
"""

import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clinic.adapters.whatsapp.registration import export_catalogue
from local.stack import LocalStack, StackOptions

_START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
_FEW, _MANY = 200, 1000
_CANCELLED = 30


def main() -> None:
    """Book, let runs sleep, weigh them; then cancel one after the other."""
    with LocalStack(StackOptions(start=_START, templates=export_catalogue(), tells_of_runs=False)) as stack:
        _book(stack, range(_FEW))
        few = _resident_kib()
        _book(stack, range(_FEW, _MANY))
        many = _resident_kib()
        seconds = [_cancelled(stack, number) for number in range(_CANCELLED)]
    found = {
        "kib_each": (many - few) / (_MANY - _FEW),
        "sleeping": _MANY,
        "cancellation_seconds": statistics.median(seconds),
        "cancellations": _CANCELLED,
    }
    print(json.dumps(found))


def _book(stack: LocalStack, numbers: range) -> None:
    for number in numbers:
        detail = {
            "reservationId": f"r-{number:05d}",
            "patientName": f"Paciente Ejemplo {number}",
            "patientPhone": f"+525500{number:06d}",
            "appointmentTime": (_START + timedelta(days=6, minutes=number)).isoformat(),
            "serviceName": "Consulta general",
            "doctorName": "Dra. Ejemplo Uno",
            "clinicName": "Clínica Ejemplo",
            "clinicAddress": "Calle Ficticia 123, Ciudad de México",
        }
        stack.publish("appointment/created", detail)
    stack.advance(hours=1)


def _cancelled(stack: LocalStack, number: int) -> float:
    """Seconds from the event to the last that it does."""
    begun = time.perf_counter()
    stack.publish("reservation/cancelled", {"reservationId": f"r-{number:05d}", "cancelledBy": "patient"})
    stack.advance(minutes=1)
    return time.perf_counter() - begun


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4


if __name__ == "__main__":
    main()

"""Prints what `citas dev` has to say: for a person, or one JSON object a line for a program."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from rich.console import Console

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.domain.instants import to_text
from console.dev.choices import DEFAULT_PORT
from console.dev.dev_stack import DevStack
from console.show.activity import Activity, for_people
from console.show.timeline import EntryPrinter
from console.terminal.errors import OutputError

# A jump of 23 hours shows a reminder: it is due 24 hours before the visit.
_UNTIL_THE_VISIT = timedelta(hours=46)


class Printer(Protocol):
    """Tells what happens as it does."""

    def up(self, stack: DevStack, clock: str) -> None:
        """The stack is up: where it is, and what to do now."""

    def show(self, activities: Sequence[Activity]) -> None:
        """This has happened."""

    def down(self, now: datetime) -> None:
        """It was ended on purpose."""


class ForPeople:
    """Lines to read, in the clinic's zone."""

    def __init__(self, screen: Console, zone: str) -> None:
        self._screen = screen
        self._printer = EntryPrinter(screen, zone)

    def up(self, stack: DevStack, clock: str) -> None:
        """Where it is, and what to type."""
        endpoint = stack.environment["AWS_ENDPOINT_URL"]
        print_ = self._screen.print
        print_(
            "[bold]The local stack is up.[/] WhatsApp and payments are simulated; nothing reaches anybody.\n",
            markup=True,
        )
        print_(f"  endpoint   {endpoint}")
        print_(f"  event bus  {stack.outputs['EventBusName']}")
        print_(f"  time       {_of_time(stack, clock)}\n")
        print_("In another terminal (`aws` is in .venv/bin; any AWS CLI or SDK will do):\n")
        for line in commands(stack, clock):
            print_(f"  {line}", markup=False, soft_wrap=True)
        print_("\nCtrl-C ends it, and nothing is kept. What happens:")

    def show(self, activities: Sequence[Activity]) -> None:
        """A line or a few for each thing."""
        for entry in for_people(activities):
            self._printer.show(entry)

    def down(self, now: datetime) -> None:
        """Print a last line."""
        self._screen.print(f"\nEnded at {to_text(now.replace(microsecond=0))}.")


class ForPrograms:
    """One JSON object a line; ``docs/dev.md`` lists the fields."""

    def up(self, stack: DevStack, clock: str) -> None:
        """Print the line ``up``."""
        self._line(
            {
                "what": "up",
                "at": to_text(stack.clock.now()),
                "clock": clock,
                "environment": dict(stack.environment),
                "outputs": dict(stack.outputs),
            }
        )

    def show(self, activities: Sequence[Activity]) -> None:
        """A line for each thing, those of every night too."""
        for it in activities:
            self._line({"what": it.what, "at": to_text(it.entry.at), **it.fields})

    def down(self, now: datetime) -> None:
        """Print the line ``down``."""
        self._line({"what": "down", "at": to_text(now)})

    @staticmethod
    def _line(fields: Mapping[str, Any]) -> None:
        try:
            sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"standard output: not written: {error.strerror or error}") from None


def commands(stack: DevStack, clock: str) -> list[str]:
    """What to type, ready for a shell: where AWS is, one event, its runs, the clock, its messages."""
    visit = stack.clock.now().replace(minute=0, second=0, microsecond=0) + _UNTIL_THE_VISIT
    booking = {
        "reservationId": "r-1",
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0001",
        "appointmentTime": to_text(visit),
        "serviceName": "Consulta general",
        "doctorName": "Dra. Ejemplo",
        "clinicName": "Clínica Ejemplo",
        "clinicAddress": "Calle Ficticia 123",
    }
    entry = {
        "EventBusName": stack.outputs["EventBusName"],
        "Source": "citas.publisher",
        "DetailType": AppointmentCreated.detail_type,
        "Detail": json.dumps(booking, ensure_ascii=False),
    }
    variables = " ".join(f"{name}={value}" for name, value in stack.environment.items())
    lines = [
        f"export {variables}",  # the file that `citas` itself looks for has the same
        f"aws events put-events --entries {shlex.quote(json.dumps([entry], ensure_ascii=False))}",
        f"aws stepfunctions list-executions --state-machine-arn {stack.outputs['AppointmentRemindersArn']}",
    ]
    port = urlsplit(stack.environment["AWS_ENDPOINT_URL"]).port
    option = "" if port == DEFAULT_PORT else f" --port {port}"
    moving = [f"citas clock jump 23h{option}"] if clock == "virtual" else []
    return [*lines, *moving, "citas explain r-1"]


def _of_time(stack: DevStack, clock: str) -> str:
    now = to_text(stack.clock.now())
    return f"virtual: it stands at {now} until it is moved" if clock == "virtual" else f"real: {now}"

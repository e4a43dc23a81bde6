"""The command `citas demo`: the bundled example, each message shown as it is sent."""

import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from console.audit.evidence import Publication
from console.exit_codes import ExitCode
from console.explain import explain_messages
from console.guard import guarded
from console.inputs.clinic import read_clinic
from console.inputs.events import read_events
from console.inputs.faults import read_faults
from console.output.result import RunResult
from console.report import show_audit, show_summary
from console.run import checked_sink, clinic_zone, exit_code, local_stack, result_text
from console.runner import Order, Run, perform
from console.stack import SentMessage, StackFactory
from console.text import printable
from console.timeline import Entry, EntryPrinter, What

EXAMPLE = Path(__file__).parents[1] / "examples" / "demo"

LEGEND = """\
[bold]Nine days of an example clinic.[/] Time is virtual; WhatsApp is a simulator; everybody is made up.

  r-ana      books nine days ahead, and the publisher sends the event twice
  r-luis     books, and two days later moves the visit
  r-jose     books ten hours ahead
  r-maria    has a number that WhatsApp can't reach
  r-carmen   has her visit in Tijuana; WhatsApp answers 500 twice when her reminder is due
  (one more event has no appointment time)
"""


def demo_command(target: str | None, open_stack: StackFactory | None) -> ExitCode:
    """Run the example; ``open_stack`` None: on the local stack."""
    errors = Console(stderr=True)
    with guarded(errors):
        sink = checked_sink(target)
        quiet = sink is not None and sink.is_stdout
        screen = Console(file=sys.stdout, highlight=False, quiet=quiet)
        order = example_order()
        screen.print(LEGEND)
        outcome = perform(
            order, open_stack or local_stack(), _Stream(screen, clinic_zone(order.clinic)).show_new
        )
        if sink is not None:
            sink.write(result_text(outcome.result))
        _show_words(screen, outcome.result)
        show_summary(screen, outcome.result)
        show_audit(screen, outcome.result)
    return exit_code(outcome.result)


def example_order() -> Order:
    """The bundled example."""
    events = read_events(str(EXAMPLE / "events.jsonl"))
    return Order(
        events=events,
        start=events[0].at,
        clinic=read_clinic(str(EXAMPLE / "clinic.json")),
        faults=read_faults(str(EXAMPLE / "faults.json")),
    )


class _Stream:
    """Prints events and messages while they happen."""

    def __init__(self, screen: Console, zone: str) -> None:
        self._printer = EntryPrinter(screen, zone)
        self._events = 0
        self._messages = 0

    def show_new(self, run: Run) -> None:
        """Print what has come since the last call."""
        published, sent = run.publications[self._events :], run.stack.simulator.sent[self._messages :]
        self._events += len(published)
        self._messages += len(sent)
        news = [*map(_event_entry, published), *map(_message_entry, sent)]
        for entry in sorted(news, key=lambda entry: (entry.at, entry.what)):
            self._printer.show(entry)


def _event_entry(event: Publication) -> Entry:
    reservation = event.detail.get("reservationId", "?") if isinstance(event.detail, dict) else "?"
    return Entry(event.at, What.EVENT, f"{event.detail_type} for {reservation}", style="cyan")


def _message_entry(message: SentMessage) -> Entry:
    _, reservation, _, kind = (message.intent_id or "###").split("#")
    return Entry(message.at, What.MESSAGE, f"{reservation} {kind} → {message.to}", message.text, "green")


def _show_words(screen: Console, result: RunResult) -> None:
    screen.print("\n[bold]What became of each message[/]")
    for name, sentences in explain_messages(result.messages):
        screen.print(Text(f"  {printable(name)}", "bold"))
        for sentence in sentences:
            screen.print(Text(f"    {printable(sentence)}"), soft_wrap=True)
